// The line of a program's output that names its error, with the meaning.

import { ERROR_MESSAGES, TAKEN } from "./error-messages.ts";
import { isOfStack } from "./stack-frames.ts";
import type { ErrorMessage } from "./system-messages.ts";

/** A known error message in a log, and its meaning. */
export type Clue = ReturnType<typeof clueOf>;

/**
 * The known message of the last error; null if it is unknown. Lines that follow an error and say nothing about it are passed
 * over; any other line is a later error, which those above do not explain: they may be of an earlier run.
 */
export function clueIn(lines: readonly string[]): Clue | null {
  let result: Clue | null = null;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? "";
    // Marks below a line of source.
    if (/^\s*[\^~]+\s*$/.test(line)) at -= 1;
    else if (!isOfStack(line) && line.trim() !== "") {
      const found = find(line) ?? ofHeading(lines[at - 1] ?? "");
      const near = lines.slice(Math.max(0, at - 4)).filter((one) => !isOfStack(one));
      if (found !== null && found.row.isResult !== true) return clueOf(found, near);
      if (found !== null) result ??= clueOf(found, near);
      else if (!ASIDE.some((pattern) => pattern.test(line))) return result;
    }
  }
  return result;
}

/** What programs print after their error. */
const ASIDE: readonly RegExp[] = [
  /^\s|^[}\])]+[;,]?$/,
  // Node.js, npm, yarn, make.
  /^Node\.js v\d|^Require stack:|^- \/|^Emitted 'error' event|^npm (?:error|ERR!)|^make(?:\[\d+\])?: \*\*\* |Command failed with exit code/,
  // Python, gunicorn, uvicorn.
  /\[ERROR\] (?:Retrying in|Can't connect to|Worker \()|^Error: .*exited with code \d+$/,
  // Ruby, PHP, Perl, Java.
  /^Checked in 'GEM_PATH=|^Run `bundle |^Stack trace:|failed to load configuration file|FPM initialization failed/,
  /^BEGIN failed--|^Error: (?:Could not create the Java Virtual Machine|A fatal exception has occurred)/,
  // Go, Rust, native programs.
  /^goroutine \d+ \[|^exit status \d+$|^\[signal |^created by |^[\w./*()-]+\([^)]*\)$|^stack backtrace:|^note: |^-+ Native stack/,
  // Shells and common commands.
  /^(?:Aborted|Exiting|Aborting|Stopping|Shutting down|Bye)\b|^usage:|^Try ['`]|for (?:more )?help\b/i,
  /: (?:no files remaining|Error is not recoverable: exiting now|Exiting with failure status due to previous errors)$/,
  // nginx, Redis, PostgreSQL.
  /still could not bind\(\)|configuration file \S+ test failed|Failed listening on port|\b(?:HINT|DETAIL): /,
  /could not create (?:listen socket|any TCP\/IP sockets)|database system is shut down/,
  /^The server must be started under|^possible system security compromise|^more information on how/,
  /\bINFO\b.*(?:shut(?:ting)? ?down|exit|stopp|clos|terminat|finish|Reason:)/i,
];

interface Found {
  readonly row: ErrorMessage;
  readonly line: string;
  /** What the groups of the pattern matched. */
  readonly words: readonly string[];
}

function find(line: string): Found | null {
  // The quotes of a locale with UTF-8.
  const plain = line.replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"');
  for (const row of ERROR_MESSAGES) {
    const match = row.pattern.exec(plain);
    if (match === null) continue;
    return { row, line, words: match.slice(1).filter((group) => group !== undefined) };
  }
  return null;
}

/** A line that ends in a colon: the next one is its text. */
function ofHeading(line: string): Found | null {
  return line.endsWith(":") && !isOfStack(line) ? find(line) : null;
}

/** @param near lines that may name the port */
function clueOf({ row, line, words }: Found, near: readonly string[]) {
  const filled = (text: string): string =>
    text.replace(/\$([12])/g, (_, digit) => words[Number(digit) - 1] ?? "");
  const { command, isLocal = false, check = null } = row;
  const isPlain = Array.from(command?.matchAll(/\$[12]/g) ?? [], ([word]) => filled(word)).every(
    isPlainWord,
  );
  const isTaken = row === TAKEN;
  const ports = [line, ...near.filter((one) => /bind|listen|port/i.test(one))].map(portIn);
  return {
    line,
    meaning: filled(row.meaning),
    advice: filled(row.advice),
    /** null if no command helps. */
    command: command !== undefined && isPlain ? filled(command) : null,
    /** The command runs in the directory of the program, as its user. */
    isLocal,
    /** The program's own command with this option does the same as `command`; null for none. */
    check,
    /** It reports an address in use. */
    isTaken,
    /** The port in use; null if the output does not name it. */
    port: isTaken ? (ports.find((port) => port !== null) ?? null) : null,
  };
}

/** Whether a shell reads it as one word: commands are pasted by root, and programs print anything. */
function isPlainWord(word: string): boolean {
  return /^[\w/.:@+][\w/.:@+-]*$/.test(word);
}

/**
 * "0.0.0.0:8080", "[::]:8080", ":::8080", " :8080", "port 8080", "port: 8080", ('127.0.0.1', 8080), bind(("", 8080)); not the "45"
 * of "12:30:45".
 */
function portIn(line: string): number | null {
  const text = line.replace(/\b\d{1,2}:\d\d:\d\d\b/g, "");
  const found =
    /\bport\W{0,3}(\d{1,5})\b/i.exec(text) ??
    /['"][\w.:]*['"], ?(\d{1,5})\)/.exec(text) ??
    /(?:^|[\s\d\]*a-z:]):(\d{1,5})\b/i.exec(text);
  const port = Number(found?.[1] ?? "0");
  return port > 0 && port < 65_536 ? port : null;
}
