// Memory for output on its way to a file: blocks of two sizes that are reused by pipes and writers, so that a busy log creates
// no garbage and an idle one keeps nothing.

/** What one read takes at most: the capacity of a pipe. */
export const LARGE_BLOCK = 64 * 1024;
/** Collects the lines of a log that is written a little at a time. */
const SMALL_BLOCK = 8 * 1024;
/** A read of this much or more is handed over with its block instead of being copied: half of it is in use at least. */
export const HAND_OVER_FROM = LARGE_BLOCK / 2;

const KEPT_LARGE = 64;
const KEPT_SMALL = 128;

/** Free blocks, last in first out so that the ones still in the processor's cache are used again. */
export class BlockPool {
  readonly #large: Uint8Array[] = [];
  readonly #small: Uint8Array[] = [];
  #reading: Uint8Array | null = null;
  #inUse = 0;

  /** Bytes of the blocks in use. */
  get inUse(): number {
    return this.#inUse;
  }

  /** A block of at least `length` bytes if that is possible: the smallest kind that fits, else a large one. */
  take(length: number): Uint8Array {
    const isSmall = length <= SMALL_BLOCK;
    this.#inUse += isSmall ? SMALL_BLOCK : LARGE_BLOCK;
    if (isSmall) return this.#small.pop() ?? new Uint8Array(SMALL_BLOCK);
    return this.#large.pop() ?? new Uint8Array(LARGE_BLOCK);
  }

  /** Gives a block back. */
  release(block: Uint8Array): void {
    this.#inUse -= block.length;
    const free = block.length === LARGE_BLOCK ? this.#large : this.#small;
    if (free.length < (free === this.#large ? KEPT_LARGE : KEPT_SMALL)) free.push(block);
  }

  /** The block that all pipes are read into, one read at a time. */
  readBlock(): Uint8Array {
    this.#reading ??= this.take(LARGE_BLOCK);
    return this.#reading;
  }

  /** Takes the read block away with what was read into it; the next read gets another. */
  claimReadBlock(): Uint8Array {
    const block = this.readBlock();
    this.#reading = null;
    return block;
  }
}
