// One line of the activity log: `YYYY-MM-DD HH:MM:SS,mmm LEVL text`, local time (Supervisor, loggers.py). The offset
// from UTC is an argument, because it is a fact about the host.

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
export const DAYS_TO_EPOCH = 719_468;

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
