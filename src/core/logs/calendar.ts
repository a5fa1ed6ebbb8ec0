// Local time: its fields, their conversion to and from milliseconds since 1970, and the periods of rotation. The offset from UTC
// is an argument, because it is a fact about the host.

import { SECOND } from "../base/time.ts";
import type { RotationPeriod } from "../config/value-types.ts";

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Minutes to add to UTC at a given time: +60 for Central European winter. A zone with leap seconds has fractions. */
export type OffsetMinutes = (wallMs: number) => number;

/** A wall-clock time as people read it, split for the two formats that need it. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Splits epoch milliseconds into calendar fields. @param offsetMinutes minutes to add to UTC */
export function localTime(wallMs: number, offsetMinutes: number): LocalTime {
  // biome-ignore lint/style/noRestrictedGlobals: splits a given time, and reads no clock
  const date = new Date(Math.floor(wallMs) + offsetMinutes * MINUTE);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

/** `2026-03-01` */
export function dateText({ year, month, day }: LocalTime): string {
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** `12:04:07` */
export function clockText({ hour, minute, second }: LocalTime): string {
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** `+01:00` (RFC 3339 section 5.6). */
export function zoneText(offsetMinutes: number): string {
  const minutes = Math.abs(Math.round(offsetMinutes));
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Milliseconds since 1970 of a time in UTC; null for a date that does not exist. Second 60 is a leap second. */
function utcMs(time: LocalTime): number | null {
  const { year, month, day, hour, minute, second, millisecond } = time;
  if (year < 1970 || year > 9999 || hour > 23 || minute > 59 || second > 60) return null;
  // biome-ignore lint/style/noRestrictedGlobals: converts a given time, and reads no clock
  const midnight = Date.UTC(year, month - 1, day);
  const found = localTime(midnight, 0);
  // Date counts on: the 31st of April is the 1st of May.
  if (found.month !== month || found.day !== day) return null;
  return midnight + hour * HOUR + minute * MINUTE + second * SECOND + millisecond;
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

// The periods of rotation by time: hours, days, weeks that begin on Sunday, and months, as in logrotate(8).

/**
 * The beginning of the period that contains a time, never after that time.
 * @param wallMs epoch milliseconds, as all times here
 */
export function periodStart(period: RotationPeriod, wallMs: number, offset: OffsetMinutes): number {
  const now = offset(wallMs) * MINUTE;
  const local = wallMs + now;
  if (period === "hourly") return Math.floor(local / HOUR) * HOUR - now;
  return Math.min(wallMs, epochMs(localStart(period, local), now, offset));
}

/** The beginning of the next period, always after `wallMs`. */
export function nextPeriod(period: RotationPeriod, wallMs: number, offset: OffsetMinutes): number {
  const start = periodStart(period, wallMs, offset);
  const now = offset(wallMs) * MINUTE;
  if (period === "hourly") return start + HOUR;
  const next = localNext(period, localStart(period, wallMs + now));
  const guess = next - now;
  const precise = epochMs(next, now, offset);
  // Where clocks are set forward at midnight, the day begins at one o'clock.
  const isLater = precise > wallMs && periodStart(period, precise, offset) > start;
  return isLater ? precise : Math.max(guess, precise, wallMs + MINUTE);
}

/** Converts a local time to epoch milliseconds. @param offsetMs the UTC offset at a time near it, in milliseconds */
function epochMs(local: number, offsetMs: number, offset: OffsetMinutes): number {
  return local - offset(local - offsetMs) * MINUTE;
}

/** The local beginning of a day, week or month, as if local time were UTC. */
function localStart(period: "daily" | "weekly" | "monthly", local: number): number {
  const days = Math.floor(local / DAY);
  // 1970-01-01 was a Thursday.
  const back = { daily: 0, weekly: (days + 4) % 7, monthly: localTime(local, 0).day - 1 };
  return (days - back[period]) * DAY;
}

function localNext(period: "daily" | "weekly" | "monthly", start: number): number {
  if (period === "monthly") return localStart("monthly", start + 31 * DAY);
  return start + (period === "daily" ? DAY : 7 * DAY);
}
