// Standard input of `tsv run`: its only program inherits it, unless it is a terminal. Several programs would take it from each
// other, so each of them has a pipe that stays empty and open, as a program of the daemon has: some programs exit at the end of
// their standard input.

import { type ProcessKey, processKey } from "../base/ids.ts";
import type { Config } from "../config/model.ts";

/** The process that inherits standard input; null for none. */
export function readerOf({ groups }: Pick<Config, "groups">): ProcessKey | null {
  const [first, ...others] = groups
    .filter(({ kind }) => kind !== "eventlistener")
    .flatMap((group) => group.processes.map((process) => ({ group: group.name, process })));
  if (first === undefined || others.length > 0) return null;
  return processKey(first.group, first.process.name);
}
