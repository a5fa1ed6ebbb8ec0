// The ordered queue of one log: blocks of output with the ends of their chunks, and between them operations that must run at
// exactly that position (reopen, clear, barrier).

/** Bytes of memory that one log may hold before its programs must wait (back-pressure). */
export const PENDING_LIMIT = 1 << 20;
/** Bytes of memory that all logs together may hold. Each log gets a share of the rest, but at least one block. */
const ALL_PENDING_LIMIT = 32 << 20;
/** The same two limits including output that cannot wait: the rest of the output of programs that have exited. */
const MOST_PENDING = 4 << 20;
const ALL_MOST_PENDING = 64 << 20;
/** Consumed items that stay in the list before it is compacted. */
const COMPACT_AFTER = 32;

interface Segment {
  readonly kind: "data";
  readonly block: Uint8Array;
  start: number;
  end: number;
  /** Offsets at which chunks end, ascending. A chunk that continues in the next block has no end here. */
  readonly ends: number[];
  /** Index of the first end after `start`. */
  nextEnd: number;
}

interface Operation {
  readonly kind: "operation";
  readonly run: () => Promise<void>;
}

/** Output to write in one system call. */
interface Batch {
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
}

/** The queue of one writer. */
export class WriteQueue {
  readonly #pool: BlockPool;
  readonly #items: (Segment | Operation)[] = [];
  #head = 0;
  #memory = 0;
  #operations = 0;
  #taken = 0;
  #dealtWith = 0;
  #atChunkEnd = true;
  #drained: (() => void)[] | null = null;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  /** Bytes of memory held, counted in whole blocks. */
  get memory(): number {
    return this.#memory;
  }

