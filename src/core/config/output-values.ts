// Values of options for the output of programs.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { LINE_TIMES, type LineTime, LOG_FORMATS, type LogFormat } from "../logs/line-styles.ts";
import type { OutputTarget } from "./value-types.ts";

const TARGETS: readonly OutputTarget[] = [
  { kind: "stdout" },
  { kind: "stderr" },
  { kind: "journal" },
];

/** `@stdout` and its like; null for anything else. @param lower a value in lower case */
export function outputTarget(lower: string): OutputTarget | null {
  return TARGETS.find(({ kind }) => lower === `@${kind}`) ?? null;
}

/** True if the logs of a program hold other bytes than it wrote. */
export function isOutputFormatted(format: LogFormat, time: LineTime | null): boolean {
  return format !== "raw" || (time !== null && time !== "none");
}

export function parseLogFormat(text: string): Result<LogFormat, string> {
  const format = LOG_FORMATS.find((one) => one === text.toLowerCase());
  const known = "it is raw, prefix, json or logfmt";
  return format === undefined
    ? err(`invalid 'log_format' value ${pyRepr(text)}: ${known}`)
    : ok(format);
}

export function parseLogTimestamp(text: string): Result<LineTime, string> {
  const time = LINE_TIMES.find((one) => one === text.toLowerCase());
  const known = "it is none, time, iso, iso-ms, utc or unix";
  return time === undefined
    ? err(`invalid 'log_timestamp' value ${pyRepr(text)}: ${known}`)
    : ok(time);
}
