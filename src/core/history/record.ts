// The history of one program in memory of a fixed size: a ring of a day in slots of ten seconds, and one of thirty days in slots
// of ten minutes, which also count its starts. A slot is a number since the epoch of the history; nothing is allocated and nothing moves. All zero is an
// empty record, so memory that was never written stays unused.

import { CPU, firstOf, MEMORY, PAIR_BYTES, secondOf, writePair } from "./codes.ts";

/** A day. */
export const FINE_MS = 10_000;
export const FINE_SLOTS = 8640;
/** Fine slots in a coarse one. */
export const COARSE = 60;
export const COARSE_MS = FINE_MS * COARSE;
export const COARSE_SLOTS = 4320;

/** Of a name in UTF-8. */
export const NAME_BYTES = 1500;

const NUMBERS = 8;
const NAME_AT = NUMBERS * 8;
const FINE_AT = 1632;
const COARSE_CPU_AT = FINE_AT + FINE_SLOTS * PAIR_BYTES;
const COARSE_MEMORY_AT = COARSE_CPU_AT + COARSE_SLOTS * PAIR_BYTES;
/** Twelve pages of 4 kB. */
export const RECORD_BYTES = COARSE_MEMORY_AT + COARSE_SLOTS * 2;

/** What is kept beside the rings, by its place among the numbers. */
const HEAD = {
  ...{ first: 0, last: 1, at: 2, count: 3, cpuSum: 4, cpuMax: 5, memoryMax: 6, started: 7 },
} as const;

/** A coarse slot has the code of memory below this bit, and its starts above it: as many as fit. */
const STARTS_BIT = 12;
const MOST_STARTS = 15;

/** What a program uses. */
export interface Sample {
  /** Of one processor, in percent; null for unknown. */
  readonly cpuPercent: number | null;
  /** Null for a program that is down. */
  readonly memoryBytes: number | null;
  /** Starts that were tried until now. */
  readonly started: number;
}

/** The values of one slot; null for none. */
export interface SlotValues {
  readonly cpuMean: number | null;
  readonly cpuMax: number | null;
  readonly memoryMax: number | null;
  /** Null in fine slots. */
  readonly starts: number | null;
}

const EMPTY: SlotValues = { cpuMean: null, cpuMax: null, memoryMax: null, starts: null };
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

export class HistoryRecord {
  readonly bytes: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #memory: Uint16Array;

  /** @param at of its first byte, a multiple of 8 */
  constructor(memory: ArrayBuffer, at: number) {
    this.bytes = new Uint8Array(memory, at, RECORD_BYTES);
    this.#numbers = new Float64Array(memory, at, NUMBERS);
    this.#memory = new Uint16Array(memory, at + COARSE_MEMORY_AT, COARSE_SLOTS);
  }

  /** Empty for a record that is not in use. */
  get name(): string {
    const [high = 0, low = 0] = this.bytes.subarray(NAME_AT, NAME_AT + 2);
    const length = Math.min(NAME_BYTES, high * 256 + low);
    return DECODER.decode(this.bytes.subarray(NAME_AT + 2, NAME_AT + 2 + length));
  }

  /** The fine slot of the last sample; 0 for none. */
  get last(): number {
    return this.#numbers[HEAD.last] ?? 0;
  }

  /** Forgets everything. @returns false for a name that is too long */
  begin(name: string): boolean {
    const bytes = ENCODER.encode(name);
    if (bytes.length > NAME_BYTES) return false;
    this.bytes.fill(0);
    this.bytes[NAME_AT] = bytes.length >> 8;
    this.bytes[NAME_AT + 1] = bytes.length & 255;
    this.bytes.set(bytes, NAME_AT + 2);
    return true;
  }

  /** Starts are counted from zero again: their number is that of another daemon. */
  forgetStarts(): void {
    this.#set("started", 0);
  }

  /**
   * Adds a sample. One that comes less than two slots after the one before leaves no gap; one that is not later is dropped, and so is
   * one of a program that is down and was not started.
   * @param at milliseconds since the epoch of the history
   */
  add(at: number, { cpuPercent, memoryBytes, started }: Sample): void {
    const slot = Math.floor(at / FINE_MS);
    const last = this.last;
    const before = this.#get("started");
    if (slot <= last || (memoryBytes === null && started === before)) return;
    const isNext = slot - last === 2 && at - this.#get("at") < 2 * FINE_MS;
    const from = isNext ? slot - 1 : slot;
    if (last === 0) this.#set("first", slot);
    else this.#clearFine(last + 1, from);
    const [cpu, memory] = [CPU.code(cpuPercent), MEMORY.code(memoryBytes)];
    for (let each = from; each <= slot; each += 1) {
      writePair(this.bytes, placeOf(FINE_AT, each, FINE_SLOTS), cpu, memory);
    }
    const coarse = Math.floor(slot / COARSE);
    this.#addCoarse(Math.floor(last / COARSE), coarse, cpuPercent, memory);
    // A program that was removed and added again is another one.
    this.#addStarts(coarse, started < before ? started : started - before);
    this.#set("started", started);
    this.#set("last", slot);
    this.#set("at", at);
  }

