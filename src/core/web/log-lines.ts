// The lines of one log as the page of logs shows and selects them: cut from bytes, with the times and levels that they state. A
// line without a level has that of the line before it, as in a stack trace, unless it has a time of its own.

import { type LocalTime, localMs, localTime, type OffsetMinutes } from "../logs/calendar.ts";
import { readOwnLine } from "../logs/line-format.ts";
import { isAtLeast, type LineLevel, levelOfLine } from "../logs/line-level.ts";
import { LinePieces, type PieceEnd, type PieceSink } from "../logs/line-pieces.ts";
import { dateTimeText } from "../logs/record.ts";
import { TIME_CHARACTERS, timeOfClock, timeOfLine } from "../logs/time-texts.ts";
import { type ColouredPart, colouredParts } from "./coloured-text.ts";
import { plainText } from "./tail.ts";

/** Most bytes of a line that is shown; a longer one is shown in pieces. */
export const LONGEST_SHOWN = 16 * 1024;

export interface ShownLine {
  /** Milliseconds since 1970; null when neither the line nor the daemon knows it. */
  readonly time: number | null;
  /** Orders the lines of several logs: the time, or an estimate. */
  readonly order: number;
  readonly level: LineLevel | null;
  /** With terminal sequences; without what the daemon put before it. */
  readonly text: string;
}

/** Which lines are wanted. */
export interface LineFilter {
  /** In any case; empty for all. */
  readonly search: string;
  /** Null for all lines. */
  readonly level: LineLevel | null;
  /** Milliseconds since 1970; null for all lines. */
  readonly since: number | null;
}

/** Of which log the lines are. */
export interface LineSource {
  /** The name as the daemon writes it into lines (`shownName`). */
  readonly name: string;
  /** Whether the daemon formats the lines. */
  readonly isFormatted: boolean;
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Makes the lines of one log, whose bytes are passed in order. */
export class LogLines implements PieceSink {
  readonly #source: LineSource;
  readonly #offset: OffsetMinutes;
  readonly #pieces = new LinePieces(this, null, LONGEST_SHOWN);
  #texts: string[] = [];
  /** The time of the last line that stated one. */
  #last: number | null = null;
  #level: LineLevel | null = null;

  constructor(source: LineSource, offset: OffsetMinutes) {
    this.#source = source;
    this.#offset = offset;
  }

  /**
   * @param near about when the bytes were written, at the latest; milliseconds since 1970
   * @param hasCome the bytes come now: that is the time of a line that states none
   * @returns the lines that the bytes complete
   */
  push(bytes: Uint8Array, near: number, hasCome = false): readonly ShownLine[] {
    this.#pieces.push(bytes);
    return this.#take(near, hasCome);
  }

  /** Ends the log. @returns the last line, if it has no line feed */
  end(near: number): readonly ShownLine[] {
    this.#pieces.end();
    return this.#take(near, false);
  }

  take(bytes: Uint8Array, from: number, to: number, end: PieceEnd): void {
    const hasReturn = end === "line" && to > from && bytes[to - 1] === 0x0d;
    this.#texts.push(UTF8.decode(bytes.subarray(from, hasReturn ? to - 1 : to)));
  }

  #take(near: number, hasCome: boolean): readonly ShownLine[] {
    const texts = this.#texts;
    this.#texts = [];
    return texts.map((text) => this.#line(text, near, hasCome));
  }

  #line(stored: string, near: number, hasCome: boolean): ShownLine {
    const { name, isFormatted } = this.#source;
    const own = isFormatted ? readOwnLine(stored, name) : null;
    const text = own?.text ?? stored;
    const stated = this.#statedTime(stored, own?.clock ?? null, near);
    if (stated !== null) this.#last = stated;
    const level = levelOfLine(text);
    // A time that the daemon put before each line says nothing about where a message begins.
    if (level !== null || (stated !== null && own === null)) this.#level = level;
    const time = stated ?? (hasCome ? near : this.#last);
    return { time, order: time ?? near, level: this.#level, text };
  }

  #statedTime(stored: string, clock: string | null, near: number): number | null {
    const context = { offset: this.#offset, near };
    if (clock !== null) return timeOfClock(clock, this.#last, context);
    const time = timeOfLine(stored.slice(0, TIME_CHARACTERS), context);
    // A line is written when its event happens: a time more than a day later belongs to the text.
    return time === null || time > near + DAY_MS ? null : time;
  }
}

/** Whether a line is one of those that are wanted. */
export function isWanted(line: ShownLine, { search, level, since }: LineFilter): boolean {
  if (since !== null && line.order < since) return false;
  if (level !== null && (line.level === null || !isAtLeast(line.level, level))) return false;
  return search === "" || plainText(line.text).toLowerCase().includes(search.toLowerCase());
}

const ESCAPE = 0x1b;

/** False if no line of a block can have the text that is searched. A quick test: most blocks have none. */
export function mayMatch(block: Uint8Array, { isFormatted }: LineSource, search: string): boolean {
  // Characters may be escaped there, or have sequences between them.
  if (search === "" || isFormatted || block.includes(ESCAPE)) return true;
  return UTF8.decode(block).toLowerCase().includes(search.toLowerCase());
}

/** A line for a page: the index of its log, its time (`2026-11-27 12:04:07.123`, or empty), its level, and its text. */
export type LineView = readonly [
  log: number,
  time: string,
  level: LineLevel | "",
  parts: readonly ColouredPart[],
];

/** @param log the index of its log */
export function lineView(log: number, line: ShownLine, offset: OffsetMinutes): LineView {
  const { time, level, text } = line;
  return [log, time === null ? "" : timeText(time, offset(time)), level ?? "", colouredParts(text)];
}

function timeText(wallMs: number, offsetMinutes: number): string {
  const { millisecond } = localTime(wallMs, offsetMinutes);
  return `${dateTimeText(wallMs, offsetMinutes)}.${String(millisecond).padStart(3, "0")}`;
}

/** The offset of a host that only tells its local time. */
export function offsetOf(toLocal: (wallMs: number) => LocalTime): OffsetMinutes {
  return (wallMs) => {
    const whole = Math.floor(wallMs);
    return ((localMs(toLocal(whole), () => 0) ?? whole) - whole) / MINUTE_MS;
  };
}

/** A line of one of several logs. */
export interface MergedLine {
  readonly log: number;
  readonly line: ShownLine;
}

/**
 * Merges the lines of several logs by time; lines of one log stay in their order.
 * @param most the newest that are kept
 * @param mostCharacters of all texts; the oldest lines are left out
 */
export function mergeLines(
  logs: readonly (readonly ShownLine[])[],
  most: number,
  mostCharacters: number,
): readonly MergedLine[] {
  const all = logs.flatMap((lines, log) => {
    let order = Number.NEGATIVE_INFINITY;
    return lines.map((line) => {
      order = Math.max(order, line.order);
      return { log, line, order };
    });
  });
  all.sort((a, b) => a.order - b.order);
  const kept = all.slice(-most);
  let first = kept.length;
  for (let left = mostCharacters; first > 0; first -= 1) {
    left -= kept[first - 1]?.line.text.length ?? 0;
    if (left < 0) break;
  }
  return kept.slice(first);
}
