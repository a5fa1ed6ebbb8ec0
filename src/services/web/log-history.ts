// Reads the newest wanted lines of one log, through all its files, from the end back: no more than is needed, in blocks between
// which other work runs. Only a compressed file is read from its beginning.

import { thrownMessage } from "../../core/base/result.ts";
import type { Turns } from "../../core/base/turns.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { joined, type LogMark } from "../../core/logs/positions.ts";
import {
  isWanted,
  type LineFilter,
  type LineSource,
  LogLines,
  mayMatch,
  mergeLines,
  type ShownLine,
} from "../../core/web/log-lines.ts";
import type { Decompress } from "../../ports/decompress.ts";
import type { ListedLog, LogFileInfo, LogRef, LogsApi } from "../logs/api.ts";

const BLOCK = 64 * 1024;
const MB = 1024 * 1024;
/** A line that is longer is cut where a block begins. */
const LONGEST_HELD = 1024 * 1024;
/** Precision of modification times, in milliseconds: file systems round them down to a second at most. */
const COARSE_MS = 1000;
const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array(0);

export interface HistoryDeps {
  readonly logs: Pick<LogsApi, "files" | "readPart">;
  readonly turns: Turns;
  readonly decompress: Decompress;
  readonly offset: OffsetMinutes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is read of a log. */
export interface HistoryChoice extends LineFilter {
  /** The newest lines that are wanted. */
  readonly lines: number;
  /** Bytes that are read, decompressed ones, at most. */
  readonly mostBytes: number;
  /** Characters of the lines, about. */
  readonly mostCharacters: number;
  /** A last line without its end is left to those that follow the log. */
  readonly isFollowed: boolean;
  /** Nothing more is needed: the client is gone. */
  readonly isOver: () => boolean;
}

export interface History {
  /** Oldest first. */
  readonly lines: readonly ShownLine[];
  readonly isFormatted: boolean;
  /** Behind the last line; null for a log whose bytes are not counted. */
  readonly end: LogMark | null;
  /** What a reader must know about the lines: sentences without the name of the log. */
  readonly notes: readonly string[];
}

/** @param name the name as the daemon writes it into lines */
export async function readHistory(
  deps: HistoryDeps,
  ref: LogRef,
  name: string,
  choice: HistoryChoice,
): Promise<History> {
  const listed = await deps.logs.files(ref);
  if (!listed.ok) {
    const { name: fault, detail } = listed.error;
    const notes = [`it cannot be read: ${detail ?? fault}`];
    return { lines: [], isFormatted: false, end: null, notes };
  }
  return await new Reading(deps, ref, name, listed.value, choice).read();
}

/** The files of a log that has none: its newest output, which the daemon keeps. */
function filesOf({ files, count, changed }: ListedLog, now: number): readonly LogFileInfo[] {
  if (files.length > 0 || count === null) return files;
  const size = count.written - count.start;
  return [{ id: count.epoch, index: 0, size, changed: changed ?? now, compression: "none" }];
}

class Reading {
  readonly #deps: HistoryDeps;
  readonly #ref: LogRef;
  readonly #source: LineSource;
  readonly #listed: ListedLog;
  readonly #choice: HistoryChoice;
  readonly #notes: string[] = [];
  /** Newest first, each oldest first. */
  readonly #found: (readonly ShownLine[])[] = [];
  #count = 0;
  /** Bytes that may be read, and characters that may be found. */
  #left: number;
  #room: number;
  #end: LogMark | null = null;
  /** About when the bytes before those that were read were written, at the latest. */
  #near = 0;

  constructor(
    deps: HistoryDeps,
    ref: LogRef,
    name: string,
    listed: ListedLog,
    choice: HistoryChoice,
  ) {
    this.#deps = deps;
    this.#ref = ref;
    this.#source = { name, isFormatted: listed.isFormatted };
    this.#listed = listed;
    this.#choice = choice;
    this.#left = choice.mostBytes;
    this.#room = choice.mostCharacters;
  }

