// The periods of rotation by time, in local time: hours, days, weeks that begin on Sunday, and months, as in logrotate(8).

import type { RotationPeriod } from "../config/value-types.ts";
import { localTime } from "./record.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Minutes to add to UTC at a given wall-clock time. */
export type OffsetMinutes = (wallMs: number) => number;

/**
 * The beginning of the period that contains a time, never after that time.
 * @param wallMs epoch milliseconds, as all times here
 */
export function periodStart(period: RotationPeriod, wallMs: number, offset: OffsetMinutes): number {
  const now = offset(wallMs) * MINUTE;
  const local = wallMs + now;
  if (period === "hourly") return Math.floor(local / HOUR) * HOUR - now;
  return Math.min(wallMs, momentOf(localStart(period, local), now, offset));
}

/** The beginning of the next period, always after `wallMs`. */
export function nextPeriod(period: RotationPeriod, wallMs: number, offset: OffsetMinutes): number {
  const start = periodStart(period, wallMs, offset);
  const now = offset(wallMs) * MINUTE;
  if (period === "hourly") return start + HOUR;
  const next = localNext(period, localStart(period, wallMs + now));
  const guess = next - now;
  const precise = momentOf(next, now, offset);
  // Where clocks are set forward at midnight, the day begins at one o'clock.
  const isLater = precise > wallMs && periodStart(period, precise, offset) > start;
  return isLater ? precise : Math.max(guess, precise, wallMs + MINUTE);
}

/** Converts a local time to epoch milliseconds. @param offsetMs the UTC offset at a time near it, in milliseconds */
function momentOf(local: number, offsetMs: number, offset: OffsetMinutes): number {
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
