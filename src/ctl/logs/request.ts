// The request of a `tsv logs` command, and the parsing of its options.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { parseAskedTime } from "../../core/logs/time-texts.ts";
import type { VerbArguments } from "../verb-arguments.ts";
import type { LineChoice } from "./history.ts";
import type { LogChannel } from "./log-reader.ts";

/** Number of lines shown of each log by default. */
const DEFAULT_LINES = 10;

/** The request of a `logs` command. */
export interface LogsRequest extends LineChoice {
  /** Empty for all. */
  readonly names: readonly string[];
  readonly follow: boolean;
  /** Null for both channels, as far as they have logs. */
  readonly channel: LogChannel | null;
  /** Send all bytes to a terminal, control sequences too. */
  readonly raw: boolean;
  /** Names and times before lines; null for the default: with several logs, or one of standard error that was not requested. */
  readonly prefix: boolean | null;
  /** With --json: output the text of each log, instead of a line of JSON per line. */
  readonly asText: boolean;
}

/** Reads the options of `logs`. The error is one sentence. @param now milliseconds since 1970 */
export function readLogsRequest(
  names: readonly string[],
  given: VerbArguments,
  now: number,
  offset: OffsetMinutes,
): Result<LogsRequest, string> {
  const { follow, channel, raw, prefix, lines } = given;
  if (follow && given.until !== null) return err("--until and -f exclude each other");
  const since = readTime("--since", given.since, now, offset);
  if (!since.ok) return since;
  const until = readTime("--until", given.until, now, offset);
  if (!until.ok) return until;
  if (since.value !== null && until.value !== null && since.value > until.value) {
    return err(`--since ${given.since} is later than --until ${given.until}`);
  }
  if (given.ignoreCase && given.grep === null) return err("-i needs --grep");
  const grep = readPattern(given.grep, given.ignoreCase);
  if (!grep.ok) return grep;
  // Without a number of lines, a search shows all matching lines. With -f, --grep alone is not a search: new lines matter.
  const isSearch =
    since.value !== null || (!follow && (until.value !== null || grep.value !== null));
  const preset = isSearch ? null : DEFAULT_LINES;
  return ok({
    ...{ names, follow, channel, raw, prefix, asText: false },
    ...{ since: since.value, until: until.value, grep: grep.value },
    lines: lines === "all" ? null : (lines ?? preset),
  });
}

/** Reads the words of `tail -n`, which counts lines. Without -n, `tail` works as in Supervisor. */
export function readTailRequest(words: readonly string[], lines: number | "all"): LogsRequest {
  const names = words.filter((word) => !word.startsWith("-"));
  const last = names.at(-1) ?? "";
  const named = last === "stdout" || last === "stderr" ? last : null;
  return {
    names: named === null ? names : names.slice(0, -1),
    lines: lines === "all" ? null : lines,
    ...{ since: null, until: null, grep: null, prefix: false, asText: true },
    follow: words.includes("-f"),
    channel: named ?? "stdout",
    raw: words.includes("--raw"),
  };
}

function readTime(
  option: string,
  text: string | null,
  now: number,
  offset: OffsetMinutes,
): Result<number | null, string> {
  if (text === null) return ok(null);
  const time = parseAskedTime(text, now, offset);
  return time.ok ? time : err(`${option}: ${time.error}`);
}

function readPattern(text: string | null, ignoreCase: boolean): Result<RegExp | null, string> {
  if (text === null) return ok(null);
  const flags = ignoreCase ? "i" : "";
  let why = "";
  // With `u`, a character beyond 16 bits counts as one. Old escapes such as \- are errors then, so try without `u` too.
  for (const more of ["u", ""]) {
    try {
      return ok(new RegExp(text, flags + more));
    } catch (error) {
      why = String(error).replace(/^.*: /, "");
    }
  }
  return err(`--grep: '${text}' is no regular expression: ${why}`);
}
