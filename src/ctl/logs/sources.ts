// Selects the logs of a program to show.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import type { ProcessRow } from "../answers.ts";

export type LogChannel = "stdout" | "stderr";

const CHANNELS: readonly LogChannel[] = ["stdout", "stderr"];

/** One log. */
export interface LogOfProgram {
  /** The display name of the program; the name that the user gave if there is no such program. */
  readonly name: string;
  readonly group: string;
  /** The program's name in the group. */
  readonly program: string;
  readonly channel: LogChannel;
  /** The user has not named this log: if it cannot be read, it counts as empty. */
  readonly isSure: boolean;
  /** The program has this log, even if its file is not made yet: then it counts as empty. */
  readonly isKnown: boolean;
}

/**
 * @param program isNamed: the user has named the program itself, not its group or all programs
 * @param channel the requested channel; null for those that the program has
 */
export function logsOf(
  { name, isNamed }: { readonly name: string; readonly isNamed: boolean },
  rows: readonly ProcessRow[],
  channel: LogChannel | null,
): readonly LogOfProgram[] {
  const { group, process } = parseNamespec(name);
  const row = rows.find((one) => one.group === group && one.name === process);
  const program = process ?? "";
  // The same for all spellings of a name: `web:web` is `web`.
  const log = { name: row === undefined ? name : displayName(group, program), group, program };
  const known: Readonly<Record<LogChannel, boolean>> = {
    stdout: Boolean(row?.stdoutLog),
    stderr: Boolean(row?.stderrLog),
  };
  const make = (each: LogChannel, isSure: boolean): LogOfProgram => ({
    ...log,
    channel: each,
    isSure,
    isKnown: known[each],
  });
  if (channel !== null) return [make(channel, !isNamed)];
  const channels = CHANNELS.filter((each) => known[each]);
  if (channels.length === 0) return [make("stdout", !isNamed)];
  return channels.map((each) => make(each, true));
}
