// Supervisor's dialect of INI, line by line: what Python's RawConfigParser makes of a text with `;` and `#` as inline
// comments and duplicates allowed. Yields places, not only values, so that every message can name a line.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { isSpace, strip, stripRight } from "./py-text.ts";

/** An inline comment that was cut off a value. */
export interface Cut {
  readonly line: number;
  /** What was kept of the line, stripped. */
  readonly kept: string;
  /** What was cut, comment sign included. */
  readonly comment: string;
}

export interface ScannedOption {
  /** Lower case. */
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
  readonly cuts: readonly Cut[];
}

/** One header and what follows it; a section written twice is two blocks. */
export interface ScannedBlock {
  readonly section: string;
  readonly line: number;
  readonly options: readonly ScannedOption[];
}

export interface BadLine {
  readonly line: number;
  /** The line as it stands in the file, line end included. */
  readonly source: string;
}

/** Why a text is not a configuration. `text` is the message of Python's parser. */
export interface IniFailure {
  readonly kind: "no-header" | "bad-lines";
  readonly text: string;
  readonly lines: readonly BadLine[];
}

const PREFIXES = [";", "#"] as const;

/** Lines with their ends, all three kinds of line end read as `\n`, as Python opens text files. */
function splitLines(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Where the inline comment of a line begins, or -1.
 * @remarks Python looks for both signs in rounds, one occurrence of each per round, and stops at the first round with
 * a hit: an earlier comment sign can lose against a later one. Configurations depend on the outcome.
 */
export function inlineComment(line: string): number {
  const last = new Map<string, number>(PREFIXES.map((prefix) => [prefix, -1]));
  while (last.size > 0) {
    let start = -1;
    for (const [prefix, previous] of Array.from(last)) {
      const index = line.indexOf(prefix, previous + 1);
      if (index < 0) {
        last.delete(prefix);
        continue;
      }
      last.set(prefix, index);
      const isComment = index === 0 || isSpace(line.charAt(index - 1));
      if (isComment && (start < 0 || index < start)) start = index;
    }
    if (start >= 0) return start;
  }
  return -1;
}

function commentStart(line: string): number {
  if (!line.includes(";") && !line.includes("#")) return -1;
  const first = strip(line).charAt(0);
  return first === ";" || first === "#" ? 0 : inlineComment(line);
}

function indentOf(line: string): number {
  let indent = 0;
  while (indent < line.length && isSpace(line.charAt(indent))) indent += 1;
  return indent < line.length ? indent : 0;
}

/** While its lines are read. */
interface OpenOption extends ScannedOption {
  value: string;
  readonly cuts: Cut[];
}

interface OpenBlock extends ScannedBlock {
  readonly options: OpenOption[];
}

/** Reads the lines in order; holds the block and the option that the next line may continue. */
class Scanner {
  readonly blocks: OpenBlock[] = [];
  readonly bad: BadLine[] = [];
  readonly #file: string;
  #option: OpenOption | null = null;
  #indent = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** @returns false when the line stands before any header, which ends the reading */
  take(source: string, line: number): boolean {
    const start = commentStart(source);
    const value = strip(start < 0 ? source : source.slice(0, start));
    if (value === "") {
      // An empty line belongs to the value, a comment line does not.
      if (start < 0 && this.#option !== null) this.#option.value += "\n";
      return true;
    }
    const cut = start < 0 ? null : { line, kept: value, comment: stripRight(source.slice(start)) };
    const indent = indentOf(source);
    if (this.#option !== null && indent > this.#indent) {
      this.#option.value += `\n${value}`;
      if (cut !== null) this.#option.cuts.push(cut);
      return true;
    }
    this.#indent = indent;
    const end = value.startsWith("[") ? value.lastIndexOf("]") : -1;
    if (end > 1) {
      this.blocks.push({ section: value.slice(1, end), line, options: [] });
      this.#option = null;
      return true;
    }
    const block = this.blocks.at(-1);
    if (block === undefined) return false;
    const delimiter = value.search(/[=:]/);
    if (delimiter <= 0) this.bad.push({ line, source });
    // Without a delimiter the option before stays open for continuation lines.
    if (delimiter < 0) return true;
    this.#option = null;
    if (delimiter === 0) return true;
    const key = stripRight(value.slice(0, delimiter)).toLowerCase();
    const text = strip(value.slice(delimiter + 1));
    const cuts = cut === null ? [] : [cut];
    this.#option = { key, value: text, file: this.#file, line, cuts };
    block.options.push(this.#option);
    return true;
  }
}

/** Reads a whole text. `file` is how the messages call it. */
export function scanIni(text: string, file: string): Result<readonly ScannedBlock[], IniFailure> {
  const scanner = new Scanner(file);
  let line = 0;
  for (const source of splitLines(text)) {
    line += 1;
    if (scanner.take(source, line)) continue;
    const place = `file: ${pyRepr(file)}, line: ${line}\n${pyRepr(source)}`;
    const message = `File contains no section headers.\n${place}`;
    return err({ kind: "no-header", text: message, lines: [{ line, source }] });
  }
  if (scanner.bad.length === 0) {
    for (const { options } of scanner.blocks) {
      for (const option of options) option.value = stripRight(option.value);
    }
    return ok(scanner.blocks);
  }
  const list = scanner.bad.map(
    (bad) => `\n\t[line ${String(bad.line).padStart(2)}]: ${pyRepr(bad.source)}`,
  );
  const message = `Source contains parsing errors: ${pyRepr(file)}${list.join("")}`;
  return err({ kind: "bad-lines", text: message, lines: scanner.bad });
}
