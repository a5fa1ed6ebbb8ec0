// Keeps the newest bytes of a stream, in blocks. Kept bytes are never copied to make room. Memory use is hardly more than the
// number of bytes.

/** Bytes of a block; the first ones are smaller, since most captures are short. */
const BLOCK = 64 * 1024;
const FIRST_BLOCK = 256;

interface Block {
  readonly bytes: Uint8Array;
  used: number;
}

/** Keeps the newest bytes, at most `most`. */
export class NewestBytes {
  readonly #most: number;
  /** Oldest first. All but the last are full. */
  #blocks: Block[] = [];
  /** Bytes in all blocks. Exceeds `most` by less than the length of the oldest block. */
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return Math.min(this.#length, this.#most);
  }

  /** Copies bytes in. */
  add(bytes: Uint8Array): void {
    let rest = bytes.length > this.#most ? bytes.subarray(bytes.length - this.#most) : bytes;
    while (rest.length > 0) {
      const block = this.#withRoom();
      const part = rest.subarray(0, block.bytes.length - block.used);
      block.bytes.set(part, block.used);
      block.used += part.length;
      this.#length += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** A copy of the kept bytes, in one array. */
  copy(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = all.length - this.#length;
    for (const { bytes, used } of this.#blocks) {
      const skipped = Math.max(0, -at);
      all.set(bytes.subarray(skipped, used), at + skipped);
      at += used;
    }
    return all;
  }

  /** Returns the kept bytes, and removes them. */
  take(): Uint8Array {
    const all = this.copy();
    this.#blocks = [];
    this.#length = 0;
    return all;
  }

  /** The last block, with free room. The oldest block is reused when the others hold enough bytes. */
  #withRoom(): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.used < last.bytes.length) return last;
    const size = last === undefined ? FIRST_BLOCK : Math.min(BLOCK, 2 * last.bytes.length);
    let next: Block = { bytes: NOTHING, used: 0 };
    for (let oldest = this.#blocks[0]; oldest !== undefined; oldest = this.#blocks[0]) {
      if (this.#length - oldest.used < this.#most) break;
      this.#blocks.shift();
      this.#length -= oldest.used;
      next = oldest;
    }
    if (next.bytes.length < size) next = { bytes: new Uint8Array(size), used: 0 };
    next.used = 0;
    this.#blocks.push(next);
    return next;
  }
}

const NOTHING = new Uint8Array(0);
