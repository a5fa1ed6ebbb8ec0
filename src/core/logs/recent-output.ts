// The newest output of a channel, as the program wrote it, for readers of logs that do not hold it: what went to the journal, or
// is in another format in its file. It is read by offsets like a file that grows and whose beginning is gone.

import { TimeMarks } from "./time-marks.ts";

/** Most bytes of one channel. */
export const RECENT_BYTES = 64 * 1024;
/** Most bytes of all channels together, but for the least of each. */
export const ALL_RECENT_BYTES = 32 * 1024 * 1024;
/** Bytes of each channel, whatever the others have. */
export const LEAST_RECENT_BYTES = 4 * 1024;
/** Chunks that come within this time of one second have one time. */
const TIME_STEP_MS = 100;

/** What all channels have together. */
export class RecentBudget {
  #used = 0;

  /** @returns false if that is too much */
  take(bytes: number): boolean {
    if (this.#used + bytes > ALL_RECENT_BYTES) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** For a successor. */
export interface RecentState {
  /** Bytes that were ever written, since it was cleared. */
  readonly written: number;
  /** The newest of them. */
  readonly bytes: Uint8Array;
  /** When they came: see `TimeMarks.pairs`. */
  readonly times: readonly number[];
}

const NOTHING = new Uint8Array(0);
const NO_TIMES: readonly number[] = [];

/** The newest output of one channel. Its memory grows with what is written. */
export class RecentOutput {
  readonly #budget: RecentBudget;
  /** A byte is at its offset modulo the length. */
  #ring: Uint8Array = NOTHING;
  #written = 0;
  #kept = 0;
  /** Null as long as no times are known. */
  #times: TimeMarks | null = null;

  constructor(budget: RecentBudget) {
    this.#budget = budget;
  }

  /** Bytes that were ever written, since it was cleared: as the size of a file. */
  get written(): number {
    return this.#written;
  }

  get kept(): number {
    return this.#kept;
  }

  /** The offset of the oldest byte that is kept. */
  get first(): number {
    return this.#written - this.#kept;
  }

  /** When what is kept came, by its offsets: see `TimeMarks.pairs`. */
  get times(): readonly number[] {
    return this.#times?.pairs ?? NO_TIMES;
  }

  /** @param most bytes, the newest ones */
  state(most: number): RecentState {
    const length = Math.min(most, this.#kept);
    const bytes = this.read(this.#written - length, length);
    return { written: this.#written, bytes, times: length === 0 ? NO_TIMES : [...this.times] };
  }

  /** Continues with what another one had. */
  restore({ written, bytes, times }: RecentState): void {
    this.clear();
    this.#written = Math.max(0, written - bytes.length);
    this.#add(bytes);
    if (times.length > 0) this.#times = new TimeMarks(times, TIME_STEP_MS);
  }

  /** Copies bytes in. @param wall when they came, in milliseconds since 1970; null if that need not be remembered */
  add(bytes: Uint8Array, wall: number | null): void {
    if (bytes.length === 0) return;
    if (wall !== null) this.#mark(wall);
    this.#add(bytes);
  }

  #mark(wall: number): void {
    this.#times ??= new TimeMarks([], TIME_STEP_MS);
    this.#times.forgetBefore(this.first);
    this.#times.add(wall, this.#written);
  }

  #add(bytes: Uint8Array): void {
    this.#grow(this.#kept + bytes.length);
    const size = this.#ring.length;
    const kept = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes;
    this.#written += bytes.length;
    this.#kept = Math.min(size, this.#kept + bytes.length);
    this.#put(kept, this.#written - kept.length);
  }

  /** The bytes of a range that are kept. */
  read(start: number, length: number): Uint8Array {
    const from = Math.max(start, this.first);
    const to = Math.min(start + length, this.#written);
    if (to <= from) return NOTHING;
    const size = this.#ring.length;
    const bytes = new Uint8Array(to - from);
    const head = Math.min(bytes.length, size - (from % size));
    bytes.set(this.#ring.subarray(from % size, (from % size) + head));
    bytes.set(this.#ring.subarray(0, bytes.length - head), head);
    return bytes;
  }

  /** Forgets everything, and gives its memory back. */
  clear(): void {
    const size = this.#ring.length;
    if (size > LEAST_RECENT_BYTES) this.#budget.give(size - LEAST_RECENT_BYTES);
    this.#ring = NOTHING;
    this.#written = 0;
    this.#kept = 0;
    this.#times = null;
  }

  /** Makes room for so many bytes, or for as many as there may be. */
  #grow(wanted: number): void {
    let size = this.#ring.length;
    while (size < wanted && size < RECENT_BYTES) {
      const next = size === 0 ? 256 : 2 * size;
      if (next > LEAST_RECENT_BYTES && !this.#budget.take(next - size)) break;
      size = next;
    }
    if (size === this.#ring.length) return;
    const kept = this.read(this.first, this.#kept);
    this.#ring = new Uint8Array(size);
    this.#put(kept, this.#written - kept.length);
  }

  /** Puts at most a whole ring. */
  #put(bytes: Uint8Array, offset: number): void {
    const size = this.#ring.length;
    if (size === 0) return;
    const at = offset % size;
    const head = Math.min(bytes.length, size - at);
    this.#ring.set(bytes.subarray(0, head), at);
    this.#ring.set(bytes.subarray(head), 0);
  }
}
