// Capture mode: output between the two tokens does not go to the log, and is passed on as one piece (Supervisor,
// dispatchers.py). Tokens are found across chunk borders. Only bytes that may begin a token are held back, and they are
// released at the end of the stream.

const BEGIN_TOKEN = new TextEncoder().encode("<!--XSUPERVISOR:BEGIN-->");
const END_TOKEN = new TextEncoder().encode("<!--XSUPERVISOR:END-->");
/** `<`: occurs in each token only as its first byte, so a failed match cannot contain the beginning of another token. */
const TOKEN_START = 0x3c;

/**
 * A part of the output: for the log, inside a capture (for readers of the raw stream), or a whole capture.
 * The bytes of `log` and `inside` are views of the pushed chunk.
 */
export interface CapturePiece {
  readonly kind: "log" | "inside" | "captured";
  readonly bytes: Uint8Array;
}

type TakePiece = (piece: CapturePiece) => void;

/** The state of a scanner, as plain data for a snapshot. */
export interface CaptureState {
  readonly capturing: boolean;
  /** Bytes of the expected token that were matched so far. */
  readonly matched: number;
  /** The newest bytes of the capture. */
  readonly kept: Uint8Array;
}

/** Splits the output of one channel of a program. Each spawn creates a new one. */
export class CaptureScanner {
  readonly #kept: NewestBytes;
  #capturing = false;
  /** Bytes of the expected token at the end of the last chunk. */
  #matched = 0;

  /** @param before the state of another scanner, to continue from */
  constructor(maxBytes: number, before: CaptureState | null = null) {
    this.#kept = new NewestBytes(maxBytes);
    if (before === null) return;
    this.#capturing = before.capturing;
    this.#matched = Math.min(before.matched, this.#token().length - 1);
    this.#kept.add(before.kept);
  }

  get state(): CaptureState {
    return { capturing: this.#capturing, matched: this.#matched, kept: this.#kept.copy() };
  }

  /** Bytes of output that were not passed on whole. */
  get held(): number {
    return this.#kept.length + this.#matched;
  }

  /** Splits a chunk, and passes each piece on before it looks for the next one. */
  push(chunk: Uint8Array, take: TakePiece): void {
    let from = 0;
    while (from < chunk.length) from = this.#scan(chunk, from, take);
  }

  /** Ends the stream. The text of a capture without an end token goes to the log. */
  end(take: TakePiece): void {
    this.#releaseMatched(take);
    const isCut = this.#capturing && this.#kept.length > 0;
    this.#capturing = false;
    if (isCut) take({ kind: "log", bytes: this.#kept.take() });
  }

  #token(): Uint8Array {
    return this.#capturing ? END_TOKEN : BEGIN_TOKEN;
  }

  /** Handles the chunk from `from` to the end of the next token, of a match that fails, or of the chunk. @returns that end */
  #scan(chunk: Uint8Array, from: number, take: TakePiece): number {
    const token = this.#token();
    let start = from;
    if (this.#matched === 0) {
      start = this.#findStart(chunk, from, token);
      this.#emit(chunk.subarray(from, start), take);
      if (start === chunk.length) return start;
    }
    let index = start;
    let matched = this.#matched;
    while (index < chunk.length && matched < token.length && chunk[index] === token[matched]) {
      index += 1;
      matched += 1;
    }
    this.#matched = matched;
    if (matched === token.length) this.#toggle(take);
    else if (index < chunk.length) this.#releaseMatched(take);
    return index;
  }

  /**
   * The first offset at which the token begins, or the chunk ends within a prefix of the token; else the length of the chunk.
   */
  #findStart(chunk: Uint8Array, from: number, token: Uint8Array): number {
    let start = chunk.indexOf(TOKEN_START, from);
    while (start >= 0) {
      let matched = 1;
      while (matched < token.length && chunk[start + matched] === token[matched]) matched += 1;
      if (matched === token.length || start + matched === chunk.length) return start;
      start = chunk.indexOf(TOKEN_START, start + 1);
    }
    return chunk.length;
  }

  #toggle(take: TakePiece): void {
    this.#matched = 0;
    this.#capturing = !this.#capturing;
    if (!this.#capturing) take({ kind: "captured", bytes: this.#kept.take() });
  }

  #releaseMatched(take: TakePiece): void {
    const held = this.#token().subarray(0, this.#matched);
    this.#matched = 0;
    this.#emit(held, take);
  }

  #emit(bytes: Uint8Array, take: TakePiece): void {
    if (bytes.length === 0) return;
    if (this.#capturing) this.#kept.add(bytes);
    take({ kind: this.#capturing ? "inside" : "log", bytes });
  }
}

/** Bytes of a block; the first ones are smaller, since most captures are short. */
const BLOCK = 64 * 1024;
const FIRST_BLOCK = 256;

interface Block {
  readonly bytes: Uint8Array;
  used: number;
}

/**
 * Keeps the newest bytes of a stream, at most `most`, in blocks. Kept bytes are never copied to make room. Memory use is hardly
 * more than the number of bytes.
 */
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
    const [first] = this.#blocks;
    // A flood of small captures leaves no blocks to collect: V8 collects their memory late.
    this.#blocks = first?.bytes.length === FIRST_BLOCK ? [{ bytes: first.bytes, used: 0 }] : [];
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
