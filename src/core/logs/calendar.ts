// Converts the fields of a date to milliseconds since 1970, in UTC, in a zone, or in local time.

import { SECOND } from "../base/time.ts";
import { DAYS_TO_EPOCH, type LocalTime } from "./record.ts";

/** Minutes to add to UTC at a given time. */
export type OffsetMinutes = (wallMs: number) => number;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Milliseconds since 1970 of a time in UTC; null for a date that does not exist. Second 60 is a leap second. */
export function utcMs(time: LocalTime): number | null {
  const { year, month, day, hour, minute, second, millisecond } = time;
  if (year < 1970 || year > 9999 || month < 1 || month > 12) return null;
  if (day < 1 || day > daysOf(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const days = daysSince1970(year, month, day);
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * SECOND + millisecond;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysOf(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (DAYS[month - 1] ?? 0);
}

/** Days since 1970-01-01 in the Gregorian calendar. Years begin in March, so that the leap day is the last day of its year. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const fromMarch = (month + 9) % 12;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + Math.floor((153 * fromMarch + 2) / 5) + day - 1 - DAYS_TO_EPOCH;
}

/**
 * As `utcMs`, for local time. A time that exists twice, when clocks are set back, is the first of the two. A time that does not
 * exist, when clocks are set forward, is as far after the change as it is after the last time before it.
 */
export function localMs(time: LocalTime, offset: OffsetMinutes): number | null {
  const utc = utcMs(time);
  if (utc === null) return null;
  // No zone is a day away from UTC, and none changes its offset twice within two days.
  const before = utc - offset(utc - DAY) * MINUTE;
  const after = utc - offset(utc + DAY) * MINUTE;
  const isTime = (ms: number): boolean => ms + offset(ms) * MINUTE === utc;
  const times = [before, after].filter(isTime);
  return times.length === 0 ? before : Math.min(...times);
}

const ZONE = /^(?:Z|UTC|GMT|([+-])(\d\d):?(\d\d)?)$/;

/** As `utcMs`, for a time in a zone. @param zone `Z`, `UTC`, `+01:00`, `+0100`; anything else is local time */
export function zonedMs(
  time: LocalTime,
  zone: string | undefined,
  offset: OffsetMinutes,
): number | null {
  const match = ZONE.exec(zone ?? "");
  if (match === null) return localMs(time, offset);
  const utc = utcMs(time);
  const minutes = Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  return utc === null ? null : utc - (match[1] === "-" ? -minutes : minutes) * MINUTE;
}

/** Whole milliseconds of a decimal fraction of a second: 123 for `123456`. */
export function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
}