  async read(): Promise<History> {
    const { count, isRemoved, isFormatted } = this.#listed;
    const { since } = this.#choice;
    const files = filesOf(this.#listed, this.#deps.now());
    const [newest] = files;
    const size = newest?.index === 0 ? newest.size : 0;
    if (count !== null) this.#end = { epoch: count.epoch, offset: count.start + size };
    if (isRemoved) this.#notes.push("its file was removed or renamed by another process");
    for (const [place, file] of files.entries()) {
      this.#near = file.changed;
      const isOld = since !== null && file.changed < since - COARSE_MS;
      if (isOld || this.#isDone) break;
      if (file.compression === "none") await this.#readBack(file, place === 0);
      else await this.#readCompressed(file, file.compression);
    }
    if (this.#left <= 0 && this.#room > 0 && this.#count < this.#choice.lines) {
      this.#notes.push(`only its newest ${Math.ceil(this.#choice.mostBytes / MB)} MB were read`);
    }
    const lines = this.#found.reverse().flat().slice(-this.#choice.lines);
    if (since !== null && lines.some(({ time }) => time === null)) {
      this.#notes.push("lines without a time are shown by the time of their file");
    }
    return { lines, isFormatted, end: this.#end, notes: this.#notes };
  }

  get #isDone(): boolean {
    const isFull = this.#count >= this.#choice.lines || this.#room <= 0;
    return isFull || this.#left <= 0 || this.#choice.isOver();
  }

  /** Reads a file from its end. */
  async #readBack(file: LogFileInfo, isNewest: boolean): Promise<void> {
    /** The rest of a line that begins before the block that was read. */
    let rest: Uint8Array = NOTHING;
    for (let high = file.size; high > 0 && !this.#isDone; ) {
      const low = Math.max(0, high - BLOCK);
      const read = await this.#part(file, low, high - low);
      if (read === null) return;
      // It was truncated meanwhile.
      let bytes = read.length < high - low || rest.length === 0 ? read : joined([read, rest]);
      if (isNewest && high === file.size && this.#choice.isFollowed) {
        const whole = bytes.lastIndexOf(LINE_FEED) + 1;
        if (this.#end !== null && whole > 0) {
          this.#end = { ...this.#end, offset: this.#end.offset - (bytes.length - whole) };
          bytes = bytes.subarray(0, whole);
        }
      }
      high = low;
      const from = low === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1;
      // No line begins in the block; of a very long line, a piece counts as one.
      const isWithin = low > 0 && from === 0;
      rest = isWithin && bytes.length < LONGEST_HELD ? bytes : bytes.subarray(0, from);
      if (rest !== bytes && this.#isBefore(bytes.subarray(from))) return;
    }
  }

  /** Takes the lines of a block. @returns whether those before it are too old */
  #isBefore(block: Uint8Array): boolean {
    const { search, since } = this.#choice;
    const mayHave = mayMatch(block, this.#source, search);
    // Without a time to look for, the times of lines that are not shown do not matter.
    if (!mayHave && since === null) return false;
    const log = new LogLines(this.#source, this.#deps.offset);
    const lines = [...log.push(block, this.#near), ...log.end(this.#near)];
    if (mayHave) this.#add(lines.filter((line) => isWanted(line, this.#choice)));
    const first = lines.find(({ time }) => time !== null)?.time ?? null;
    this.#near = first ?? this.#near;
    return since !== null && first !== null && first < since;
  }

  #add(lines: readonly ShownLine[]): void {
    if (lines.length === 0) return;
    this.#found.push(lines);
    this.#count += lines.length;
    for (const { text } of lines) this.#room -= text.length;
  }

  async #readCompressed(file: LogFileInfo, compression: "gzip" | "zstd"): Promise<void> {
    const log = new LogLines(this.#source, this.#deps.offset);
    const most = this.#choice.lines - this.#count;
    let found: ShownLine[] = [];
    let characters = 0;
    const take = (lines: readonly ShownLine[]): void => {
      for (const line of lines) {
        if (!isWanted(line, this.#choice)) continue;
        found.push(line);
        characters += line.text.length;
      }
      if (found.length <= 2 * most && characters <= 2 * this.#room) return;
      found = mergeLines([found], most, this.#room).map(({ line }) => line);
      characters = found.reduce((sum, { text }) => sum + text.length, 0);
    };
    try {
      for await (const bytes of this.#deps.decompress(compression, this.#stored(file))) {
        take(log.push(bytes, file.changed));
        this.#left -= bytes.length;
        const pause = this.#deps.turns.pause();
        if (pause !== null) await pause;
        if (this.#left <= 0 || this.#choice.isOver()) break;
      }
      take(log.end(file.changed));
    } catch (error) {
      this.#notes.push(`backup ${file.index} cannot be read whole: ${thrownMessage(error)}`);
    }
    this.#add(found.slice(-most));
  }

  /** The bytes of a file as they are on the disk. */
  async *#stored(file: LogFileInfo): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.size; ) {
      const part = await this.#deps.logs.readPart(this.#ref, partOf(file, at, file.size - at));
      if (!part.ok || part.value.length === 0) return;
      at += part.value.length;
      yield part.value;
    }
  }

  /** Reads a part of a file that is not compressed; null when the file is gone. */
  async #part(file: LogFileInfo, low: number, length: number): Promise<Uint8Array | null> {
    const pause = this.#deps.turns.pause();
    if (pause !== null) await pause;
    // Of output without a file, offsets count from its beginning.
    const isKept = this.#listed.files.length === 0;
    const at = isKept ? (this.#listed.count?.start ?? 0) + low : low;
    const read = await this.#deps.logs.readPart(this.#ref, partOf(file, at, length));
    this.#left -= length;
    if (read.ok) return read.value;
    this.#notes.push(`${file.index === 0 ? "its file" : `backup ${file.index}`} is gone`);
    return null;
  }
}

function partOf({ id, index }: LogFileInfo, offset: number, length: number) {
  return { id, index, offset, length: Math.min(length, BLOCK) };
}
