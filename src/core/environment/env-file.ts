// The files of env_file=, the output of env_command=, and `.env` of `tsv run`: the dialect of systemd's EnvironmentFile=
// (systemd.exec(5)), which for files without quotes and backslashes is also that of `docker --env-file`. Unlike in both, a
// mistake is an error with its line and column: systemd skips such a line with a message in the journal, and uses the others.
//
// No library fits: dotenv (and Node's util.parseEnv) skips lines with mistakes, drops `#` and the text after it in values,
// and has no positions; the others on npm are wrappers of it, or older. docs/environment.md compares the dialects.

import { err, ok, type Result } from "../base/result.ts";
import { inMegabytes, LONGEST_VARIABLE, MOST_ENV_BYTES } from "../config/limits.ts";
import { faultOfUtf8 } from "../config/py-text.ts";
import type { ConfigWorld } from "../config/world.ts";

export interface EnvVariable {
  readonly name: string;
  readonly value: string;
  /** The line of its name, 1-based. */
  readonly line: number;
}

/** The first mistake. It never contains text of the file, which may be a secret. */
export interface EnvFileError {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  readonly reason: string;
}

class Mistake extends Error {
  readonly at: number;
  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

const BYTE_ORDER_MARK = "\u{feff}";
const IN_SINGLE_QUOTES = /'([^']*)'/uy;
const IN_DOUBLE_QUOTES = /"([^"\\]*(?:\\.[^"\\]*)*)"/suy;
/** Up to the end of the line; white space there is not part of it, unless a backslash is before it. */
const UNQUOTED = /((?:[^\\ \t\r\n]+|\\(?:\r\n|.)|[ \t]+(?=[^ \t\r\n]))*)[ \t]*/suy;

/** The text, and the position of the next character. */
interface Scanner {
  readonly text: string;
  at: number;
  /** The unquoted part of the value, as written. */
  unquoted: string;
}

/** Parses variables, in order. A variable that is set twice occurs twice; the last one counts. */
export function parseEnvFile(text: string): Result<readonly EnvVariable[], EnvFileError> {
  const variables: EnvVariable[] = [];
  const mistake = scan(text, (variable) => variables.push(variable));
  return mistake === null ? ok(variables) : err(mistake);
}

/** A value that goes on behind what many tools take for the beginning of a comment. */
export interface ProbableComment extends Pick<EnvVariable, "name" | "line"> {
  /** `#` or `;`. */
  readonly sign: string;
}

/** The values without quotes that contain a blank and `#`, or `;` between blanks: it is a part of them. */
export function probableComments(bytes: Uint8Array): readonly ProbableComment[] {
  const found: ProbableComment[] = [];
  scan(new TextDecoder().decode(bytes), ({ name, line }, unquoted) => {
    const sign = /[ \t]#|^#(?=[ \t])|[ \t];(?=[ \t])/.exec(unquoted)?.[0].trim();
    if (sign !== undefined) found.push({ name, line, sign });
  });
  return found;
}

/** Passes each variable with the unquoted part of its value, in order. @returns the first mistake; null for none */
function scan(
  text: string,
  found: (variable: EnvVariable, unquoted: string) => void,
): EnvFileError | null {
  const at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const scanner: Scanner = { text, at, unquoted: "" };
  const lines = new LineCounter(text);
  try {
    const nul = text.indexOf("\0");
    if (nul >= 0) throw new Mistake(nul, "a NUL byte cannot be part of a variable");
    for (;;) {
      const start = skipToName(scanner);
      if (start === null) return null;
      scanner.unquoted = "";
      const name = readName(scanner);
      const value = readValue(scanner);
      if (isTooLong(name, value)) {
        throw new Mistake(start, `the variable has more than ${LONGEST_VARIABLE / 1024} KiB`);
      }
      found({ name, value, line: lines.at(start) }, scanner.unquoted);
    }
  } catch (cause) {
    if (cause instanceof Mistake) return placed(text, cause.at, cause.message);
    throw cause;
  }
}

/** As `parseEnvFile`, for bytes, which must be UTF-8. */
export function parseEnvBytes(bytes: Uint8Array): Result<readonly EnvVariable[], EnvFileError> {
  const fault = faultOfUtf8(bytes);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    fault === null ? bytes : bytes.subarray(0, fault),
  );
  return fault === null ? parseEnvFile(text) : err(placed(text, text.length, "not UTF-8"));
}

/** Skips blank lines and comments. @returns the position of a name; null at the end */
function skipToName(scanner: Scanner): number | null {
  const { text } = scanner;
  for (;;) {
    const char = text[scanner.at];
    if (char === undefined) return null;
    if (char === "#" || char === ";") {
      const end = text.indexOf("\n", scanner.at);
      scanner.at = end < 0 ? text.length : end;
    } else if (/[ \t\r\n]/.test(char)) {
      scanner.at += 1;
    } else {
      return scanner.at;
    }
  }
}

/** Reads a name and the equals sign after it. */
function readName(scanner: Scanner): string {
  const { text, at: start } = scanner;
  const end = endOfLine(text, start);
  const sign = text.indexOf("=", start);
  if (sign < 0 || sign > end) {
    throw new Mistake(start, "there is no = in this line: a variable is written NAME=value");
  }
  const written = text.slice(start, sign);
  const skipped = /^export[ \t]+/.exec(written)?.[0].length ?? 0;
  const name = written.slice(skipped).replace(/[ \t]+$/, "");
  if (name === "") throw new Mistake(sign, "there is no name before the =");
  const bad = name.search(/[\s"'`\\$\p{Cc}]/u);
  if (bad >= 0) throw new Mistake(start + skipped + bad, whyNotInName(name[bad] ?? ""));
  scanner.at = sign + 1;
  return name;
}

function whyNotInName(char: string): string {
  if (char === " " || char === "\t") return "a name cannot contain white space";
  const isShown = /^[\x21-\x7e]$/.test(char);
  return `a name cannot contain ${isShown ? char : "white space or a control character"}`;
}

/** Reads a value: quoted parts, then optionally an unquoted part up to the end of the line. */
function readValue(scanner: Scanner): string {
  const { text } = scanner;
  let value = "";
  /** The last quoted part is followed by white space. */
  let isOver = false;
  let hasQuotes = false;
  for (;;) {
    const char = text[scanner.at];
    if (char === undefined || isLineEnd(text, scanner.at)) return value;
    if (char === " " || char === "\t") {
      isOver = hasQuotes;
      scanner.at += 1;
      continue;
    }
    if (isOver) throw new Mistake(scanner.at, whyNotAfterQuote(char));
    if (char !== '"' && char !== "'") return value + readUnquoted(scanner);
    const quoted = take(scanner, char === "'" ? IN_SINGLE_QUOTES : IN_DOUBLE_QUOTES);
    if (quoted === null) throw new Mistake(scanner.at, "the quotation that begins here has no end");
    // In double quotes, a backslash is removed before these characters, as in a shell, and with the end of a line.
    value += char === "'" ? quoted : quoted.replace(/\\(?:\r?\n|(["\\`$]))/g, "$1");
    hasQuotes = true;
  }
}

function whyNotAfterQuote(char: string): string {
  const why = "only white space may follow a quoted value";
  return char === "#" || char === ";" ? `${why}: a comment has a line of its own` : why;
}

/** Passes what matches here. @returns its first group; null if nothing matches */
function take(scanner: Scanner, pattern: RegExp): string | null {
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text);
  if (found === null) return null;
  scanner.at += found[0].length;
  return found[1] ?? "";
}

function readUnquoted(scanner: Scanner): string {
  const written = take(scanner, UNQUOTED) ?? "";
  scanner.unquoted = written;
  const { text, at } = scanner;
  if (text[at] === "\\") throw new Mistake(at, "there is nothing after this backslash");
  if (at < text.length && !isLineEnd(text, at)) {
    throw new Mistake(at, "a carriage return in the middle of a line needs quotes");
  }
  return written.replace(/\\(?:\r?\n|(.))/gs, "$1");
}

/** `\n` or `\r\n`. */
function isLineEnd(text: string, at: number): boolean {
  return text[at] === "\n" || (text[at] === "\r" && text[at + 1] === "\n");
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

const encoder = new TextEncoder();

function isTooLong(name: string, value: string): boolean {
  const most = (name.length + value.length) * 3 + 2;
  return most > LONGEST_VARIABLE && encoder.encode(`${name}=${value}`).length >= LONGEST_VARIABLE;
}

/** Line numbers of positions. The positions must ascend. */
class LineCounter {
  readonly #text: string;
  #from = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  at(place: number): number {
    for (;;) {
      const end = this.#text.indexOf("\n", this.#from);
      if (end < 0 || end >= place) return this.#line;
      this.#from = end + 1;
      this.#line += 1;
    }
  }
}

function placed(text: string, at: number, reason: string): EnvFileError {
  const begin = text.lastIndexOf("\n", at - 1) + 1;
  const before = text.slice(begin, at);
  const line = new LineCounter(text).at(at);
  const isMarked = begin === 0 && before.startsWith(BYTE_ORDER_MARK);
  return { line, column: Array.from(before).length + (isMarked ? 0 : 1), reason };
}

/** A problem with a file that the configuration or the command line names. The text begins with the path. */
interface EnvFileProblem {
  /** Why the file could not be read, as `EnvironmentSources.readFile` returns it; null for a mistake in the file. */
  readonly errno: string | null;
  /** Of the mistake, 1-based; null for none. */
  readonly line: number | null;
  readonly text: string;
}

/** Reads the variables of a file. Blocks. */
export function readVariables(
  path: string,
  world: Pick<ConfigWorld, "readEnvFile">,
): Result<readonly EnvVariable[], EnvFileProblem> {
  const bytes = world.readEnvFile(path);
  if (!bytes.ok) {
    const errno = bytes.error;
    return err({ errno, line: null, text: `${path}: ${envReadReason(errno)}` });
  }
  const variables = parseEnvBytes(bytes.value);
  if (variables.ok) return ok(variables.value);
  const text = mistakeText(path, variables.error);
  return err({ errno: null, line: variables.error.line, text });
}

/** `env_file /etc/app.env:3:5: …`. */
export function envSyntaxText(path: string, mistake: EnvFileError): string {
  return `env_file ${mistakeText(path, mistake)}`;
}

/** @param errno an error that `EnvironmentSources.readFile` returns */
export function envReadText(path: string, errno: string): string {
  return `env_file ${path}: ${reasonForDaemon(errno)}`;
}

function reasonForDaemon(errno: string): string {
  if (errno === "ENOENT") return "it does not exist (? before its name would allow that)";
  if (errno === "EACCES" || errno === "EPERM") return "the daemon has no permission to read it";
  return envReadReason(errno);
}

/** PATH:LINE:COLUMN and the reason, as compilers print them. */
function mistakeText(path: string, { line, column, reason }: EnvFileError): string {
  return `${path}:${line}:${column}: ${reason}`;
}

const NO_PERMISSION = "no permission to read it";
const NOT_PLAIN = "it is not a plain file";
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is not a directory",
  ...{ EACCES: NO_PERMISSION, EPERM: NO_PERMISSION },
  EISDIR: "it is a directory",
  ...{ ESPIPE: NOT_PLAIN, EFTYPE: NOT_PLAIN, ENXIO: NOT_PLAIN },
  EFBIG: `it is larger than ${inMegabytes(MOST_ENV_BYTES)}`,
  ELOOP: "root does not follow a symlink of another user to it",
  EMLINK: "its symlinks lead in a circle",
  EBUSY: "too much waits for its file system: EBUSY",
};

/** The reason, as a clause about "it". @param errno as for `envReadText` */
function envReadReason(errno: string): string {
  return REASONS[errno] ?? `it cannot be read: ${errno}`;
}
