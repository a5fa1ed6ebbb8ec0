// Reads the requested lines of one log, in order, with their times. Finds their positions without reading all of the log: where a
// time begins, and where the last lines begin.

import { free } from "../../host/http/http-input.ts";
import { LineSearch, type LineSpan } from "./line-search.ts";
import {
  BlockCutter,
  LineCutter,
  LineTimes,
  LONGEST_LINE,
  type LogLine,
  matchesLine,
  ownLineOf,
  type TimeDeps,
  type TimedLine,
} from "./lines.ts";
import { type Chunk, chunksOf } from "./log-bytes.ts";
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

const LINE_FEED = 0x0a;
const LINE_END = Uint8Array.of(LINE_FEED);
/** Bytes that are read before the first line, to find the time of the line before it. */
const CONTEXT_BYTES = 16 * 1024;
/** A range up to this many bytes is read, not searched. */
const SMALL = 128 * 1024;
/** Precision of modification times, in milliseconds: file systems round times down to a kernel tick, or to a second. */
const COARSE_MS = 1000;
/** Bytes that are read at each step of the search, to find a line with a time. */
const PROBE = 32 * 1024;
const FIRST_BLOCK = 16 * 1024;
/** The size of blocks after the first. One without a line break is read again with the bytes before it, up to LONGEST_LINE. */
const LARGE_BLOCK = 64 * 1024;

/** Reads the lines of one log. */
export class LogHistory {
  readonly reader: LogReader;
  readonly listing: Listing;
  readonly cutter = new LineCutter();
  readonly times: LineTimes;
  readonly #choice: LineChoice;
  readonly #deps: TimeDeps;
  /** Null if all lines are wanted. */
  readonly #search: LineSearch | null;
  readonly #blocks = new BlockCutter(this.cutter);
  /** Whether only the time of its file was known of a selected line. */
  #isByFile = false;

  constructor(reader: LogReader, listing: Listing, choice: LineChoice, deps: TimeDeps) {
    this.reader = reader;
    this.listing = listing;
    this.#choice = choice;
    this.#deps = deps;
    this.times = new LineTimes(reader.log.name, listing, deps);
    const name = listing.isFormatted ? reader.log.name : null;
    this.#search = choice.grep === null ? null : new LineSearch(choice.grep, name);
  }

  /** Whether the bytes that were read end within a line. */
  get isMidLine(): boolean {
    return this.#blocks.isMidLine;
  }

  /** Whether the lines can be selected without their times. */
  get isTimeless(): boolean {
    return this.#choice.since === null && this.#choice.until === null;
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
    for await (const { lines, block } of this.#parts(isLast)) {
      const found = this.#selected(lines);
      const more = block === null ? [] : this.#selectedIn(block);
      const all = found.length === 0 ? more : [...found, ...more];
      if (all.length > 0) yield all;
    }
    this.#reportByFile();
  }

  /** Reads the same lines as bytes, each with a line feed, without their times. @param isLast as for `batches` */
  async *plainBatches(isLast: boolean): AsyncGenerator<Uint8Array> {
    for await (const { lines, block } of this.#parts(isLast, true)) {
      const found = lines.filter(({ bytes }) => this.#isWantedBytes(bytes));
      const parts = found.flatMap(({ bytes }) => [bytes, LINE_END]);
      if (block !== null && this.#search === null) parts.push(block.bytes);
      else if (block !== null) {
        for (const { from, to } of runsOf(this.#wantedIn(block.bytes))) {
          parts.push(block.bytes.subarray(from, to + 1));
        }
      }
      if (parts.length > 0)
        yield parts.length === 1 ? (parts[0] ?? LINE_END) : Buffer.concat(parts);
    }
  }

  /** @param isPassing the bytes are not used after the next part was asked for */
  async *#parts(
    isLast: boolean,
    isPassing = false,
  ): AsyncGenerator<ReturnType<BlockCutter["push"]>> {
    if (this.listing.files.length === 0) return;
    const { from, to } = await this.#range();
    await this.#inheritTime(from);
    for await (const chunk of chunksOf(this.reader, this.listing, from, to)) {
      yield this.#blocks.push(chunk);
      // Decompressed bytes are those of zlib.
      const isStored = this.listing.files[chunk.file]?.compression === null;
      if (isPassing && isStored) free(chunk.bytes);
    }
    if (isLast) yield { lines: this.cutter.end(), block: null };
  }

  #selected(lines: readonly LogLine[]): readonly TimedLine[] {
    // The next line may inherit its time from a line that is not shown.
    const timed = lines.map((line) => this.times.timed(line)).filter((line) => this.isWanted(line));
    this.#isByFile ||= timed.some(({ earliest, time }) => earliest < time);
    return timed;
  }

  #selectedIn(block: Chunk): readonly TimedLine[] {
    if (this.#search === null) return this.#selected(new LineCutter().push(block));
    const { file, offset, bytes } = block;
    const part = (from: number, to: number): Chunk => ({
      ...{ file, offset: offset + from },
      bytes: bytes.subarray(from, to),
    });
    const selected: TimedLine[] = [];
    let at = 0;
    for (const { from, to } of this.#search.candidates(bytes)) {
      this.times.skip(part(at, from));
      at = to + 1;
      selected.push(
        ...this.#selected([{ ...part(from, to), isContinued: false, isPartial: false }]),
      );
    }
    this.times.skip(part(at, bytes.length));
    return selected;
  }

  #isWantedBytes(line: Uint8Array): boolean {
    return this.#search === null || this.isWanted({ bytes: line, text: this.#textOf(line) });
  }

