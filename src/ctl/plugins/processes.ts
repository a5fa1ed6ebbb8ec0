// What plugins for many processes share: the processes that patterns mean, and doing something to all of them at once.

import { displayName } from "../../core/base/ids.ts";
import { globMatch } from "../../core/config/glob.ts";
import { readProcessRows } from "../answers.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";

export interface ProcessName {
  readonly group: string;
  readonly name: string;
}

/** As many connections at once; the daemon keeps more for others. */
const AT_ONCE = 50;

/** The processes of which a spelling fits one of the patterns; null when there is no daemon, which was said then. */
export async function matchProcesses(
  context: CommandContext,
  patterns: readonly string[],
  spell: (process: ProcessName) => string,
): Promise<readonly ProcessName[] | null> {
  const result = await context.query("supervisor.getAllProcessInfo");
  if (result === null) return null;
  return readProcessRows(expectValue(result)).filter((row) =>
    patterns.some((pattern) => globMatch(pattern, spell(row))),
  );
}

/** `group:name`, always. */
export function fullName({ group, name }: ProcessName): string {
  return `${group}:${name}`;
}

/** As ctl shows it. */
export function shownName({ group, name }: ProcessName): string {
  return displayName(group, name);
}

/** Does something to every process, many at a time, each over a connection of its own. The worst exit status stays. */
export async function inParallel(
  context: CommandContext,
  processes: readonly ProcessName[],
  act: (own: CommandContext, process: ProcessName) => Promise<void>,
): Promise<void> {
  const waiting = [...processes];
  const takeNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const own = context.fork();
      try {
        await act(own, next);
      } finally {
        own.client.close();
      }
      if (own.exitStatus !== EXIT.OK) context.exitStatus = own.exitStatus;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, takeNext));
}

/** What Python's `bool(int(text))` makes of an option; null when it is no number. */
export function readSwitch(text: string | undefined): boolean | null {
  const number = readCount(text ?? "0");
  return number === null ? null : number !== 0;
}

/** A whole number from zero on, or null. */
export function readCount(text: string): number | null {
  return /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : null;
}
