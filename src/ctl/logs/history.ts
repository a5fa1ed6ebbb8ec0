// Reads the requested lines of one log, in order, with their times. Finds their positions without reading all of the log: where a
// time begins, and where the last lines begin.

import {
  LineCutter,
  LineTimes,
  type LogLine,
  matchesLine,
  ownLineOf,
  type TimeDeps,
  type TimedLine,
} from "./lines.ts";
import { chunksOf } from "./log-bytes.ts";
import {
  comparePositions,
  endOf,
  type ListedFile,
  type Listing,
  type LogReader,
  type Position,
} from "./log-reader.ts";

/** The lines to select. */
export interface LineChoice {
  /** Number of newest lines; null for all. */
  readonly lines: number | null;
  /** Written at this time or later, milliseconds since 1970; null for all. */
  readonly since: number | null;
  /** Written at this time or earlier; null for all. */
  readonly until: number | null;
  readonly grep: RegExp | null;
}

/** Selects lines by their bytes; null for all. */
type LineFilter = ((line: Uint8Array) => boolean) | null;

const LINE_FEED = 0x0a;
/** Bytes that are read before the first line, to find the time of the line before it. */
const CONTEXT_BYTES = 16 * 1024;
/** A range up to this many bytes is read, not searched. */
const SMALL = 128 * 1024;
/** Precision of modification times, in milliseconds: file systems round times down to a kernel tick, or to a second. */
const COARSE_MS = 1000;
/** Bytes that are read at each step of the search, to find a line with a time. */
const PROBE = 32 * 1024;
const FIRST_BLOCK = 16 * 1024;
/** A block without a line break is read again together with the bytes before it, unless it has at least this many bytes. */
const LARGE_BLOCK = 64 * 1024;

/** Reads the lines of one log. */
export class LogHistory {
  readonly reader: LogReader;
  readonly listing: Listing;
  readonly cutter = new LineCutter();
  readonly times: LineTimes;
  readonly #choice: LineChoice;
  readonly #deps: TimeDeps;
  #isMidLine = false;

  constructor(reader: LogReader, listing: Listing, choice: LineChoice, deps: TimeDeps) {
    this.reader = reader;
    this.listing = listing;
    this.#choice = choice;
    this.#deps = deps;
    this.times = new LineTimes(reader.log.name, listing, deps);
  }

  /** Whether the bytes that were read end within a line. */
  get isMidLine(): boolean {
    return this.#isMidLine;
  }

  /** Whether a line matches the requested pattern. */
  isWanted({ bytes, text }: Pick<TimedLine, "bytes" | "text">): boolean {
    const { grep } = this.#choice;
    return grep === null || matchesLine(grep, bytes, text);
  }

  /**
   * Reads the lines, in batches.
   * @param isLast return a last line without a line feed; otherwise, it stays in the cutter until its rest comes
   */
  async *batches(isLast: boolean): AsyncGenerator<readonly TimedLine[]> {
    if (this.listing.files.length === 0) return;
    const { from, to } = await this.#range();
    await this.#inheritTime(from);
    for await (const chunk of chunksOf(this.reader, this.listing, from, to)) {
      this.#isMidLine = chunk.bytes.at(-1) !== LINE_FEED;
      const lines = this.#selected(this.cutter.push(chunk));
      if (lines.length > 0) yield lines;
    }
    const rest = isLast ? this.#selected(this.cutter.end()) : [];
    if (rest.length > 0) yield rest;
    this.#reportByFile();
  }

