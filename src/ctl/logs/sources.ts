// Which logs of a program there are to show.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import type { ProcessRow } from "../answers.ts";

export type LogChannel = "stdout" | "stderr";

/** One log. */
export interface LogOfProgram {
  /** As the user named the program. */
  readonly name: string;
  readonly group: string;
  /** Its name in the group. */
  readonly program: string;
  readonly channel: LogChannel;
  /** The user has not named this log: if it cannot be read, it is empty. */
  readonly isSure: boolean;
}

/**
 * @param program isNamed: the user has named it, and not its group or all programs
 * @param channel the one that was asked for; null for those that the program has
 */
export function logsOf(
  { name, isNamed }: { readonly name: string; readonly isNamed: boolean },
  rows: readonly ProcessRow[],
  channel: LogChannel | null,
): readonly LogOfProgram[] {
  const { group, process } = parseNamespec(name);
  const row = rows.find((one) => one.group === group && one.name === process);
  const program = process ?? "";
  // However it was named: `web:web` is web.
  const log = { name: row === undefined ? name : displayName(group, program), group, program };
  const isSure = !isNamed;
  if (channel !== null) return [{ ...log, channel, isSure }];
  const channels: readonly LogChannel[] = [
    ...(row?.stdoutLog ? (["stdout"] as const) : []),
    ...(row?.stderrLog ? (["stderr"] as const) : []),
  ];
  if (channels.length === 0) return [{ ...log, channel: "stdout", isSure }];
  return channels.map((each) => ({ ...log, channel: each, isSure: true }));
}
