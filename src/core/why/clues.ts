// The line of a program's output that names its error, with the meaning.

import { ERROR_MESSAGES, TAKEN } from "./error-messages.ts";

/** A known error message in a log, and its meaning. */
export type Clue = NonNullable<ReturnType<typeof clueOf>>;

/** The last line with a known message; null if there is none. */
export function clueIn(lines: readonly string[]): Clue | null {
  for (const line of [...lines].reverse()) {
    // Node.js prints the properties of an error below its message.
    const clue = /^\s+(?:code|errno|syscall|path|requireStack): /.test(line) ? null : clueOf(line);
    if (clue !== null) return clue;
  }
  return null;
}

function clueOf(line: string) {
  const row = ERROR_MESSAGES.find(({ pattern }) => pattern.test(line));
  if (row === undefined) return null;
  const [, ...groups] = row.pattern.exec(line) ?? [];
  const named = groups.filter((group) => group !== undefined);
  const filled = (text: string): string =>
    text.replace(/\$([12])/g, (_, digit: string) => named[Number(digit) - 1] ?? "");
  const isTaken = row === TAKEN;
  return {
    line,
    meaning: filled(row.meaning),
    advice: filled(row.advice),
    /** Runs in the directory of the program; null if no command helps. */
    command: row.command !== undefined && named.every(isPlain) ? filled(row.command) : null,
    /** It reports an address in use. */
    isTaken,
    /** The port in use; null if the line does not name it. */
    port: isTaken ? portIn(line) : null,
  };
}

/** Whether a shell reads it as one word: commands are pasted by root, and programs print anything. */
function isPlain(word: string): boolean {
  return /^[\w/.:@+][\w/.:@+-]*$/.test(word);
}

/** "0.0.0.0:8080", "[::]:8080", ":::8080", " :8080", "port 8080", "port: 8080"; not the "45" of "12:30:45". */
function portIn(line: string): number | null {
  const text = line.replace(/\b\d{1,2}:\d\d:\d\d\b/g, "");
  const found =
    /\bport\W{0,3}(\d{1,5})\b/i.exec(text) ?? /(?:^|[\s\d\]*a-z:]):(\d{1,5})\b/i.exec(text);
  const port = Number(found?.[1] ?? "0");
  return port > 0 && port < 65_536 ? port : null;
}
