// One line of the activity log: `YYYY-MM-DD HH:MM:SS,mmm LEVL text`, local time (Supervisor, loggers.py). The offset
// from UTC is an argument, because it is a fact about the host.

import { SECOND } from "../base/time.ts";
import type { LogLevel } from "../config/model.ts";

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

const MS_PER_DAY = 86_400_000;
const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar. */
const DAYS_TO_EPOCH = 719_468;

/**
 * Splits epoch milliseconds into calendar fields.
 * @param offsetMinutes minutes to add to UTC: +60 for Central European winter
 * @remarks Counts in eras of 400 years that begin in March, so that the leap day is the last of its year.
 */
export function localTime(wallMs: number, offsetMinutes: number): LocalTime {
  const shifted = Math.floor(wallMs) + offsetMinutes * 60_000;
  const days = Math.floor(shifted / MS_PER_DAY);
  const inDay = shifted - days * MS_PER_DAY;
  const fromMarch = days + DAYS_TO_EPOCH;
  const era = Math.floor(fromMarch / DAYS_PER_ERA);
  const dayOfEra = fromMarch - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    hour: Math.floor(inDay / 3_600_000),
    minute: Math.floor(inDay / 60_000) % 60,
    second: Math.floor(inDay / 1000) % 60,
    millisecond: inDay % 1000,
  };
}

/** Formats a record without its final line feed. @param text as `writtenLines` returns it */
export function formatRecord(
  wallMs: number,
  offsetMinutes: number,
  level: LogLevel,
  text: string,
): string {
  const t = localTime(wallMs, offsetMinutes);
  const date = `${pad(t.year, 4)}-${pad(t.month, 2)}-${pad(t.day, 2)}`;
  const time = `${pad(t.hour, 2)}:${pad(t.minute, 2)}:${pad(t.second, 2)},${pad(t.millisecond, 3)}`;
  return `${date} ${time} ${level} ${text}`;
}

/** Priority numbers of syslog (sd-daemon(3)). */
const PRIORITIES: Readonly<Record<LogLevel, number>> = {
  CRIT: 2,
  ERRO: 3,
  WARN: 4,
  INFO: 6,
  DEBG: 7,
  TRAC: 7,
  BLAT: 7,
};

/** Formats one line for the journal, which adds the time and takes the priority from its beginning (sd-daemon(3)). */
export function journalRecord(level: LogLevel, line: string): string {
  return `<${PRIORITIES[level]}>${line}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

// The levels of the activity log: their names, and their numbers in Python's supervisor.loggers.

/** The most severe level first: a line is written when its number is at least that of the configured level. */
export const LOG_LEVEL_NUMBERS: Readonly<Record<LogLevel, number>> = {
  CRIT: 50,
  ERRO: 40,
  WARN: 30,
  INFO: 20,
  DEBG: 10,
  TRAC: 5,
  BLAT: 3,
};

/** Whether a text is the name of a level, as log lines have it. */
export function isLogLevel(text: string): text is LogLevel {
  return Object.hasOwn(LOG_LEVEL_NUMBERS, text);
}

/** True when a line of `level` is written to a log with the level `threshold`. */
export function isLogged(level: LogLevel, threshold: LogLevel): boolean {
  return LOG_LEVEL_NUMBERS[level] >= LOG_LEVEL_NUMBERS[threshold];
}

// Converts the fields of a date to milliseconds since 1970, in UTC, in a zone, or in local time.

/** Minutes to add to UTC at a given time. */
export type OffsetMinutes = (wallMs: number) => number;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Milliseconds since 1970 of a time in UTC; null for a date that does not exist. Second 60 is a leap second. */
function utcMs(time: LocalTime): number | null {
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
