// One line of the activity log: `YYYY-MM-DD HH:MM:SS,mmm LEVL text`, local time (Supervisor, loggers.py). The offset
// from UTC is an argument, because it is a fact about the host.

import type { LogLevel } from "../config/model.ts";
import { clockText, dateText, localTime } from "./calendar.ts";

/** `YYYY-MM-DD HH:MM:SS`, local time. */
export function dateTimeText(wallMs: number, offsetMinutes: number): string {
  const t = localTime(wallMs, offsetMinutes);
  return `${dateText(t)} ${clockText(t)}`;
}

/** Formats a record without its final line feed. @param text as `writtenLines` returns it */
export function formatRecord(
  wallMs: number,
  offsetMinutes: number,
  level: LogLevel,
  text: string,
): string {
  const { millisecond } = localTime(wallMs, offsetMinutes);
  const milliseconds = String(millisecond).padStart(3, "0");
  return `${dateTimeText(wallMs, offsetMinutes)},${milliseconds} ${level} ${text}`;
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

/** The numbers of the levels in Python's supervisor.loggers, the most severe level first: a line is written when its number is at least that of the configured level. */
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
