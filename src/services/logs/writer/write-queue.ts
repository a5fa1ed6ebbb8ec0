// Queue of writes to one log, in order: blocks of output with the borders of the chunks in them, and between them operations
// that must happen at exactly that place (reopen, clear, wait).

import { type BlockPool, LARGE_BLOCK } from "./block-pool.ts";

/** Memory in bytes that one log may hold before its programs have to wait. */
export const PENDING_LIMIT = 1 << 20;
/** Memory in bytes that all logs together may hold; each gets a share of what is left, but a block at least. */
const ALL_PENDING_LIMIT = 32 << 20;
/** The same with what may not wait: the rest of what dying programs have written. */
const MOST_PENDING = 4 << 20;
const ALL_MOST_PENDING = 64 << 20;
/** Passed items that are kept before the list is shortened. */
const COMPACT_AFTER = 32;

interface Segment {
  readonly kind: "data";
  readonly block: Uint8Array;
  start: number;
  end: number;
  /** Where chunks end, rising; a chunk that continues in the next block has no end here. */
  readonly ends: number[];
  /** Index of the first end after `start`. */
  nextEnd: number;
}

interface Operation {
  readonly kind: "operation";
  readonly run: () => Promise<void>;
}

/** Output to write in one call. */
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

  /** Bytes of output held. Counted when asked, which is rare. */
  get bytes(): number {
    let bytes = 0;
    for (const item of this.#items) if (item.kind === "data") bytes += item.end - item.start;
    return bytes;
  }

  /** Bytes of output that were ever added. */
  get taken(): number {
    return this.#taken;
  }

  /** Bytes of output that were ever taken out: a mark in `taken` is passed when this has reached it. */
  get dealtWith(): number {
    return this.#dealtWith;
  }

  /** True if producers of output have to wait for `whenDrained` (back-pressure). */
  get isFull(): boolean {
    return this.#memory >= this.#share;
  }

  /** True if there is no room either for output that may not wait. */
  get isOverfull(): boolean {
    if (this.#memory < LARGE_BLOCK) return false;
    return this.#memory >= MOST_PENDING || this.#pool.inUse >= ALL_MOST_PENDING;
  }

  /** Many logs that take nothing leave less to each, so that their sum is bounded and one that is written continues. */
  get #share(): number {
    const left = (ALL_PENDING_LIMIT - this.#pool.inUse) / 2;
    return Math.max(LARGE_BLOCK, Math.min(PENDING_LIMIT, left));
  }

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  /** True when there is an operation to be done, and so output in front of it to be written. */
  get hasOperation(): boolean {
    return this.#operations > 0;
  }

  /** True when the byte consumed last was the last of its chunk: the only place to rotate. */
  get atChunkEnd(): boolean {
    return this.#atChunkEnd;
  }

  /** Copies of all output held, chunk by chunk; what of the first one is written already is not in it. */
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

  /** Copies a chunk in. */
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

  /** Takes over a large block that holds one chunk of `length` bytes. */
  give(block: Uint8Array, length: number): void {
    this.#taken += length;
    this.#pushSegment(block, length).ends.push(length);
  }

  /** Lets `run` happen when all that was added before is dealt with. */
  pushOperation(run: () => Promise<void>): void {
    this.#items.push({ kind: "operation", run });
    this.#operations += 1;
  }

  /** The operation at the head, taken out; null when there is data or nothing. */
  shiftOperation(): (() => Promise<void>) | null {
    const item = this.#items[this.#head];
    if (item?.kind !== "operation") return null;
    this.#operations -= 1;
    this.#shift();
    return item.run;
  }

  /**
   * The data at the head, without taking it out.
   * @param limit stop before more than this, but take one block at least
   * @param room stop after the chunk that reaches this, so that rotation comes where it is due
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

  /** Calls back once when half of its share of the memory is free again. */
  whenDrained(resume: () => void): void {
    this.#drained ??= [];
    this.#drained.push(resume);
  }

  /** Removes `count` bytes that were written or dropped. Producers that wait for room continue from here. */
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

/** The first chunk border at or after `position`, or null when the chunk there continues in the next block. */
function firstEndFrom(segment: Segment, position: number): number | null {
  for (let index = segment.nextEnd; index < segment.ends.length; index += 1) {
    const end = segment.ends[index] ?? 0;
    if (end >= position) return end;
  }
  return null;
}

/** Moves past the borders up to `start`. @returns whether `start` is one */
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
