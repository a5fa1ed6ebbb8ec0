// Reads the requested lines of one log, in order, with their times.

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
  type Listing,
  type LogReader,
  type Position,
} from "./log-reader.ts";
import { findNewest, findTime } from "./search.ts";

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

/** Bytes that are read before the first line, to find the time of the line before it. */
const CONTEXT_BYTES = 16 * 1024;
const LINE_FEED = 0x0a;

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
    const find = (time: number, isEnd: boolean): Promise<Position> =>
      findTime(this.reader, this.listing, { time, isEnd }, this.#deps);
    let from: Position = { file: 0, offset: 0 };
    let to = endOf(this.listing);
    if (until !== null) to = await find(until + 1, true);
    if (since !== null) from = await find(since, false);
    if (comparePositions(from, to) > 0) from = to;
    if (lines === null) return { from, to };
    const isWanted = (bytes: Uint8Array): boolean =>
      this.isWanted({ bytes, text: this.#textOf(bytes) });
    const range = { count: lines, from, to };
    const filter = grep === null ? null : isWanted;
    return { from: await findNewest(this.reader, this.listing, range, filter), to };
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
}
