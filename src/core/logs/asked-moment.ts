// Parses the times that `--since` and `--until` accept.

import { err, ok, type Result } from "../base/result.ts";
import { parseDuration } from "../config/quantities.ts";
import { localMs, localTime, milliseconds, type OffsetMinutes, zonedMs } from "./record.ts";

const DAY_MS = 86_400_000;
const WEEK_SECONDS = 7 * 86_400;

const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/;

/** The forms, for an error message. */
const MOMENT_FORMS =
  "a duration (10m, 2h, 1d12h), a time (12:30, 12:30:15), today, yesterday, a date (2026-11-23, " +
  "2026-11-23T12:30:15Z) or @seconds since 1970";

/**
 * Parses a time.
 * @param now milliseconds since 1970. A duration is subtracted from `now`; a time of day is the last one at or before `now`
 * @returns milliseconds since 1970; the error names the value and the forms
 */
export function parseAskedMoment(
  text: string,
  now: number,
  offset: OffsetMinutes,
): Result<number, string> {
  const moment = dayMoment(text, now, offset) ?? dateMoment(text, offset) ?? back(text, now);
  return moment === null ? err(`'${text}' is no time: write ${MOMENT_FORMS}`) : ok(moment);
}

function dayMoment(text: string, now: number, offset: OffsetMinutes): number | null {
  const today = localTime(now, offset(now));
  const midnight = { ...today, hour: 0, minute: 0, second: 0, millisecond: 0 };
  if (text === "today") return localMs(midnight, offset);
  if (text === "yesterday") return dayBefore(midnight, offset);
  const match = CLOCK.exec(text);
  if (match === null) return null;
  const [, hour, minute, second] = match;
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second ?? 0) };
  if (time.hour > 23) return null;
  const moment = localMs({ ...midnight, ...time }, offset);
  if (moment === null || moment <= now) return moment;
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

function dateMoment(text: string, offset: OffsetMinutes): number | null {
  if (/^@\d{1,11}(?:\.\d{1,9})?$/.test(text)) return Math.floor(Number(text.slice(1)) * 1000);
  const match = DATE.exec(text);
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
