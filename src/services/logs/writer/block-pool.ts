// Memory for output between a pipe and a file: blocks of two sizes that are reused by pipes and writers, so that a busy log
// creates no garbage and an idle one holds no memory.

/** Most bytes of one read: the capacity of a pipe. */
export const LARGE_BLOCK = 64 * 1024;
/** Bytes of a block that collects the short writes of a log. */
const SMALL_BLOCK = 8 * 1024;
/** A read of at least this many bytes is handed over with its block, not copied: then at least half of the block is in use. */
export const HAND_OVER_FROM = LARGE_BLOCK / 2;

const KEPT_LARGE = 64;
const KEPT_SMALL = 128;

/** A pool of blocks. Free blocks are reused last in, first out, because the last ones are still in the processor's cache. */
export class BlockPool {
  readonly #large: Uint8Array[] = [];
  readonly #small: Uint8Array[] = [];
  #reading: Uint8Array | null = null;
  #inUse = 0;

  /** Bytes of the blocks in use. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Takes a block: a small one if `length` bytes fit in it, otherwise a large one, which may be shorter than `length`. */
  take(length: number): Uint8Array {
    const isSmall = length <= SMALL_BLOCK;
    this.#inUse += isSmall ? SMALL_BLOCK : LARGE_BLOCK;
    if (isSmall) return this.#small.pop() ?? new Uint8Array(SMALL_BLOCK);
    return this.#large.pop() ?? new Uint8Array(LARGE_BLOCK);
  }

  /** Returns a block to the pool. */
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

  /** Takes the read block together with the bytes read into it. The next read gets another block. */
  claimReadBlock(): Uint8Array {
    const block = this.readBlock();
    this.#reading = null;
    return block;
  }
}