  #selected(lines: readonly LogLine[]): readonly TimedLine[] {
    // The next line may inherit its time from a line that is not shown.
    return lines.map((line) => this.times.timed(line)).filter((line) => this.isWanted(line));
  }

  async #range(): Promise<{ readonly from: Position; readonly to: Position }> {
    const { since, until, lines, grep } = this.#choice;
    let from: Position = { file: 0, offset: 0 };
    let to = endOf(this.listing);
    if (until !== null) to = await this.#findTime(until + 1, true);
    if (since !== null) from = await this.#findTime(since, false);
    if (comparePositions(from, to) > 0) from = to;
    if (lines === null) return { from, to };
    const isWanted = (bytes: Uint8Array): boolean =>
      this.isWanted({ bytes, text: this.#textOf(bytes) });
    return { from: await this.#findNewest(lines, from, to, grep === null ? null : isWanted), to };
  }

  #textOf(line: Uint8Array): string | null {
    if (!this.listing.isFormatted) return null;
    return ownLineOf(line, this.reader.log.name)?.text ?? null;
  }

  #reportByFile(): void {
    const { since, until } = this.#choice;
    if ((since === null && until === null) || !this.times.isByFile) return;
    const { name, channel } = this.reader.log;
    const text = "the times of lines without a time of their own are only known by file";
    this.reader.deps.notice(
      `${name} (${channel}): ${text}; lines that may be of another time are shown too`,
    );
  }

  /** Gives the first line the time of the line before it: it may be part of a stack trace that begins earlier. */
  async #inheritTime(from: Position): Promise<void> {
    const file = this.listing.files[from.file];
    if (from.offset === 0 || file === undefined || file.compression !== null) return;
    const offset = Math.max(0, from.offset - CONTEXT_BYTES);
    const bytes = await this.reader.read(file, offset, from.offset - offset);
    if (bytes === null) return;
    const before = new LineTimes(this.reader.log.name, this.listing, this.#deps);
    for (const line of new LineCutter().push({ file: from.file, offset, bytes }))
      before.timed(line);
    this.times.inherit(before.last);
  }

  /**
   * Finds the first line that was written at a time or later.
   * @param isEnd whether lines that may have been written before the time count as older; otherwise, lines that may be later count
   *   as later
   */
  async #findTime(time: number, isEnd: boolean): Promise<Position> {
    const end = endOf(this.listing);
    // Older files have only earlier lines.
    const file = this.listing.files.findIndex(
      ({ changed }) => changed === null || changed >= time - COARSE_MS,
    );
    if (file < 0) return end;
    const times = new LineTimes(this.reader.log.name, this.listing, this.#deps);
    // One byte before: if it is a line break, the line after it is complete.
    const offset = Math.max(0, (await this.#bisect(file, time, times)) - 1);
    // The bytes before the first line break belong to a line that begins earlier.
    let isCut = offset > 0;
    const isLater = (line: LogLine): boolean => {
      const timed = times.timed(line);
      const isFound = !isCut && (isEnd ? timed.earliest : timed.time) >= time;
      isCut = false;
      return isFound;
    };
    const cutter = new LineCutter();
    for await (const chunk of chunksOf(this.reader, this.listing, { file, offset }, end)) {
      const found = cutter.push(chunk).find(isLater);
      if (found !== undefined) return found;
    }
    return cutter.end().find(isLater) ?? end;
  }

  /**
   * Binary search in a file, by the times in its lines, until `SMALL` bytes are left.
   * @returns an offset before the requested time; 0 when the lines have no times, or the file is compressed
   */
  async #bisect(index: number, time: number, times: LineTimes): Promise<number> {
    const file = this.listing.files[index];
    if (file === undefined || file.compression !== null) return 0;
    let low = 0;
    let high = file.size;
    while (high - low > SMALL) {
      const middle = Math.floor((low + high) / 2);
      const bytes = await this.reader.read(file, middle, PROBE);
      if (bytes === null) break;
      const [, ...lines] = new LineCutter().push({ file: index, offset: middle, bytes });
      const first = lines.map((line) => times.timeIn(line)).find((each) => each !== null);
      // Lines without times cannot guide the search.
      if (first === undefined || first === null) break;
      if (first < time) low = middle;
      else high = middle;
    }
    return low;
  }

  /**
   * Finds the position of the last `count` lines between two positions, without reading the bytes before it. Only a compressed file
   * is read from its beginning.
   */
  async #findNewest(
    count: number,
    from: Position,
    to: Position,
    filter: LineFilter,
  ): Promise<Position> {
    let left = count;
    if (left <= 0) return to;
    for (let index = to.file; index >= from.file; index -= 1) {
      const file = this.listing.files[index];
      if (file === undefined) continue;
      const start = index === from.file ? from.offset : 0;
      const end = index === to.file ? to.offset : Number.POSITIVE_INFINITY;
      const offsets =
        file.compression === null
          ? await this.#lastLines(file, start, end, left, filter)
          : await this.#lastLinesOfCompressed(index, start, end, left, filter);
      const offset = offsets.at(-left);
      if (offset !== undefined) return { file: index, offset };
      left -= offsets.length;
    }
    return from;
  }

  /** The offsets of the last `count` lines in a part of a file, or of all if there are fewer. Reads from its end. */
  async #lastLines(
    file: ListedFile,
    start: number,
    end: number,
    count: number,
    filter: LineFilter,
  ): Promise<readonly number[]> {
    const offsets: number[] = [];
    /** The offset after the last byte that is not examined yet. */
    let high = Math.min(end, file.size);
    let length = FIRST_BLOCK;
    while (high > start && offsets.length < count) {
      const low = Math.max(start, high - length);
      const block = await this.reader.read(file, low, high - low);
      if (block === null) break;
      const starts = lineStarts(block, low === start);
      for (let index = starts.length - 1; index >= 0 && offsets.length < count; index -= 1) {
        const from = starts[index] ?? 0;
        const line = block.subarray(from, lineEnd(block, starts[index + 1]));
        if (filter === null || filter(line)) offsets.push(low + from);
      }
      const first = starts[0];
      if (first !== undefined) high = low + first;
      else if (block.length >= LARGE_BLOCK) high = low;
      length = Math.min(this.reader.deps.chunkBytes, Math.max(length * 2, LARGE_BLOCK));
    }
    return offsets.reverse();
  }

  /** The same of a compressed file, which is read from its start. */
  async #lastLinesOfCompressed(
    file: number,
    start: number,
    end: number,
    count: number,
    filter: LineFilter,
  ): Promise<readonly number[]> {
    let offsets: number[] = [];
    const note = (lines: readonly LogLine[]): void => {
      for (const { bytes, offset } of lines)
        if (filter === null || filter(bytes)) offsets.push(offset);
      if (offsets.length > 2 * count) offsets = offsets.slice(-count);
    };
    const cutter = new LineCutter();
    const to = { file, offset: end };
    for await (const chunk of chunksOf(this.reader, this.listing, { file, offset: start }, to)) {
      note(cutter.push(chunk));
    }
    note(cutter.end());
    return offsets.slice(-count);
  }
}

/** The offsets in a block at which lines begin. @param isFirst the block is at the start of the range */
function lineStarts(block: Uint8Array, isFirst: boolean): readonly number[] {
  const starts: number[] = isFirst ? [0] : [];
  for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, at + 1)) {
    if (at + 1 < block.length) starts.push(at + 1);
  }
  return starts;
}

function lineEnd(block: Uint8Array, next: number | undefined): number {
  if (next !== undefined) return next - 1;
  return block.at(-1) === LINE_FEED ? block.length - 1 : block.length;
}
