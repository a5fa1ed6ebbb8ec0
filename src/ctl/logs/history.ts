// Reads the requested lines of one log, in order, with their times.

import { chunksOf } from "./chunks.ts";
import { LineCutter } from "./line-cutter.ts";
import { LineTimes, type LogLine, type TimeDeps, type TimedLine } from "./line-times.ts";
import { comparePlaces, endOf, type Listing, type Place } from "./listing.ts";
import { type Border, firstFile, locate } from "./locate.ts";
import type { LogReader } from "./log-reader.ts";
import { type Matches, newestLines } from "./newest-lines.ts";
import { isRecord, ownLineOf, utf8 } from "./own-lines.ts";
import { Placement } from "./placement.ts";

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

/** Reads the lines of one log. */
export class LogHistory {
  readonly reader: LogReader;
  readonly cutter = new LineCutter();
  readonly times: LineTimes;
  readonly #choice: LineChoice;
  readonly #deps: TimeDeps;
  readonly #matches: Matches;
  readonly #placement: Placement;

  constructor(reader: LogReader, listing: Listing, choice: LineChoice, deps: TimeDeps) {
    this.reader = reader;
    this.#placement = new Placement(reader, listing);
    this.#choice = choice;
    this.#deps = deps;
    this.#matches = matchesOf(choice.grep, listing.isFormatted ? reader.log.name : null);
    this.times = new LineTimes(reader.log.name, listing, deps);
  }

  get listing(): Listing {
    return this.#placement.listing;
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
    await this.#place(from.file);
    await this.#inheritTime(from);
    for await (const chunk of chunksOf(this.reader, this.listing, from, to)) {
      const lines = this.#timed(this.cutter.push(chunk));
      if (lines.length > 0) yield lines;
    }
    const rest = isLast ? this.#timed(this.cutter.end()) : [];
    if (rest.length > 0) yield rest;
    this.#tellByFile();
  }

  #timed(lines: readonly LogLine[]): readonly TimedLine[] {
    // The next line may inherit its time from a line that is not shown.
    return lines.map((line) => this.times.timed(line)).filter((line) => this.isWanted(line));
  }

  async #range(): Promise<{ readonly from: Place; readonly to: Place }> {
    const { since, until, lines } = this.#choice;
    let from: Place = { file: 0, offset: 0 };
    let to = endOf(this.listing);
    // A line whose time is known only roughly is included if it may be within the range.
    if (until !== null) to = await this.#locate({ moment: until + 1, isGenerous: false }, to);
    if (since !== null) from = await this.#locate({ moment: since, isGenerous: true }, to);
    if (comparePlaces(from, to) > 0) from = to;
    if (lines === null) return { from, to };
    const range = { count: lines, from, to };
    return { from: await newestLines(this.reader, this.listing, range, this.#matches), to };
  }

  async #locate(border: Border, end: Place): Promise<Place> {
    await this.#place(firstFile(this.listing, border.moment));
    const { place, isUncertain } = await locate(this.reader, this.listing, border, this.#deps);
    if (isUncertain && comparePlaces(place, { file: 0, offset: 0 }) > 0) {
      const { name, channel } = this.reader.log;
      const where = comparePlaces(place, end) < 0 ? "its first lines" : "its lines";
      this.reader.deps.notice(
        `${name} (${channel}): the times of ${where} are not known; they count as older`,
      );
    }
    return place;
  }

  /** Finds the starts of this file and all newer ones in the daemon's count. */
  async #place(file: number): Promise<void> {
    if (file >= 0) await this.#placement.reach(file);
    this.times.relist(this.listing);
  }

  #tellByFile(): void {
    const { since, until } = this.#choice;
    if ((since === null && until === null) || !this.times.isByFile) return;
    const { name, channel } = this.reader.log;
    const text = "the times of lines in compressed backups are only known by file";
    this.reader.deps.notice(
      `${name} (${channel}): ${text}; lines that may be of another time are shown too`,
    );
  }

  /** Gives the first line the time of the line before it: it may be part of a stack trace that begins earlier. */
  async #inheritTime(from: Place): Promise<void> {
    const file = this.listing.files[from.file];
    if (from.offset === 0 || file === undefined || file.compression !== null) return;
    if (this.times.markOf(from) !== null) return;
    const offset = Math.max(0, from.offset - CONTEXT_BYTES);
    const bytes = await this.reader.read(file, offset, from.offset - offset);
    if (bytes === null) return;
    const before = new LineTimes(this.reader.log.name, this.listing, this.#deps);
    const lines = new LineCutter().push({ file: from.file, offset, bytes });
    for (const line of lines) this.times.inherit(before.timed(line).time);
  }
}

/** @param name the program's name as the daemon writes it into lines; null if it formats none */
function matchesOf(grep: RegExp | null, name: string | null): Matches {
  if (grep === null) return null;
  const textOf = (line: Uint8Array): string | null =>
    name === null ? null : (ownLineOf(line, name)?.text ?? null);
  return (line) => matchesLine(grep, line, textOf(line));
}

/** A line with a prefix may be one of the program itself: its text is searched, and all of it. */
function matchesLine(grep: RegExp, stored: Uint8Array, text: string | null): boolean {
  if (text !== null && grep.test(text)) return true;
  return (text === null || !isRecord(stored)) && grep.test(utf8(stored));
}
