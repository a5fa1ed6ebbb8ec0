// environment=KEY="value",… by the rules of Supervisor 4.4: POSIX quoting, then tokens taken four at a time (key, `=`,
// value, and a separator that may be any token at all).

import { err, ok, type Result } from "../base/result.ts";
import { lexWords } from "./posix-lexer.ts";

/** Word characters: Python's own (ASCII and Latin-1 letters) and the ones that Supervisor adds for paths. */
const WORD = /^[A-Za-z0-9_\xdf-\xf6\xf8-\xff\xc0-\xd6\xd8-\xde/.+\-():]$/;

interface EnvironmentPair {
  readonly key: string;
  readonly value: string;
  /** The token after the value, or null at the end. Anything but a comma hints at a value that lacks quotes. */
  readonly separator: string | null;
}

/** The pairs in the order written, duplicates included. */
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
