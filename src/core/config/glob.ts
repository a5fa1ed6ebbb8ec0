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

/** `[…]` as a class of a regular expression; a range from a higher to a lower character holds nothing. */
function classOf(body: string, isNegated: boolean): string {
  const chars = Array.from(body);
  let ranges = "";
  for (let at = 0; at < chars.length; ) {
    const isRange = chars[at + 1] === "-" && at + 2 < chars.length;
    const low = chars[at] ?? "";
    const high = isRange ? (chars[at + 2] ?? "") : low;
    if (compareText(low, high) <= 0) ranges += `${codeOf(low)}-${codeOf(high)}`;
    at += isRange ? 3 : 1;
  }
  return `[${isNegated ? "^" : ""}${ranges}]`;
}

function codeOf(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Characters: PATH_MAX. V8 cannot compile much longer ones. */
const LONGEST_PATTERN = 4096;
/** Matches no name. */
const NOTHING = /(?!)/;

/** What stands in brackets: a `]` that comes first belongs to it. Without an end, a bracket is an ordinary character. */
const PARTS = {
  "!": /\*+|\?|\[(?=(!?))\1(.[^\]]*)\]|./gsu,
  "!^": /\*+|\?|\[(?=([!^]?))\1(.[^\]]*)\]|./gsu,
} as const;

/**
 * The regular expression of a pattern, as Python's `fnmatch.translate` makes it. What follows a star is searched at its
 * first place alone, up to the next star: no pattern takes exponential time. A longer pattern than a path matches nothing.
 */
function translate(pattern: string, negations: keyof typeof PARTS): RegExp {
  if (pattern.length > LONGEST_PATTERN) return NOTHING;
  const pieces = [""];
  for (const [part, negation = "", body] of pattern.matchAll(PARTS[negations])) {
    if (part.startsWith("*")) pieces.push("");
    else pieces[pieces.length - 1] += partOf(part, negation, body);
  }
  const [first = "", ...others] = pieces;
  const last = others.pop();
  // A lookahead is not entered again: it makes its first match final.
  const middle = others.map((piece, index) => `(?=(.*?${piece}))\\${index + 1}`);
  return new RegExp(`^${first}${middle.join("")}${last === undefined ? "" : `.*${last}`}$`, "su");
}

function partOf(part: string, negation: string, body: string | undefined): string {
  if (part === "?") return ".";
  return body === undefined ? codeOf(part) : classOf(body, negation !== "");
}

/** The regular expression of a pattern, for many names; `*` matches slashes too. */
export function globExpression(pattern: string): RegExp {
  return translate(pattern, "!");
}

/**
 * Whether one name (no slash) matches one pattern; Python's `fnmatch` on POSIX.
 * @param negations what makes `[!a]` any character but a, when it comes first; shells know `^`, too
 */
export function globMatch(
  pattern: string,
  name: string,
  negations: keyof typeof PARTS = "!",
): boolean {
  return translate(pattern, negations).test(name);
}

/** The same for many names: an expression that matches whole names. */
export function compileGlob(pattern: string): RegExp {
  return translate(pattern, "!");
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
  const matching = translate(tail, "!");
  return files.list(base, MOST_NAMES).filter((name) => {
    if (name.startsWith(".") && !tail.startsWith(".")) return false;
    if (!matching.test(name)) return false;
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