  /** Bytes of output held. Computed on each call, because calls are rare. */
  get bytes(): number {
    let bytes = 0;
    for (const item of this.#items) if (item.kind === "data") bytes += item.end - item.start;
    return bytes;
  }

  /** Total bytes of output ever added. */
  get taken(): number {
    return this.#taken;
  }

  /** Total bytes of output ever removed. Output up to a value of `taken` is written or dropped once this reaches that value. */
  get dealtWith(): number {
    return this.#dealtWith;
  }

  /** True if producers of output must wait for `whenDrained` (back-pressure). */
  get isFull(): boolean {
    return this.#memory >= this.#share;
  }

  /** True if there is no room even for output that cannot wait. */
  get isOverfull(): boolean {
    if (this.#memory < LARGE_BLOCK) return false;
    return this.#memory >= MOST_PENDING || this.#pool.inUse >= ALL_MOST_PENDING;
  }

  /**
   * Bytes of memory that this log may hold. Shrinks as all logs use more, so that the sum is bounded; at least one block, so
   * that a log that can be written continues.
   */
  get #share(): number {
    const left = (ALL_PENDING_LIMIT - this.#pool.inUse) / 2;
    return Math.max(LARGE_BLOCK, Math.min(PENDING_LIMIT, left));
  }

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  /** True when an operation is queued, so that output in front of it must be written. */
  get hasOperation(): boolean {
    return this.#operations > 0;
  }

  /** True when the last consumed byte was the last of its chunk: a log is rotated only there. */
  get atChunkEnd(): boolean {
    return this.#atChunkEnd;
  }

  /** Copies of all output held, chunk by chunk, without the part of the first chunk that is written already. */
  chunks(): readonly Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (const item of this.#items.slice(this.#head)) {
      if (item.kind !== "data") continue;
      let { start } = item;
      for (const end of [...item.ends.slice(item.nextEnd), item.end]) {
        if (end > start) chunks.push(item.block.slice(start, end));
        start = end;
      }
    }
    return chunks;
  }

  /** Adds a copy of a chunk. */
  append(chunk: Uint8Array): void {
    this.#taken += chunk.length;
    let from = 0;
    while (from < chunk.length) {
      const left = chunk.length - from;
      const segment = this.#segmentWithRoom(left);
      const taken = Math.min(left, segment.block.length - segment.end);
      segment.block.set(
        from === 0 && taken === left ? chunk : chunk.subarray(from, from + taken),
        segment.end,
      );
      segment.end += taken;
      from += taken;
      if (from === chunk.length) segment.ends.push(segment.end);
    }
  }

  /** Adds a large block that holds one chunk of `length` bytes, and takes ownership of the block. */
  give(block: Uint8Array, length: number): void {
    this.#taken += length;
    this.#pushSegment(block, length).ends.push(length);
  }

  /** Adds an operation, which runs after all output added before is written or dropped. */
  pushOperation(run: () => Promise<void>): void {
    this.#items.push({ kind: "operation", run });
    this.#operations += 1;
  }

  /** Removes and returns the operation at the head; null when the head is output or the queue is empty. */
  shiftOperation(): (() => Promise<void>) | null {
    const item = this.#items[this.#head];
    if (item?.kind !== "operation") return null;
    this.#operations -= 1;
    this.#shift();
    return item.run;
  }

  /**
   * Returns the output at the head without removing it.
   * @param limit most bytes; the first block is returned even if it is larger
   * @param room stop after the chunk that reaches this many bytes, where rotation is due
   */
  peek(limit: number, room: number): Batch {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (let index = this.#head; index < this.#items.length; index += 1) {
      const item = this.#items[index];
      if (item?.kind !== "data") break;
      const length = item.end - item.start;
      if (bytes > 0 && bytes + length > limit) break;
      const cut = bytes + length >= room ? firstEndFrom(item, item.start + room - bytes) : null;
      const end = cut ?? item.end;
      parts.push(item.block.subarray(item.start, end));
      bytes += end - item.start;
      if (cut !== null) break;
    }
    return { parts, bytes };
  }

  /** Calls back once when at least half of the log's share of memory is free. */
  whenDrained(resume: () => void): void {
    this.#drained ??= [];
    this.#drained.push(resume);
  }

  /** Removes `count` bytes that were written or dropped. Calls back the producers that wait for room. */
  consume(count: number): void {
    this.#dealtWith += count;
    this.#takeOut(count);
    if (this.#drained === null || this.#memory > this.#share / 2) return;
    const waiting = this.#drained;
    this.#drained = null;
    for (const resume of waiting) resume();
  }

  #takeOut(count: number): void {
    let left = count;
    while (left > 0) {
      const item = this.#items[this.#head];
      if (item?.kind !== "data") return;
      const taken = Math.min(left, item.end - item.start);
      item.start += taken;
      left -= taken;
      this.#atChunkEnd = passEnds(item);
      if (item.start === item.end) {
        this.#memory -= item.block.length;
        this.#pool.release(item.block);
        this.#shift();
      }
    }
  }

  #segmentWithRoom(length: number): Segment {
    const last = this.#items[this.#items.length - 1];
    const isOpen = last?.kind === "data" && this.#head < this.#items.length;
    if (isOpen && last.block.length - last.end >= length) return last;
    return this.#pushSegment(this.#pool.take(length), 0);
  }

  #pushSegment(block: Uint8Array, end: number): Segment {
    const segment: Segment = { kind: "data", block, start: 0, end, ends: [], nextEnd: 0 };
    this.#items.push(segment);
    this.#memory += block.length;
    return segment;
  }

  #shift(): void {
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head >= COMPACT_AFTER) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

/** The first end of a chunk at or after `position`; null when the chunk there continues in the next block. */
function firstEndFrom(segment: Segment, position: number): number | null {
  for (let index = segment.nextEnd; index < segment.ends.length; index += 1) {
    const end = segment.ends[index] ?? 0;
    if (end >= position) return end;
  }
  return null;
}

/** Skips the chunk ends up to `start`. @returns whether `start` is the end of a chunk */
function passEnds(segment: Segment): boolean {
  let passed = -1;
  while (segment.nextEnd < segment.ends.length) {
    const end = segment.ends[segment.nextEnd] ?? 0;
    if (end > segment.start) break;
    passed = end;
    segment.nextEnd += 1;
  }
  return passed === segment.start;
}

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
