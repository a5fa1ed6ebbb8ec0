// Parses times in texts: those that users ask for, and the time at the beginning of a line, in the forms that programs write. In
// any other form, the time is not guessed.
//
//   2026-11-23T12:00:00.123Z  2026-11-23 12:00:00,123  2026/11/23 12:00:00 [error]  [2026-11-23 12:00:00 +0100]
//   INFO 2026-11-23 12:00:00  I1123 12:00:00.123456
//   1.2.3.4 - - [23/Nov/2026:12:00:00 +0000]  [23-Nov-2026 12:00:00]  1:M 23 Nov 2026 12:00:00.123
//   Mon Nov 23 12:00:00.123 2026  Nov 23 12:00:00
//   1795248000.123  1795248000123  {"ts":1795248000.1,…}  {"time":"2026-11-23T12:00:00Z",…}  time=2026-11-23T12:00:00Z

import { err, ok, type Result } from "../base/result.ts";
import { parseDuration } from "../config/quantities.ts";
import {
  type LocalTime,
  localMs,
  localTime,
  MONTHS,
  milliseconds,
  type OffsetMinutes,
  zonedMs,
} from "./calendar.ts";

/** Information that a line may lack. */
interface TimeContext {
  /** The UTC offset of the host on which the line was written. */
  readonly offset: OffsetMinutes;
  /** The approximate or latest possible time of the line, for a date without a year, and to reject implausible numbers. */
  readonly near: number;
}

/** Maximum characters of a line that are examined. */
export const TIME_CHARACTERS = 512;

/**
 * The time of a time of day in a line of the daemon (`12:04:07`): on the day on which it is closest to the known time.
 * @param last the time of the line before; null if it is not known
 */
export function timeOfClock(
  clock: string,
  last: number | null,
  { offset, near }: TimeContext,
): number | null {
  const about = last ?? near;
  const [hour = 0, minute = 0, second = 0] = clock.split(":").map(Number);
  const day = localTime(about, offset(about));
  const time = localMs({ ...day, hour, minute, second, millisecond: 0 }, offset);
  if (time === null) return null;
  if (time > near + MINUTE_MS) return time - DAY_MS;
  return last !== null && time < last - DAY_MS / 2 ? time + DAY_MS : time;
}

/** Every form of a time contains one of these. */
const PART_OF_TIME = /\d\d:\d\d|\d{10}/;

/** Whether a text may contain a time that `timeOfLine` finds; a quick test for many lines at once. */
export function mayHoldTime(text: string): boolean {
  return PART_OF_TIME.test(text);
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;

const MONTH = `(?<month>${MONTHS.join("|")})`;
const FRACTION = "(?:[.,](?<fraction>\\d{1,9}))?";
const CLOCK = `(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)${FRACTION}`;
const ZONED = "(?: ?(?<zone>Z|UTC|GMT|[+-]\\d\\d:?(?:\\d\\d)?)(?![\\w:]))?";
/** `[INFO] `, `ERROR:   `, `(` */
const LEVEL = "(?:\\W{0,3}[A-Za-z]{3,9}\\W{1,6})?[[(<\"']?";

const ISO = new RegExp(
  `^${LEVEL}(?<year>\\d{4})[-/](?<month>\\d\\d)[-/](?<day>\\d\\d)[T ](?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)${FRACTION})?${ZONED}`,
);
/** klog and glog: the level, the month and the day. */
const KLOG = new RegExp(`^[IWEFD](?<month>\\d\\d)(?<day>\\d\\d) ${CLOCK} `);
/** A date with the day first, after at most three words of an access log, or the role of a server (`1:M`). */
const DAY_FIRST = new RegExp(
  `^(?:(?:\\S+ ){0,3}|\\d+:[A-Z] )\\[?(?<day>\\d{1,2})[ /-]${MONTH}[ /-](?<year>\\d{4})[ :]${CLOCK}${ZONED}`,
);
const MONTH_FIRST = new RegExp(
  `^\\[?(?:<\\d{1,3}>)?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?${MONTH} +(?<day>\\d{1,2}) ${CLOCK}(?: (?<year>\\d{4})(?!\\d))?`,
);
const FORMS = [ISO, DAY_FIRST, MONTH_FIRST, KLOG];
const EPOCH = /^\[?(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?=[\s\]|:;,]|$)/;
const JSON_MEMBER =
  /"(?:time|ts|timestamp|@timestamp|t|date|datetime)" ?: ?(?:"([^"]{8,40})"|(\d{10,19}(?:\.\d+)?))/;
