// Keeps the newest output of a channel, as the program wrote it, for readers of logs that do not contain it: output that went
// to the journal, or that has another format in its file. It is read by offsets, like a growing file whose beginning is gone.

/** Maximum bytes of one channel. */
export const RECENT_BYTES = 64 * 1024;
/** Maximum bytes of all channels together, without the guaranteed bytes of each. */
export const ALL_RECENT_BYTES = 32 * 1024 * 1024;
/** Bytes guaranteed to each channel, regardless of the others. */
export const LEAST_RECENT_BYTES = 4 * 1024;

/** The memory budget that all channels share. */
export class RecentBudget {
  #used = 0;

  /** @returns false if that exceeds the budget */
  take(bytes: number): boolean {
    if (this.#used + bytes > ALL_RECENT_BYTES) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** The state in a snapshot. */
export interface RecentState {
  /** Bytes written since the output was last cleared. */
  readonly written: number;
  /** The newest of them. */
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The newest output of one channel. Memory use grows with the bytes written, up to the limits. */
export class RecentOutput {
  readonly #budget: RecentBudget;
  /** A byte is at its offset modulo the length. */
  #ring: Uint8Array = NOTHING;
  #written = 0;
  #kept = 0;

  constructor(budget: RecentBudget) {
    this.#budget = budget;
  }

  /** Bytes written since the output was last cleared, like the size of a file. */
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

  /** @param most maximum bytes; the newest are included */
  state(most: number): RecentState {
    const length = Math.min(most, this.#kept);
    return { written: this.#written, bytes: this.read(this.#written - length, length) };
  }

  /** Continues from the state of another instance. */
  restore({ written, bytes }: RecentState): void {
    this.clear();
    this.#written = Math.max(0, written - bytes.length);
    this.add(bytes);
  }

  /** Adds a copy of bytes. */
  add(bytes: Uint8Array): void {
    this.#grow(this.#kept + bytes.length);
    const size = this.#ring.length;
    const kept = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes;
    this.#written += bytes.length;
    this.#kept = Math.min(size, this.#kept + bytes.length);
    this.#put(kept, this.#written - kept.length);
  }

  /** Counts bytes that are not kept, and forgets those before. */
  skip(bytes: number): void {
    if (bytes === 0) return;
    this.#written += bytes;
    this.#kept = 0;
  }

  /** The kept bytes of a range. */
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

  /** Removes all bytes, and releases the memory. */
  clear(): void {
    const size = this.#ring.length;
    if (size > LEAST_RECENT_BYTES) this.#budget.give(size - LEAST_RECENT_BYTES);
    this.#ring = NOTHING;
    this.#written = 0;
    this.#kept = 0;
  }

  /** Grows the ring to `wanted` bytes, or as far as the limits allow. */
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

  /** Writes bytes into the ring, at most its length. */
  #put(bytes: Uint8Array, offset: number): void {
    const size = this.#ring.length;
    if (size === 0) return;
    const at = offset % size;
    const head = Math.min(bytes.length, size - at);
    this.#ring.set(bytes.subarray(0, head), at);
    this.#ring.set(bytes.subarray(head), 0);
  }
}
