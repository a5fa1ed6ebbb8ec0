// Cuts the bytes of one log into lines, and determines when each was written: by the time in the line, by the time of the line
// before, as in a stack trace, or by the time of its file.

import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { type OwnLine, readOwnLine } from "../../core/logs/line-format.ts";
import { LinePieces, type PieceEnd, type PieceSink } from "../../core/logs/line-pieces.ts";
import {
  mayHoldTime,
  TIME_CHARACTERS,
  timeOfClock,
  timeOfLine,
} from "../../core/logs/time-texts.ts";
import type { Chunk } from "./log-bytes.ts";
import type { Listing, Position } from "./log-reader.ts";

/** A line, or a piece of a very long one. */
export interface LogLine extends Position {
  /** Without the line feed. */
  readonly bytes: Uint8Array;
  /** Whether it continues the previous piece. */
  readonly isContinued: boolean;
  /** Whether the next piece continues it. */
  readonly isPartial: boolean;
}

/**
 * Maximum bytes of a line. A line that the daemon formatted is never cut: it has at most 32 KB of text, of which each byte may
 * take six, and the text around it.
 */
export const LONGEST_LINE = 256 * 1024;
const LINE_FEED = 0x0a;

/** Cuts chunks into lines, each with its position. */
export class LineCutter implements PieceSink {
  readonly #pieces = new LinePieces(this, null, LONGEST_LINE);
  #chunk: Uint8Array = new Uint8Array(0);
  /** The position of the present chunk, and the number of bytes before it. */
  #base: Position & { readonly count: number } = { file: 0, offset: 0, count: 0 };
  /** The number of bytes before the next piece. */
  #count = 0;
  /** The position of the next piece when it begins in an earlier chunk. */
  #held: Position | null = null;
  #lines: LogLine[] = [];

  /** @returns the lines that the chunk completes */
  push({ file, offset, bytes }: Chunk): readonly LogLine[] {
    const end = this.#base.count + this.#chunk.length;
    this.#held = this.#count < end ? this.#positionOf(this.#count) : null;
    this.#chunk = bytes;
    this.#base = { file, offset, count: end };
    this.#lines = [];
    this.#pieces.push(bytes);
    return this.#lines;
  }

  /** Ends the log. @returns the last line, if it has no line feed */
  end(): readonly LogLine[] {
    this.#lines = [];
    this.#pieces.end();
    return this.#lines;
  }

  take(bytes: Uint8Array, from: number, to: number, end: PieceEnd, isContinued: boolean): void {
    const position = this.#positionOf(this.#count);
    const line = bytes === this.#chunk ? bytes.subarray(from, to) : bytes.slice(from, to);
    this.#lines.push({ ...position, bytes: line, isContinued, isPartial: end === "cut" });
    this.#count += to - from + (end === "line" ? 1 : 0);
  }

  #positionOf(count: number): Position {
    const { file, offset, count: before } = this.#base;
    if (count >= before) return { file, offset: offset + count - before };
    return this.#held ?? { file, offset };
  }
}

/** What a chunk completes: first the lines, then the block. */
interface CutChunk {
  readonly lines: readonly LogLine[];
  /** Whole lines, none of which is cut into pieces; null for none. */
  readonly block: Chunk | null;
}

/** Cuts chunks into blocks of whole lines, and only the lines between blocks into lines. */
export class BlockCutter {
  readonly #cutter: LineCutter;
  #isMidLine = false;

  /** @param cutter receives the beginning of the next line */
  constructor(cutter: LineCutter) {
    this.#cutter = cutter;
  }

  /** Whether the chunks so far end within a line. */
  get isMidLine(): boolean {
    return this.#isMidLine;
  }

