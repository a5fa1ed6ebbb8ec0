// The levels of the activity log: their names, and their numbers in Python's supervisor.loggers.

import type { LogLevel } from "../config/model.ts";

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