  #addCoarse(last: number, slot: number, cpuPercent: number | null, memory: number): void {
    if (slot !== last) {
      if (last !== 0) this.#clearCoarse(last + 1, slot);
      for (const name of ["count", "cpuSum", "cpuMax", "memoryMax"] as const) this.#set(name, 0);
      this.#memory[slot % COARSE_SLOTS] = 0;
    }
    if (cpuPercent !== null) {
      this.#set("count", this.#get("count") + 1);
      this.#set("cpuSum", this.#get("cpuSum") + cpuPercent);
      this.#set("cpuMax", Math.max(this.#get("cpuMax"), cpuPercent));
    }
    this.#set("memoryMax", Math.max(this.#get("memoryMax"), memory));
    const count = this.#get("count");
    const mean = CPU.code(count === 0 ? null : this.#get("cpuSum") / count);
    const most = CPU.code(count === 0 ? null : this.#get("cpuMax"));
    writePair(this.bytes, placeOf(COARSE_CPU_AT, slot, COARSE_SLOTS), mean, most);
    const starts = startsOf(this.#memory[slot % COARSE_SLOTS]);
    this.#memory[slot % COARSE_SLOTS] = (starts << STARTS_BIT) | this.#get("memoryMax");
  }

  #addStarts(slot: number, count: number): void {
    const value = this.#memory[slot % COARSE_SLOTS] ?? 0;
    const starts = Math.min(MOST_STARTS, startsOf(value) + count);
    this.#memory[slot % COARSE_SLOTS] = (starts << STARTS_BIT) | codeOf(value);
  }

  /** The values of a fine slot. @param now the fine slot of the present */
  fine(slot: number, now: number): SlotValues {
    const { first, last } = this.#span;
    if (slot < first || slot > last || slot <= Math.max(last, now) - FINE_SLOTS) return EMPTY;
    const at = placeOf(FINE_AT, slot, FINE_SLOTS);
    const cpu = CPU.value(firstOf(this.bytes, at));
    const memoryMax = MEMORY.value(secondOf(this.bytes, at));
    return { cpuMean: cpu, cpuMax: cpu, memoryMax, starts: null };
  }

  /** The values of a coarse slot. @param now the coarse slot of the present */
  coarse(slot: number, now: number): SlotValues {
    const span = this.#span;
    const [first, last] = [Math.floor(span.first / COARSE), Math.floor(span.last / COARSE)];
    if (slot < first || slot > last || slot <= Math.max(last, now) - COARSE_SLOTS) return EMPTY;
    const at = placeOf(COARSE_CPU_AT, slot, COARSE_SLOTS);
    const memory = this.#memory[slot % COARSE_SLOTS] ?? 0;
    return {
      cpuMean: CPU.value(firstOf(this.bytes, at)),
      cpuMax: CPU.value(secondOf(this.bytes, at)),
      memoryMax: MEMORY.value(codeOf(memory)),
      starts: startsOf(memory),
    };
  }

  get #span(): { readonly first: number; readonly last: number } {
    const first = this.#get("first");
    return { first: first === 0 ? Number.POSITIVE_INFINITY : first, last: this.last };
  }

  #clearFine(from: number, to: number): void {
    for (let slot = Math.max(from, to - FINE_SLOTS); slot < to; slot += 1) {
      writePair(this.bytes, placeOf(FINE_AT, slot, FINE_SLOTS), 0, 0);
    }
  }

  #clearCoarse(from: number, to: number): void {
    for (let slot = Math.max(from, to - COARSE_SLOTS); slot < to; slot += 1) {
      writePair(this.bytes, placeOf(COARSE_CPU_AT, slot, COARSE_SLOTS), 0, 0);
      this.#memory[slot % COARSE_SLOTS] = 0;
    }
  }

  #get(name: keyof typeof HEAD): number {
    return this.#numbers[HEAD[name]] ?? 0;
  }

  #set(name: keyof typeof HEAD, value: number): void {
    this.#numbers[HEAD[name]] = value;
  }
}

function placeOf(ring: number, slot: number, slots: number): number {
  return ring + (slot % slots) * PAIR_BYTES;
}

function startsOf(value = 0): number {
  return value >> STARTS_BIT;
}

function codeOf(value: number): number {
  return value & ((1 << STARTS_BIT) - 1);
}
