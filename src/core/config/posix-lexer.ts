// Python's shlex lexer in POSIX mode, character by character. Two callers set it up differently: environment= keeps
// punctuation apart and knows comments, command lines split at white space only.

import { err, ok, type Result } from "../base/result.ts";

interface LexerRules {
  /** Whether the character may be part of an unquoted word; others become tokens of their own. */
  isWordCharacter(character: string): boolean;
  /** `#` outside quotes starts a comment that runs to the end of the line. */
  readonly comments: boolean;
}

type LexerError = "No closing quotation" | "No escaped character";

const WHITESPACE = " \t\r\n";

/** A word, or a quoted piece of one, and where the text after it begins. */
interface Word {
  readonly text: string;
  readonly next: number;
}

/** Reads the rest of a quoted piece. `at` is the first character inside. */
function readQuoted(chars: readonly string[], at: number, quote: string): Result<Word, LexerError> {
  let text = "";
  let next = at;
  for (;;) {
    const char = chars[next];
    if (char === undefined) return err("No closing quotation");
    if (char === quote) return ok({ text, next: next + 1 });
    if (char !== "\\" || quote !== '"') {
      text += char;
      next += 1;
      continue;
    }
    const escaped = chars[next + 1];
    if (escaped === undefined) return err("No escaped character");
    // Inside double quotes only the quote and the backslash itself can be escaped.
    text += escaped === '"' || escaped === "\\" ? escaped : `\\${escaped}`;
    next += 2;
  }
}

function skipLine(chars: readonly string[], at: number): number {
  const end = chars.indexOf("\n", at);
  return end < 0 ? chars.length : end + 1;
}

/** Reads one word that starts at `at`, joining quoted and bare pieces. */
function readWord(
  chars: readonly string[],
  at: number,
  rules: LexerRules,
): Result<Word, LexerError> {
  let text = "";
  let next = at;
  for (;;) {
    const char = chars[next];
    if (char === undefined || WHITESPACE.includes(char)) return ok({ text, next });
    if (char === "#" && rules.comments) return ok({ text, next });
    if (char === "'" || char === '"') {
      const quoted = readQuoted(chars, next + 1, char);
      if (!quoted.ok) return quoted;
      text += quoted.value.text;
      next = quoted.value.next;
    } else if (char === "\\") {
      const escaped = chars[next + 1];
      if (escaped === undefined) return err("No escaped character");
      text += escaped;
      next += 2;
    } else if (rules.isWordCharacter(char)) {
      text += char;
      next += 1;
    } else return ok({ text, next });
  }
}

/** Splits into tokens; an unfinished quotation or escape is an error. */
function lexWords(text: string, rules: LexerRules): Result<string[], LexerError> {
  const chars = Array.from(text);
  const tokens: string[] = [];
  let at = 0;
  while (at < chars.length) {
    const char = chars[at] ?? "";
    if (WHITESPACE.includes(char)) at += 1;
    else if (char === "#" && rules.comments) at = skipLine(chars, at);
    else if (char === "'" || char === '"' || char === "\\" || rules.isWordCharacter(char)) {
      const word = readWord(chars, at, rules);
      if (!word.ok) return word;
      tokens.push(word.value.text);
      at = word.value.next;
    } else {
      tokens.push(char);
      at += 1;
    }
  }
  return ok(tokens);
}

/**
 * Splits `command=` as Python's shlex.split does: no comments, no variables, no operators. The error is the reason that
 * follows `can't parse command …: `.
 * @remarks The npm package `shlex` is not used: it reads `$'…'` and an escaped newline differently.
 */
export function splitCommand(text: string): Result<string[], LexerError> {
  return lexWords(text, { isWordCharacter: () => true, comments: false });
}

/** Word characters: Python's own (ASCII and Latin-1 letters) and the ones that Supervisor adds for paths. */
const WORD = /^[A-Za-z0-9_\xdf-\xf6\xf8-\xff\xc0-\xd6\xd8-\xde/.+\-():]$/;

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
  const tokens = lexWords(text, { isWordCharacter: (char) => WORD.test(char), comments: true });
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

/** The variables; of a key given twice the last value counts. */
export function parseEnvironment(text: string): Result<Readonly<Record<string, string>>, string> {
  const pairs = parseEnvironmentPairs(text);
  if (!pairs.ok) return pairs;
  // fromEntries defines own properties, so that a variable called __proto__ is a variable too.
  return ok(Object.fromEntries(pairs.value.map((pair) => [pair.key, pair.value])));
}
