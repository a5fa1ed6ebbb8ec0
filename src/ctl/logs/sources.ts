// Which logs of a program there are to show.

import { parseNamespec } from "../../core/base/ids.ts";
import type { ProcessRow } from "../answers.ts";

export type LogChannel = "stdout" | "stderr";

/** One log. */
export interface LogOfProgram {
  /** As the user named the program. */
  readonly name: string;
  readonly channel: LogChannel;
  /** The daemon has named this log, and the user has not: if it cannot be read, it is empty. */
  readonly isSure: boolean;
}

/** @param channel the one that was asked for; null for those that the program has */
export function logsOf(
  name: string,
  rows: readonly ProcessRow[],
  channel: LogChannel | null,
): readonly LogOfProgram[] {
  if (channel !== null) return [{ name, channel, isSure: false }];
  const { group, process } = parseNamespec(name);
  const row = rows.find((one) => one.group === group && one.name === process);
  const channels: readonly LogChannel[] = [
    ...(row?.stdoutLog ? (["stdout"] as const) : []),
    ...(row?.stderrLog ? (["stderr"] as const) : []),
  ];
  if (channels.length === 0) return [{ name, channel: "stdout", isSure: false }];
  return channels.map((each) => ({ name, channel: each, isSure: true }));
}
