// The level of a line, where the line states it in one of the forms that loggers write:
//
//   {"level":"error",…}  {"level":50,…}  {"severity":"ERROR",…}     JSON; numbers as those of bunyan and pino
//   level=warn msg="…"                                              logfmt
//   E1123 12:00:00.123456                                           klog and glog
//   <3>text                                                         sd-daemon(3)
//   2026-11-23 12:00:00 [error] text   ERROR: text   [WARN] text    a word near the beginning
//
// In any other form, the level is not guessed.

import { COLOURS } from "./time-texts.ts";

/** From the least severe to the most severe. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type LineLevel = (typeof LEVELS)[number];

/** Characters of a line that are examined, and those in which a word may be. */
const EXAMINED = 512;
const BEFORE_WORD = 80;

const WORDS: Readonly<Record<string, LineLevel>> = {
  ...{ trace: "debug", trac: "debug", debug: "debug", debg: "debug", verbose: "debug" },
  ...{ info: "info", notice: "info" },
  ...{ warn: "warning", warning: "warning" },
  ...{ err: "error", erro: "error", error: "error", severe: "error", alert: "error" },
  ...{ crit: "error", critical: "error", fatal: "error", panic: "error", emerg: "error" },
};

const JSON_MEMBER =
  /"(?:level|lvl|severity|levelname|log\.level)" ?: ?(?:"([A-Za-z]{3,8})"|(\d{1,2})(?!\d))/;
const PAIR = /(?:^|[\s{])(?:level|lvl|severity)="?([A-Za-z]{3,8})\b/;
const KLOG = /^([DIWEF])\d{4} \d\d:\d\d:\d\d/;
const PRIORITY = /^<([0-7])>/;
const NAMES = Object.keys(WORDS).join("|");
/** In capitals, in brackets, or before a colon: other words belong to sentences. */
const WORD = new RegExp(
  `(?:^|[\\s|(])(?:\\[ *(${NAMES}) *\\]|(${NAMES}):|(${NAMES.toUpperCase()})(?=[\\s\\]|:,)]|$))`,
);
const ANY_CASE_BRACKETS = new RegExp(`\\[ *(${NAMES}) *\\]`, "i");
const LETTERS: Readonly<Record<string, LineLevel>> = {
  ...{ D: "debug", I: "info", W: "warning", E: "error", F: "error" },
};

/** @returns null for a line that does not state its level */
export function levelOfLine(line: string): LineLevel | null {
  const head = line.slice(0, EXAMINED).replace(COLOURS, "");
  if (head.startsWith("{")) {
    const [, word, number] = JSON_MEMBER.exec(head) ?? [];
    return number === undefined ? ofWord(word) : ofNumber(Number(number));
  }
  const letter = KLOG.exec(head)?.[1];
  if (letter !== undefined) return LETTERS[letter] ?? null;
  const priority = PRIORITY.exec(head)?.[1];
  if (priority !== undefined) return ofPriority(Number(priority));
  const pair = PAIR.exec(head)?.[1];
  if (pair !== undefined) return ofWord(pair);
  const start = head.slice(0, BEFORE_WORD).replace(SEQUENCES, "");
  const found = WORD.exec(start) ?? ANY_CASE_BRACKETS.exec(start);
  return ofWord(found?.slice(1).find((each) => each !== undefined));
}

/** Loggers colour the word. */
const SEQUENCES = /\x1b\[[\d;]*m/g;

/** Whether a level is at least as severe as another one. */
export function isAtLeast(level: LineLevel, least: LineLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

function ofWord(word: string | undefined): LineLevel | null {
  return WORDS[word?.toLowerCase() ?? ""] ?? null;
}

/** bunyan and pino: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function ofNumber(number: number): LineLevel | null {
  if (number < 10) return null;
  return number < 30 ? "debug" : number < 40 ? "info" : number < 50 ? "warning" : "error";
}

/** syslog(3): 0 emergency to 7 debug. */
function ofPriority(priority: number): LineLevel {
  return priority <= 3 ? "error" : priority === 4 ? "warning" : priority === 7 ? "debug" : "info";
}
