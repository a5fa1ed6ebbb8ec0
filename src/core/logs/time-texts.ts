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
import { localMs, localTime, milliseconds, type OffsetMinutes, zonedMs } from "./calendar.ts";

/** Information that a line may lack. */
interface TimeContext {
  /** The UTC offset of the host on which the line was written. */
  readonly offset: OffsetMinutes;
  /** The approximate or latest possible time of the line, for a date without a year, and to reject implausible numbers. */
  readonly near: number;
}

/** Maximum characters of a line that are examined. */
export const TIME_CHARACTERS = 512;

/** Every form of a time contains one of these. */
const PART_OF_TIME = /\d\d:\d\d|\d{10}/;

/** Whether a text may contain a time that `timeOfLine` finds; a quick test for many lines at once. */
export function mayHoldTime(text: string): boolean {
  return PART_OF_TIME.test(text);
}

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

const MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const CLOCK = "(\\d\\d):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?";
const ZONED = "(?: ?(Z|UTC|GMT|[+-]\\d\\d:?(?:\\d\\d)?)(?![\\w:]))?";
/** `[INFO] `, `ERROR:   `, `(` */
const LEVEL = "(?:\\W{0,3}[A-Za-z]{3,9}\\W{1,6})?[[(<\"']?";

const ISO = new RegExp(
  `^${LEVEL}(\\d{4})[-/](\\d\\d)[-/](\\d\\d)[T ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d{1,9}))?)?${ZONED}`,
);
/** klog and glog: the level, the month and the day. */
const KLOG = new RegExp(`^[IWEFD](\\d\\d)(\\d\\d) ${CLOCK} `);
/** A date with the day first, after at most three words of an access log, or the role of a server (`1:M`). */
const DAY_FIRST = new RegExp(
  `^(?:(?:\\S+ ){0,3}|\\d+:[A-Z] )\\[?(\\d{1,2})[ /-]${MONTH}[ /-](\\d{4})[ :]${CLOCK}${ZONED}`,
);
const MONTH_FIRST = new RegExp(
  `^\\[?(?:<\\d{1,3}>)?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?${MONTH} +(\\d{1,2}) ${CLOCK}(?: (\\d{4})(?!\\d))?`,
);
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
  return (
    isoTime(line, context) ??
    dayFirst(line, context) ??
    monthFirst(line, context) ??
    klog(line, context) ??
    epochTime(EPOCH.exec(line)?.[1], context)
  );
}

function isoTime(line: string, { offset }: TimeContext): number | null {
  const match = ISO.exec(line);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const time = { year, month, day, hour, minute, second: second ?? 0 };
  return zonedMs({ ...numbers(time), millisecond: milliseconds(fraction) }, zone, offset);
}

function dayFirst(line: string, { offset }: TimeContext): number | null {
  const match = DAY_FIRST.exec(line);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, fraction, zone] = match;
  const time = { year, month: monthNumber(month), day, hour, minute, second };
  return zonedMs({ ...numbers(time), millisecond: milliseconds(fraction) }, zone, offset);
}

function monthFirst(line: string, context: TimeContext): number | null {
  const match = MONTH_FIRST.exec(line);
  if (match === null) return null;
  const [, month, day, hour, minute, second, fraction, year] = match;
  const time = { month: monthNumber(month), day, hour, minute, second };
  const rest = { millisecond: milliseconds(fraction) };
  if (year === undefined) return withoutYear({ ...time, ...rest }, context);
  return zonedMs({ ...numbers({ ...time, year }), ...rest }, undefined, context.offset);
}

function klog(line: string, context: TimeContext): number | null {
  const match = KLOG.exec(line);
  if (match === null) return null;
  const [, month, day, hour, minute, second, fraction] = match;
  const time = { month, day, hour, minute, second, millisecond: milliseconds(fraction) };
  return withoutYear(time, context);
}

type Field = string | number | undefined;
type DateField = "month" | "day" | "hour" | "minute" | "second";

/** The last time with that date, up to a day after `near`: clocks differ by a day at most. */
function withoutYear(
  time: Readonly<Record<DateField | "millisecond", Field>>,
  { offset, near }: TimeContext,
): number | null {
  const thisYear = localTime(near, 0).year;
  for (const year of [thisYear + 1, thisYear, thisYear - 1]) {
    const { millisecond } = time;
    const fields = { ...numbers({ ...time, year }), millisecond: Number(millisecond ?? 0) };
    const ms = zonedMs(fields, undefined, offset);
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
  return isoTime(text, context) ?? epochTime(EPOCH.exec(text)?.[1], context);
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

function monthNumber(name: string | undefined): number {
  return MONTHS.indexOf(name ?? "") / 3 + 1;
}

function numbers(fields: Readonly<Record<"year" | DateField, Field>>) {
  const { year, month, day, hour, minute, second } = fields;
  return {
    ...{ year: Number(year), month: Number(month), day: Number(day) },
    ...{ hour: Number(hour), minute: Number(minute), second: Number(second) },
  };
}

// The times that `--since` and `--until` accept.

const WEEK_SECONDS = 7 * 86_400;

const ASKED_CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;
const ASKED_DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/;

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
  const time = dayTime(text, now, offset) ?? dateTime(text, offset) ?? back(text, now);
  return time === null ? err(`'${text}' is no time: write ${TIME_FORMS}`) : ok(time);
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

type Fields = Parameters<typeof localMs>[0];

/** The same time of day on the day before. */
function dayBefore(time: Fields, offset: OffsetMinutes): number | null {
  const noon = localMs({ ...time, hour: 12 }, offset);
  if (noon === null) return null;
  const { year, month, day } = localTime(noon - DAY_MS, offset(noon - DAY_MS));
  return localMs({ ...time, year, month, day }, offset);
}

function dateTime(text: string, offset: OffsetMinutes): number | null {
  if (/^@\d{1,11}(?:\.\d{1,9})?$/.test(text)) return Math.floor(Number(text.slice(1)) * 1000);
  const match = ASKED_DATE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const time = {
    ...{ year: Number(year), month: Number(month), day: Number(day), hour: Number(hour ?? 0) },
    ...{ minute: Number(minute ?? 0), second: Number(second ?? 0) },
    millisecond: milliseconds(fraction),
  };
  return zonedMs(time, zone, offset);
}

/** A duration before now. A number without a unit is ambiguous, and is rejected. */
function back(text: string, now: number): number | null {
  if (/^\d*$/.test(text)) return null;
  const weeks = /^(\d{1,3})w(.*)$/.exec(text);
  const rest = weeks === null ? text : (weeks[2] ?? "");
  const seconds = rest === "" ? ok(0) : parseDuration(rest);
  if (!seconds.ok) return null;
  return now - (Number(weeks?.[1] ?? 0) * WEEK_SECONDS + seconds.value) * 1000;
}
