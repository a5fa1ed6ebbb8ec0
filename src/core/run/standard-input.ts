// Standard input of `tsv run`: its only program inherits it. Several programs would take it from each other, so each of them has a
// pipe that stays empty and open, as a program of the daemon has: some programs exit at the end of their standard input.

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

/**
 * Whether a process is in the background of its terminal, whose input then belongs to others.
 * @param stat its /proc/PID/stat; empty if unknown
 */
export function isInBackground(stat: string): boolean {
  // The name before the last parenthesis may contain anything.
  const [, , , group, , , foreground] = stat.slice(stat.lastIndexOf(")")).split(" ");
  return Number(foreground) > 0 && foreground !== group;
}