  /** The wanted lines of a block. */
  #wantedIn(block: Uint8Array): readonly LineSpan[] {
    const spans = this.#search?.candidates(block) ?? spansOf(block);
    return [...spans].filter(({ from, to }) => this.#isWantedBytes(block.subarray(from, to)));
  }

  async #range(): Promise<{ readonly from: Position; readonly to: Position }> {
    const { since, until, lines } = this.#choice;
    let from: Position = { file: 0, offset: 0 };
    let to = endOf(this.listing);
    if (until !== null) to = await this.#findTime(until + 1, true);
    if (since !== null) from = await this.#findTime(since, false);
    if (comparePositions(from, to) > 0) from = to;
    if (lines === null) return { from, to };
    return { from: await this.#findNewest(lines, from, to), to };
  }

  #textOf(line: Uint8Array): string | null {
    if (!this.listing.isFormatted) return null;
    return ownLineOf(line, this.reader.log.name)?.text ?? null;
  }

  #reportByFile(): void {
    const { since, until } = this.#choice;
    if ((since === null && until === null) || !this.#isByFile) return;
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
  async #findNewest(count: number, from: Position, to: Position): Promise<Position> {
    let left = count;
    if (left <= 0) return to;
    for (let index = to.file; index >= from.file; index -= 1) {
      const file = this.listing.files[index];
      if (file === undefined) continue;
      const start = index === from.file ? from.offset : 0;
      const end = index === to.file ? to.offset : Number.POSITIVE_INFINITY;
      const offsets =
        file.compression === null
          ? await this.#lastLines(file, start, end, left)
          : await this.#lastLinesOfCompressed(index, start, end, left);
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
  ): Promise<readonly number[]> {
    const parts: (readonly number[])[] = [];
    let left = count;
    /** The offset after the last byte that is not examined yet. */
    let high = Math.min(end, file.size);
    let length = FIRST_BLOCK;
    const longest = Math.max(this.reader.deps.chunkBytes, LONGEST_LINE);
    while (high > start && left > 0) {
      const low = Math.max(start, high - length);
      const block = await this.reader.read(file, low, high - low);
      if (block === null) break;
      const first = low === start ? 0 : block.indexOf(LINE_FEED) + 1;
      if (low === start || (first > 0 && first < block.length)) {
        const found = this.#wantedIn(block.subarray(first)).map(({ from }) => low + first + from);
        parts.unshift(found.slice(-left));
        left -= found.length;
        high = low + first;
      } else if (block.length >= longest) high = low;
      length = Math.min(longest, Math.max(length * 2, LARGE_BLOCK));
    }
    return parts.flat();
  }

  /** The same of a compressed file, which is read from its start. */
  async #lastLinesOfCompressed(
    file: number,
    start: number,
    end: number,
    count: number,
  ): Promise<readonly number[]> {
    let offsets: number[] = [];
    const note = (found: readonly number[]): void => {
      for (const offset of found) offsets.push(offset);
      if (offsets.length > 2 * count) offsets = offsets.slice(-count);
    };
    const wanted = (lines: readonly LogLine[]): readonly number[] =>
      lines.filter(({ bytes }) => this.#isWantedBytes(bytes)).map(({ offset }) => offset);
    const cutter = new LineCutter();
    const blocks = new BlockCutter(cutter);
    const to = { file, offset: end };
    for await (const chunk of chunksOf(this.reader, this.listing, { file, offset: start }, to)) {
      const { lines, block } = blocks.push(chunk);
      note(wanted(lines));
      if (block !== null) note(this.#wantedIn(block.bytes).map(({ from }) => block.offset + from));
    }
    note(wanted(cutter.end()));
    return offsets.slice(-count);
  }
}

/** Joins lines that follow one another. */
function* runsOf(lines: readonly LineSpan[]): Generator<LineSpan> {
  for (let index = 0; index < lines.length; ) {
    const { from = 0 } = lines[index] ?? {};
    let { to = 0 } = lines[index] ?? {};
    for (index += 1; lines[index]?.from === to + 1; index += 1) to = lines[index]?.to ?? to;
    yield { from, to };
  }
}

/** All lines of a block. */
function* spansOf(block: Uint8Array): Generator<LineSpan> {
  for (let from = 0; from < block.length; ) {
    const end = block.indexOf(LINE_FEED, from);
    const to = end < 0 ? block.length : end;
    yield { from, to };
    from = to + 1;
  }
}
