// The history of one program in memory of a fixed size: a ring of a day in slots of ten seconds, and one of thirty days in slots
// of ten minutes. A slot is a number since the epoch of the history; nothing is allocated and nothing moves. All zero is an
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
const HEAD = { first: 0, last: 1, at: 2, count: 3, cpuSum: 4, cpuMax: 5, memoryMax: 6 } as const;

/** What a program uses. */
export interface Sample {
  /** Of one processor, in percent; null for unknown. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
}

/** The values of one slot; null for none. */
export interface SlotValues {
  readonly cpuMean: number | null;
  readonly cpuMax: number | null;
  readonly memoryMax: number | null;
}

const EMPTY: SlotValues = { cpuMean: null, cpuMax: null, memoryMax: null };
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

  /**
   * Adds a sample. One that comes less than two slots after the one before leaves no gap; one that is not later is dropped.
   * @param at milliseconds since the epoch of the history
   */
  add(at: number, { cpuPercent, memoryBytes }: Sample): void {
    const slot = Math.floor(at / FINE_MS);
    const last = this.last;
    if (slot <= last) return;
    const isNext = slot - last === 2 && at - this.#get("at") < 2 * FINE_MS;
    const from = isNext ? slot - 1 : slot;
    if (last === 0) this.#set("first", slot);
    else this.#clearFine(last + 1, from);
    const [cpu, memory] = [CPU.code(cpuPercent), MEMORY.code(memoryBytes)];
    for (let each = from; each <= slot; each += 1) {
      writePair(this.bytes, placeOf(FINE_AT, each, FINE_SLOTS), cpu, memory);
    }
    this.#addCoarse(Math.floor(last / COARSE), Math.floor(slot / COARSE), cpuPercent, memory);
    this.#set("last", slot);
    this.#set("at", at);
  }

  #addCoarse(last: number, slot: number, cpuPercent: number | null, memory: number): void {
    if (slot !== last) {
      if (last !== 0) this.#clearCoarse(last + 1, slot);
      for (const name of ["count", "cpuSum", "cpuMax", "memoryMax"] as const) this.#set(name, 0);
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
    this.#memory[slot % COARSE_SLOTS] = this.#get("memoryMax");
  }

  /** The values of a fine slot. @param now the fine slot of the present */
  fine(slot: number, now: number): SlotValues {
    const { first, last } = this.#span;
    if (slot < first || slot > last || slot <= Math.max(last, now) - FINE_SLOTS) return EMPTY;
    const at = placeOf(FINE_AT, slot, FINE_SLOTS);
    const cpu = CPU.value(firstOf(this.bytes, at));
    return { cpuMean: cpu, cpuMax: cpu, memoryMax: MEMORY.value(secondOf(this.bytes, at)) };
  }

  /** The values of a coarse slot. @param now the coarse slot of the present */
  coarse(slot: number, now: number): SlotValues {
    const span = this.#span;
    const [first, last] = [Math.floor(span.first / COARSE), Math.floor(span.last / COARSE)];
    if (slot < first || slot > last || slot <= Math.max(last, now) - COARSE_SLOTS) return EMPTY;
    const at = placeOf(COARSE_CPU_AT, slot, COARSE_SLOTS);
    return {
      cpuMean: CPU.value(firstOf(this.bytes, at)),
      cpuMax: CPU.value(secondOf(this.bytes, at)),
      memoryMax: MEMORY.value(this.#memory[slot % COARSE_SLOTS] ?? 0),
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
