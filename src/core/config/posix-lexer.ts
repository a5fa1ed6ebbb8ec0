// Python's shlex lexer in POSIX mode. Two callers set it up differently: environment= keeps punctuation apart and knows
// comments, command lines split at white space only.

import { err, ok, type Result } from "../base/result.ts";

type LexerError = "No closing quotation" | "No escaped character";

const IN_DOUBLE_QUOTES = String.raw`[^"\\]*(?:\\.[^"\\]*)*`;

/** A part of a word: in quotes, a character behind a backslash, or characters that need neither. */
function partOf(bare: string): RegExp {
  return new RegExp(String.raw`'([^']*)'|"(${IN_DOUBLE_QUOTES})"|\\(.)|(${bare}+)`, "suy");
}

const OF_COMMAND = partOf(String.raw`[^'"\\ \t\r\n]`);

/** Word characters: Python's own (ASCII and Latin-1 letters) and the ones that Supervisor adds for paths. */
const OF_ENVIRONMENT = partOf(String.raw`[A-Za-z0-9_\xdf-\xf6\xf8-\xff\xc0-\xd6\xd8-\xde/.+\-():]`);

/** Splits into words and, by themselves, characters that are part of none. An unfinished quotation or escape is an error. */
function lexWords(text: string, part: RegExp, hasComments: boolean): Result<string[], LexerError> {
  const tokens: string[] = [];
  let word: string | null = null;
  const endWord = (): void => {
    if (word !== null) tokens.push(word);
    word = null;
  };
  for (let at = 0; at < text.length; ) {
    part.lastIndex = at;
    const [found, single, double, escaped, bare = ""] = part.exec(text) ?? [];
    if (found !== undefined) {
      // Inside double quotes only the quote and the backslash itself can be escaped.
      word = (word ?? "") + (single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? bare);
      at += found.length;
      continue;
    }
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (/['"\\]/.test(char)) return err(whyUnfinished(text.slice(at)));
    endWord();
    at += char.length;
    if (hasComments && char === "#") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (!/[ \t\r\n]/.test(char)) tokens.push(char);
  }
  endWord();
  return ok(tokens);
}

const ENDS_IN_ESCAPE = new RegExp(String.raw`^(?:"${IN_DOUBLE_QUOTES})?\\$`, "su");

function whyUnfinished(rest: string): LexerError {
  return ENDS_IN_ESCAPE.test(rest) ? "No escaped character" : "No closing quotation";
}

/**
 * Splits `command=` as Python's shlex.split does: no comments, no variables, no operators. The error is the reason that
 * follows `can't parse command …: `.
 * @remarks The npm package `shlex` is not used: it reads `$'…'` and an escaped newline differently.
 */
export function splitCommand(text: string): Result<string[], LexerError> {
  return lexWords(text, OF_COMMAND, false);
}

interface EnvironmentPair {
  readonly key: string;
  readonly value: string;
  /** The token after the value, or null at the end. Anything but a comma hints at a value that lacks quotes. */
  readonly separator: string | null;
}

/**
 * The pairs of `environment=KEY="value",…` by the rules of Supervisor 4.4: POSIX quoting, then
 * tokens taken four at a time (key, `=`, value, and any token as separator). In the order written,
 * duplicates included.
 */
export function parseEnvironmentPairs(text: string): Result<readonly EnvironmentPair[], string> {
  const tokens = lexWords(text, OF_ENVIRONMENT, true);
  if (!tokens.ok) return tokens;
  const pairs: EnvironmentPair[] = [];
  for (let at = 0; at < tokens.value.length; at += 4) {
    const [key, equals, value, separator] = tokens.value.slice(at, at + 4);
    if (key === undefined || equals !== "=" || value === undefined) {
      return err(`Unexpected end of key/value pairs in value '${text}'`);
    }
    pairs.push({ key, value, separator: separator ?? null });
  }
  return ok(pairs);
}

/** Variables as `environment=` has them: parseEnvironment reads the same ones. */
export function environmentText(variables: Readonly<Record<string, string>>): string {
  const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
  return Object.entries(variables)
    .map(([name, value]) => `${/^\w+$/.test(name) ? name : quoted(name)}=${quoted(value)}`)
    .join(",");
}

/** The variables; of a key given twice the last value counts. */
export function parseEnvironment(text: string): Result<Readonly<Record<string, string>>, string> {
  const pairs = parseEnvironmentPairs(text);
  if (!pairs.ok) return pairs;
  // fromEntries defines own properties, so that a variable called __proto__ is a variable too.
  return ok(Object.fromEntries(pairs.value.map((pair) => [pair.key, pair.value])));
}
