// Records roughly when the bytes of a log were written: marks with a time and an offset, taken while the log is written. Memory
// is bounded: old marks become sparser, in proportion to their age.

import { SECOND } from "../base/time.ts";

/** Maximum marks of one log. One hour back, they are two minutes apart if the log was written all the time. */
const MOST_MARKS = 256;
/** Minimum milliseconds between two marks, unless a new second of the clock begins. */
const STEP_MS = SECOND;

/** The marks of one log, oldest first. */
export class TimeMarks {
  /** Pairs of a time and an offset, which take half the memory of objects. */
  readonly #pairs: number[];
  readonly #stepMs: number;

  /**
   * @param pairs `pairs` of another instance
   * @param stepMs minimum milliseconds between two marks in the same second
   */
  constructor(pairs: readonly number[] = [], stepMs = STEP_MS) {
    this.#pairs = pairs.slice(0, 2 * Math.floor(pairs.length / 2));
    this.#stepMs = stepMs;
  }

  /** Alternately a time and an offset. */
  get pairs(): readonly number[] {
    return this.#pairs;
  }

  /** Records that the byte at `offset` is written at `wall`. */
  add(wall: number, offset: number): void {
    const pairs = this.#pairs;
    const last = pairs.at(-2);
    // A clock that was set back begins a new mark too, and so does each second: times shown to a second are exact.
    if (last !== undefined && Math.abs(wall - last) < this.#stepMs && isSameSecond(wall, last)) {
      return;
    }
    if (pairs.length > 0 && (pairs.at(-1) ?? 0) >= offset) return;
    pairs.push(Math.floor(wall), offset);
    if (pairs.length > 2 * MOST_MARKS) this.#thin(wall);
  }

  /** Removes the marks of bytes before `offset`, which are gone. */
  forgetBefore(offset: number): void {
    const pairs = this.#pairs;
    let count = 0;
    // Keep the last mark at or before `offset`: it gives the time of that byte.
    while (count + 3 < pairs.length && (pairs[count + 3] ?? 0) <= offset) count += 2;
    pairs.splice(0, count);
  }

  /** Removes the mark with the least loss of precision: its neighbours are closest in time, relative to their age. */
  #thin(now: number): void {
    const pairs = this.#pairs;
    let least = Number.POSITIVE_INFINITY;
    let at = 2;
    for (let index = 2; index + 2 < pairs.length; index += 2) {
      const before = pairs[index - 2] ?? 0;
      const after = pairs[index + 2] ?? 0;
      const loss = Math.abs(after - before) / (Math.abs(now - after) + this.#stepMs);
      if (loss < least) {
        least = loss;
        at = index;
      }
    }
    pairs.splice(at, 2);
  }
}

function isSameSecond(a: number, b: number): boolean {
  return Math.floor(a / SECOND) === Math.floor(b / SECOND);
}

/** When a byte was written. */
interface WrittenAt {
  /** At this time or later. */
  readonly from: number;
  /** At this time or earlier; null for a byte after the last mark. */
  readonly to: number | null;
}

/** When the byte at `offset` was written; null when it is before the first mark. @param pairs as `TimeMarks.pairs` */
export function writtenAt(pairs: readonly number[], offset: number): WrittenAt | null {
  let low = 0;
  let high = Math.floor(pairs.length / 2);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairs[2 * middle + 1] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const from = pairs[2 * low - 2];
  return from === undefined ? null : { from, to: pairs[2 * low] ?? null };
}
