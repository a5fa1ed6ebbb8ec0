// File name patterns by Python's glob rules: `*`, `?`, `[…]`, nothing else. A leading dot must be written out, `**` is
// just `*`, braces are ordinary characters. The directory listing comes from outside.

import { compareText } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { MOST_NAMES } from "./limits.ts";
import { joinPath, splitPath } from "./paths.ts";

/** What the algorithm must know of the file system. */
interface GlobFileSystem {
  /** Names in the directory, or none when it cannot be listed. Of more than `most` it may leave out all but one more. */
  list(directory: string, most: number): readonly string[];
  /** True for dangling links too. */
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
}

type Token =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "set"; readonly negated: boolean; readonly ranges: readonly Range[] };
type Range = readonly [low: string, high: string];

/** Reads `[…]` at `start`. @returns null when it is not closed, which makes the bracket an ordinary character */
function readSet(
  pattern: readonly string[],
  start: number,
  negations: string,
): { token: Token; next: number } | null {
  const negated = negations.includes(pattern[start + 1] ?? "]");
  const first = start + (negated ? 2 : 1);
  // A `]` that comes first belongs to the set.
  const end = pattern.indexOf("]", pattern[first] === "]" ? first + 1 : first);
  if (end < 0) return null;
  const ranges: Range[] = [];
  let at = first;
  while (at < end) {
    const low = pattern[at] ?? "";
    const isRange = pattern[at + 1] === "-" && at + 2 < end;
    ranges.push([low, isRange ? (pattern[at + 2] ?? "") : low]);
    at += isRange ? 3 : 1;
  }
  return { token: { kind: "set", negated, ranges }, next: end + 1 };
}

function tokenize(text: string, negations: string): Token[] {
  const pattern = Array.from(text);
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const char = pattern[at] ?? "";
    const set = char === "[" ? readSet(pattern, at, negations) : null;
    if (set !== null) {
      tokens.push(set.token);
      at = set.next;
      continue;
    }
    if (char === "*") tokens.push({ kind: "star" });
    else if (char === "?") tokens.push({ kind: "any" });
    else tokens.push({ kind: "char", char });
    at += 1;
  }
  return tokens;
}

function accepts(token: Token | undefined, char: string): boolean {
  switch (token?.kind) {
    case undefined:
    case "star":
      return false;
    case "any":
      return true;
    case "char":
      return token.char === char;
    case "set": {
      const inside = token.ranges.some(
        ([low, high]) => compareText(low, char) <= 0 && compareText(char, high) <= 0,
      );
      return inside !== token.negated;
    }
  }
}

/**
 * Whether one name (no slash) matches one pattern; Python's `fnmatch` on POSIX.
 * @param negations what makes `[!a]` any character but a, when it comes first; shells know `^`, too
 */
export function globMatch(pattern: string, name: string, negations: "!" | "!^" = "!"): boolean {
  const tokens = tokenize(pattern, negations);
  const chars = Array.from(name);
  let token = 0;
  let char = 0;
  // Where to go back to: the last star, and how far it has swallowed. Linear in practice, never exponential.
  let starToken = -1;
  let starChar = 0;
  while (char < chars.length) {
    if (tokens[token]?.kind === "star") {
      starToken = token;
      starChar = char;
      token += 1;
    } else if (accepts(tokens[token], chars[char] ?? "")) {
      token += 1;
      char += 1;
    } else if (starToken >= 0) {
      starChar += 1;
      token = starToken + 1;
      char = starChar;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest.kind === "star");
}

function hasMagic(path: string): boolean {
  return /[*?[]/.test(path);
}

function expandPattern(path: string, files: GlobFileSystem, directoriesOnly: boolean): string[] {
  const { head, tail } = splitPath(path);
  if (!hasMagic(path)) {
    const found = tail === "" ? files.isDirectory(head) : files.exists(path);
    return found ? [path] : [];
  }
  const bases = head !== path && hasMagic(head) ? expandPattern(head, files, true) : [head];
  return bases.flatMap((base) =>
    namesIn(base, tail, files, directoriesOnly).map((n) => joinPath(base, n)),
  );
}

function namesIn(
  base: string,
  tail: string,
  files: GlobFileSystem,
  directoriesOnly: boolean,
): string[] {
  if (!hasMagic(tail)) {
    const found = tail === "" ? files.isDirectory(base) : files.exists(joinPath(base, tail));
    return found ? [tail] : [];
  }
  return files.list(base, MOST_NAMES).filter((name) => {
    if (name.startsWith(".") && !tail.startsWith(".")) return false;
    if (!globMatch(tail, name)) return false;
    return !directoriesOnly || files.isDirectory(joinPath(base, name));
  });
}

class TooManyNames extends Error {}

/** Every path that matches an absolute pattern, sorted by code points. An error where there is too much to look at. */
export function globPaths(
  pattern: string,
  files: GlobFileSystem,
): Result<readonly string[], string> {
  let left = MOST_NAMES;
  const bounded: GlobFileSystem = {
    exists: (path) => files.exists(path),
    isDirectory: (path) => files.isDirectory(path),
    list(directory) {
      const names = files.list(directory, left);
      left -= names.length;
      if (left < 0) throw new TooManyNames();
      return names;
    },
  };
  try {
    return ok(expandPattern(pattern, bounded, false).sort(compareText));
  } catch (error) {
    if (!(error instanceof TooManyNames)) throw error;
    return err(`there are more than ${MOST_NAMES} files to look at`);
  }
}