  push({ file, offset, bytes }: Chunk): CutChunk {
    const from = this.#isMidLine ? bytes.indexOf(LINE_FEED) + 1 : 0;
    const to = bytes.lastIndexOf(LINE_FEED) + 1;
    this.#isMidLine = to < bytes.length;
    const part = (start: number, end: number): Chunk => ({
      ...{ file, offset: offset + start },
      bytes: bytes.subarray(start, end),
    });
    const block = part(from, to);
    if (to <= from || hasLongLine(block.bytes)) {
      return { lines: this.#cutter.push({ file, offset, bytes }), block: null };
    }
    const lines = from > 0 ? this.#cutter.push(part(0, from)) : [];
    // Completes no line; a piece of it that is too long is passed with the block.
    const rest = this.#isMidLine ? this.#cutter.push(part(to, bytes.length)) : [];
    if (rest.length === 0) return { lines, block };
    const cut = new LineCutter().push(block);
    return { lines: [...lines, ...cut, ...rest], block: null };
  }
}

/** Whether a line of a block is longer than a piece. */
function hasLongLine(block: Uint8Array): boolean {
  let from = 0;
  while (block.length - from > LONGEST_LINE) {
    const next = block.lastIndexOf(LINE_FEED, from + LONGEST_LINE) + 1;
    if (next <= from) return true;
    from = next;
  }
  return false;
}

/** A line and when it was written. */
export interface TimedLine extends LogLine {
  /** Milliseconds since 1970. For a line of which only the time of its file is known, when the file was written last. */
  readonly time: number;
  /** False if the time of its file is unknown too: then `time` is the present, and only orders the line. */
  readonly isTimeKnown: boolean;
  /** The earliest time at which the line can have been written; `time` if that is exact, -Infinity when unknown. */
  readonly earliest: number;
  /** The text of the program in a line that the daemon formatted; null for any other line. */
  readonly text: string | null;
}

/** The clock and the UTC offset of the host. */
export interface TimeDeps {
  readonly offset: OffsetMinutes;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Determines the times of the lines of one log, which must be passed in order. */
export class LineTimes {
  readonly #name: string;
  readonly #deps: TimeDeps;
  readonly #listing: Listing;
  /** The time of the last line that contained one. */
  #last: number | null = null;
  /** The last time of day that was read, and its time. */
  #clock: { readonly text: string; readonly time: number | null } | null = null;

  /** @param name the program's name as the daemon writes it into lines */
  constructor(name: string, listing: Listing, deps: TimeDeps) {
    this.#name = name;
    this.#listing = listing;
    this.#deps = deps;
  }

  /** The time of the last line that contained one. */
  get last(): number | null {
    return this.#last;
  }

  /** Sets the time of the line before the next one. */
  inherit(time: number | null): void {
    this.#last = time;
  }

