// Finds the lines of a block that may match an expression, without a look at each of them where the expression is a plain text:
// most lines of a log do not match. Every line that matches is found; the caller tries each again (`matchesLine`).

import { readOwnLine } from "../../core/logs/line-format.ts";

/** Offsets of a line in a block, without its line feed. */
export interface LineSpan {
  readonly from: number;
  readonly to: number;
}

/** @returns the offset of a byte of the next text that is found, at `from` or later; -1 for none */
type Find = (from: number) => number;

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
const NOT_ASCII = /[\u0080-\u00ff]/;
const BOM = 0xfeff;
/** Characters of an expression that match themselves, also after a backslash. */
const PLAIN_TEXT = /^(?:[^\\^$.*+?()[\]{}|\p{Cc}\p{Surrogate}\ufffd]|\\[\\^$.*+?()[\]{}|/-])+$/u;
/** An escape that the daemon does not write into a record, but a program may, for a character that is no control. */
const ODD_ESCAPE = /(?<!\\)(?:\\\\)*\\(?:\/|u(?!00(?:[01]|7[fF]|[89])))/;
const RECORD = /^(?:\{|time=|program=)/m;

/** Searches for one expression. */
export class LineSearch {
  readonly #pattern: RegExp;
  /** The program's name in lines that the daemon formatted; null if it formats none. */
  readonly #name: string | null;
  /** The texts to find: as written, and as escaped in a record. Null for an expression that is no plain text. */
  readonly #needles: readonly Buffer[] | null;
  /** Finds a plain text in any case; null for another expression. */
  readonly #anyCase: RegExp | null;

  /** @param name the program's name as the daemon writes it into lines; null if it formats none */
  constructor(pattern: RegExp, name: string | null) {
    const { source, flags, ignoreCase } = pattern;
    this.#pattern = pattern;
    this.#name = name;
    const isPlain = PLAIN_TEXT.test(source);
    const text = source.replace(/\\(.)/gu, "$1");
    const escaped = text.replace(/["\\]/g, "\\$&");
    const needles = name === null || escaped === text ? [text] : [text, escaped];
    this.#needles = isPlain && !ignoreCase ? needles.map((each) => Buffer.from(each)) : null;
    const isOne = isPlain && ignoreCase && needles.length === 1;
    this.#anyCase = isOne ? new RegExp(source, `g${flags}`) : null;
  }

  /** The lines that may match, in order. @param block whole lines; the last one may lack its line feed */
  candidates(block: Uint8Array): Iterable<LineSpan> {
    const buffer = Buffer.from(block.buffer, block.byteOffset, block.length);
    const find = this.#finderIn(buffer);
    return find === null ? this.#eachLine(buffer) : linesWith(buffer, find);
  }

  #finderIn(buffer: Buffer): Find | null {
    if (this.#name !== null && hasOddRecords(buffer)) return null;
    if (this.#needles !== null) return nearest(buffer, this.#needles);
    return this.#anyCase === null ? null : matches(buffer, this.#anyCase);
  }

  /** Tries the expression on each line. */
  *#eachLine(buffer: Buffer): Generator<LineSpan> {
    let from = 0;
    let passed = 0;
    const lines = buffer.toString().split("\n");
    for (let index = 0; index < lines.length; index += 1) {
      if (!this.#mayMatch(lines[index] ?? "")) continue;
      // Characters are no bytes: lines are counted.
      for (; passed < index; passed += 1) from = buffer.indexOf(LINE_FEED, from) + 1;
      if (from === buffer.length) return;
      const end = buffer.indexOf(LINE_FEED, from);
      yield { from, to: end < 0 ? buffer.length : end };
    }
  }

  #mayMatch(text: string): boolean {
    const line = text.charCodeAt(0) === BOM ? text.slice(1) : text;
    if (this.#pattern.test(line)) return true;
    if (this.#name === null) return false;
    const own = readOwnLine(line, this.#name);
    return own !== null && this.#pattern.test(own.text);
  }
}

function hasOddRecords(buffer: Buffer): boolean {
  if (!buffer.includes(BACKSLASH)) return false;
  const text = buffer.toString("latin1");
  return ODD_ESCAPE.test(text) && RECORD.test(text);
}

/** Finds the nearest of some texts. */
function nearest(buffer: Buffer, needles: readonly Buffer[]): Find {
  const next = needles.map((needle) => ({ needle, at: -2 }));
  return (from) => {
    let least = -1;
    for (const each of next) {
      if (each.at !== -1 && each.at < from) each.at = buffer.indexOf(each.needle, from);
      if (each.at !== -1 && (least === -1 || each.at < least)) least = each.at;
    }
    return least;
  };
}

/** Finds the matches of an expression without line feeds; null in a block that is not ASCII. */
function matches(buffer: Buffer, pattern: RegExp): Find | null {
  const text = buffer.toString("latin1");
  if (NOT_ASCII.test(text)) return null;
  return (from) => {
    pattern.lastIndex = from;
    return pattern.test(text) ? pattern.lastIndex - 1 : -1;
  };
}

function* linesWith(buffer: Buffer, find: Find): Generator<LineSpan> {
  for (let at = find(0); at >= 0; ) {
    const from = buffer.lastIndexOf(LINE_FEED, at) + 1;
    const end = buffer.indexOf(LINE_FEED, at);
    const to = end < 0 ? buffer.length : end;
    yield { from, to };
    at = find(to + 1);
  }
}