const PAIR = /^(?:time|ts|timestamp|t)=(?:"([^"]{8,40})"|(\S{8,40}))/;
/** Colour sequences (SGR) at the beginning of a line. */
export const COLOURS = /^(?:\u001b\[[\d;]*m)+/;

/**
 * Finds the time at the beginning of a line.
 * @param head the first `TIME_CHARACTERS` of the line
 * @returns milliseconds since 1970; null when there is none
 */
export function timeOfLine(head: string, context: TimeContext): number | null {
  if (!mayHoldTime(head)) return null;
  const line = head.charCodeAt(0) === 0x1b ? head.replace(COLOURS, "") : head;
  if (line.startsWith("{")) return jsonTime(line, context);
  const first = line.charCodeAt(0);
  // Indented lines, as in stack traces, have no time.
  if (first <= 0x20 || Number.isNaN(first)) return null;
  return plainTime(line, context) ?? pairTime(line, context);
}

function plainTime(line: string, context: TimeContext): number | null {
  return timeIn(FORMS, line, context) ?? epochTime(EPOCH.exec(line)?.[1], context);
}

/** The time in the first of these forms that the text has. */
function timeIn(forms: readonly RegExp[], text: string, context: TimeContext): number | null {
  for (const form of forms) {
    const fields = form.exec(text)?.groups;
    const ms = fields === undefined ? null : timeOf(fields, context);
    if (ms !== null) return ms;
  }
  return null;
}

/** The named groups of a form. */
type Fields = Readonly<Partial<Record<string, string>>>;

/** The time of these fields. Without a year, the last time with that date, up to a day after `near`: clocks differ by a day at most. */
function timeOf(
  { year, month = "", day, hour, minute, second, fraction, zone }: Fields,
  { offset, near }: TimeContext,
): number | null {
  const time = {
    month: MONTHS.indexOf(month) + 1 || Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: milliseconds(fraction),
  };
  if (year !== undefined) return zonedMs({ ...time, year: Number(year) }, zone, offset);
  const thisYear = localTime(near, 0).year;
  for (const each of [thisYear + 1, thisYear, thisYear - 1]) {
    const ms = localMs({ ...time, year: each }, offset);
    if (ms !== null && ms <= near + DAY_MS) return ms;
  }
  return null;
}

function jsonTime(line: string, context: TimeContext): number | null {
  const match = JSON_MEMBER.exec(line);
  if (match === null) return null;
  const [, text, number] = match;
  return text === undefined ? epochTime(number, context) : valueTime(text, context);
}

function pairTime(line: string, context: TimeContext): number | null {
  const match = PAIR.exec(line);
  return match === null ? null : valueTime(match[1] ?? match[2] ?? "", context);
}

function valueTime(text: string, context: TimeContext): number | null {
  return timeIn([ISO], text, context) ?? epochTime(EPOCH.exec(text)?.[1], context);
}

/**
 * Reads seconds, milliseconds, microseconds or nanoseconds since 1970, by the number of digits. A number more than ten years
 * before `near`, or more than a day after it, is not a time.
 */
function epochTime(text: string | undefined, { near }: TimeContext): number | null {
  if (text === undefined) return null;
  const digits = text.replace(/\..*/, "").length;
  const factor = digits <= 10 ? 1000 : digits <= 13 ? 1 : digits <= 16 ? 1e-3 : 1e-6;
  const ms = Math.floor(Number(text) * factor);
  return ms > near - 10 * YEAR_MS && ms <= near + DAY_MS ? ms : null;
}

// The times that `--since` and `--until` accept.

const WEEK_SECONDS = 7 * 86_400;

const ASKED_CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;
const ASKED_DATE =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?\s?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/;

/** The forms, for an error message. */
const TIME_FORMS =
  "a duration (10m, 2h, 1d12h), a time (12:30, 12:30:15), today, yesterday, a date (2026-11-23, " +
  "2026-11-23T12:30:15Z) or @seconds since 1970";

/**
 * Parses a time.
 * @param now milliseconds since 1970. A duration is subtracted from `now`; a time of day is the last one at or before `now`
 * @returns milliseconds since 1970; the error names the value and the forms
 */
export function parseAskedTime(
  text: string,
  now: number,
  offset: OffsetMinutes,
): Result<number, string> {
  const time = dayTime(text, now, offset) ?? dateTime(text, now, offset) ?? back(text, now);
  return time === null ? err(`'${text}' is not a time: write ${TIME_FORMS}`) : ok(time);
}

function dayTime(text: string, now: number, offset: OffsetMinutes): number | null {
  const today = localTime(now, offset(now));
  const midnight = { ...today, hour: 0, minute: 0, second: 0, millisecond: 0 };
  if (text === "today") return localMs(midnight, offset);
  if (text === "yesterday") return dayBefore(midnight, offset);
  const match = ASKED_CLOCK.exec(text);
  if (match === null) return null;
  const [, hour, minute, second] = match;
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second ?? 0) };
  if (time.hour > 23) return null;
  const ms = localMs({ ...midnight, ...time }, offset);
  if (ms === null || ms <= now) return ms;
  return dayBefore({ ...midnight, ...time }, offset);
}

/** The same time of day on the day before. */
function dayBefore(time: LocalTime, offset: OffsetMinutes): number | null {
  const noon = localMs({ ...time, hour: 12 }, offset);
  if (noon === null) return null;
  const { year, month, day } = localTime(noon - DAY_MS, offset(noon - DAY_MS));
  return localMs({ ...time, year, month, day }, offset);
}

function dateTime(text: string, now: number, offset: OffsetMinutes): number | null {
  if (/^@\d{1,11}(?:\.\d{1,9})?$/.test(text)) return Math.floor(Number(text.slice(1)) * 1000);
  return timeIn([ASKED_DATE], text, { offset, near: now });
}

/** `10 minutes ago`, as journalctl and date have it. */
const SPELLED_UNIT =
  /(\d) ?([smhdw])(?:ec|ecs|econds?|in|ins|inutes?|r|rs|ours?|ays?|eeks?)? ?(?=\d|$)/g;

/** A duration before now. A number without a unit is ambiguous, and is rejected. */
function back(text: string, now: number): number | null {
  const short = text.replace(/^-(?=\d)| ago$/g, "").replace(SPELLED_UNIT, "$1$2");
  if (/^\d*$/.test(short)) return null;
  const weeks = /^(\d{1,3})w(.*)$/.exec(short);
  const rest = weeks === null ? short : (weeks[2] ?? "");
  const seconds = rest === "" ? ok(0) : parseDuration(rest);
  if (!seconds.ok) return null;
  return now - (Number(weeks?.[1] ?? 0) * WEEK_SECONDS + seconds.value) * 1000;
}