  /** Determines the time of a line. @param arrived when a followed line arrived; null for a line that is read from a file */
  timed(line: LogLine, arrived: number | null = null): TimedLine {
    const { time: own, text } = this.#parsed(line, arrived ?? this.#changed(line.file));
    if (own !== null) {
      this.#last = own;
      return { ...line, time: own, isTimeKnown: true, earliest: own, text };
    }
    if (arrived !== null) {
      const time = Math.max(arrived, this.#last ?? arrived);
      return { ...line, time, isTimeKnown: true, earliest: time, text };
    }
    const time = this.#changed(line.file);
    const before = line.file === 0 ? null : (this.#listing.files[line.file - 1]?.changed ?? null);
    // If the clock was set back, the last change of the file before is no lower bound.
    const earliest = before === null || before > time ? Number.NEGATIVE_INFINITY : before;
    const last = this.#last;
    // A line continues the last one of the file before only if that was written shortly before its end.
    if (last !== null && last >= earliest - MINUTE_MS)
      return { ...line, time: last, isTimeKnown: true, earliest: last, text };
    const isTimeKnown = (this.#listing.files[line.file]?.changed ?? null) !== null;
    return { ...line, time, isTimeKnown, earliest, text };
  }

  /** Passes over lines that are not shown: the next line may inherit one of their times. @param block whole lines of one file */
  skip(block: Chunk): void {
    const { file, bytes } = block;
    if (bytes.length === 0 || !mayHoldTime(latin1(bytes))) return;
    const near = this.#changed(file);
    for (let end = bytes.lastIndexOf(LINE_FEED); end >= 0; ) {
      const before = end === 0 ? -1 : bytes.lastIndexOf(LINE_FEED, end - 1);
      const line = bytes.subarray(before + 1, end);
      // The date of a time of day depends on the times before it.
      const clock = this.#ownLine(line)?.clock ?? null;
      if (clock !== null) {
        this.#skipInOrder(block);
        return;
      }
      const { time } = this.#parsed({ bytes: line, isContinued: false }, near);
      if (time !== null) {
        this.#last = time;
        return;
      }
      end = before;
    }
  }

  #skipInOrder(block: Chunk): void {
    const near = this.#changed(block.file);
    for (const line of new LineCutter().push(block)) {
      this.#last = this.#parsed(line, near).time ?? this.#last;
    }
  }

  /** The time in a line; null when there is none. */
  timeIn(line: LogLine): number | null {
    return this.#parsed(line, this.#changed(line.file)).time;
  }

  /** When a file was written last. */
  #changed(file: number): number {
    return this.#listing.files[file]?.changed ?? this.#deps.now();
  }

  /** Parses the time in a line, and the program's text in a line that the daemon formatted. */
  #parsed(
    { bytes, isContinued }: Pick<LogLine, "bytes" | "isContinued">,
    near: number,
  ): { readonly time: number | null; readonly text: string | null } {
    if (isContinued) return { time: null, text: null };
    const { offset } = this.#deps;
    const own = this.#ownLine(bytes);
    const clock = own?.clock ?? null;
    const time =
      clock === null
        ? timeOfLine(latin1(bytes, TIME_CHARACTERS), { offset, near })
        : this.#timeOfClock(clock, near);
    // A line is written when its event happens: a time more than a day later belongs to the text.
    return { time: time === null || time > near + DAY_MS ? null : time, text: own?.text ?? null };
  }

  #ownLine(bytes: Uint8Array): OwnLine | null {
    return this.#listing.isFormatted ? ownLineOf(bytes, this.#name) : null;
  }

  /** Lines in a row often have the same time. */
  #timeOfClock(clock: string, near: number): number | null {
    if (this.#clock?.text !== clock || this.#clock.time !== this.#last) {
      const { offset } = this.#deps;
      this.#clock = { text: clock, time: timeOfClock(clock, this.#last, { offset, near }) };
    }
    return this.#clock.time;
  }
}

/** The program's name begins within this many bytes of a formatted line. */
const BEFORE_NAME = 96;

/**
 * Parses a line that the daemon formatted; null for any other line.
 * @param name the program's name as the daemon writes it into lines
 */
export function ownLineOf(bytes: Uint8Array, name: string): OwnLine | null {
  // A cheap test first: most lines are not formatted by the daemon.
  const length = Math.min(bytes.length, BEFORE_NAME + name.length * 4);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, length).indexOf(name);
  return at >= 0 && at < BEFORE_NAME ? readOwnLine(utf8(bytes), name) : null;
}

/**
 * Whether a line matches a pattern. Of a line with a prefix, which the program itself may have written, the text and the whole
 * line are searched; of a record of JSON or logfmt, only the text.
 */
export function matchesLine(pattern: RegExp, stored: Uint8Array, text: string | null): boolean {
  if (text !== null && pattern.test(text)) return true;
  const isRecord = text !== null && /^(?:\{|time=|program=)/.test(utf8(stored.subarray(0, 8)));
  return !isRecord && pattern.test(utf8(stored));
}

/** The first bytes as text, a character for each; all of them by default. */
function latin1({ buffer, byteOffset, length }: Uint8Array, most = length): string {
  return Buffer.from(buffer, byteOffset, Math.min(length, most)).toString("latin1");
}

const UTF8 = new TextDecoder();

export function utf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
