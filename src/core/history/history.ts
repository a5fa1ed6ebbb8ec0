// CPU, memory and starts of programs over time, in memory of a fixed size that a successor can continue with: a head, and a record for
// each program.
//
// Time is monotonic: the epoch is the wall clock less the monotonic one when the history began, and does not change when the
// wall clock is set. What is returned is by the wall clock of now: after a correction, earlier values have the corrected times
// too. The time that a machine sleeps does not pass.

import type { Instant } from "../base/time.ts";
import type { KeptHead } from "./kept.ts";
import {
  COARSE,
  COARSE_MS,
  COARSE_SLOTS,
  FINE_MS,
  FINE_SLOTS,
  HistoryRecord,
  RECORD_BYTES,
  type Sample,
  type SlotValues,
} from "./record.ts";

/** Programs that have a history. */
export const MOST_PROGRAMS = 1000;
/** One page. */
const HEAD_BYTES = 4096;
/** All of it; what was never written takes no memory. */
export const HISTORY_BYTES = HEAD_BYTES + MOST_PROGRAMS * RECORD_BYTES;
/** The format: "TSVH" and a number. */
export const HISTORY_FORMAT = 0x5453_5648 + 1;

/** The record of a program that was measured less than this long ago is not given to another one. */
const IN_USE_SLOTS = COARSE;

/** The places of the head. */
const HEAD = { format: 0, epoch: 1, used: 2, kept: 3 } as const;

/** What became of the history that a file keeps; `read` is also that of memory that never needed one. */
const KEPT = { read: 0, reading: 1, unread: 2 } as const;

/** A time and the number of values that a chart has room for. Wall clock, epoch milliseconds. */
export interface HistoryRange {
  readonly from: number;
  readonly to: number;
  /** At least 2. */
  readonly points: number;
}

/** Times of values. */
interface Steps {
  /** Of the first step: wall clock, epoch milliseconds. */
  readonly from: number;
  /** Milliseconds. */
  readonly step: number;
}

/** The values of a program, one for each step; null where it was not measured. */
export interface HistorySeries extends Steps {
  /** Percent of one processor. */
  readonly cpuMean: readonly (number | null)[];
  readonly cpuMax: readonly (number | null)[];
  /** Bytes. */
  readonly memoryMax: readonly (number | null)[];
  /** Starts that were tried, in steps of at least ten minutes; more than 15 in ten minutes are counted as 15. */
  readonly starts: Steps & { readonly counts: readonly (number | null)[] };
}

export class History {
  readonly memory: ArrayBuffer;
  readonly #head: Float64Array;
  readonly #records = new Map<string, HistoryRecord>();

  /** @param memory HISTORY_BYTES of zeros, or with a history of this format: see `isHistory` */
  constructor(memory: ArrayBuffer, now: Instant) {
    this.memory = memory;
    this.#head = new Float64Array(memory, 0, HEAD_BYTES / 8);
    if (this.#head[HEAD.format] === 0) {
      this.#head[HEAD.format] = HISTORY_FORMAT;
      this.#head[HEAD.epoch] = now.wall - now.mono;
    }
    for (const record of this.records()) this.#records.set(record.name, record);
  }

  /** Those that were ever in use. */
  records(): readonly HistoryRecord[] {
    const length = Math.min(MOST_PROGRAMS, this.#head[HEAD.used] ?? 0);
    return Array.from({ length }, (_, index) => this.#record(index)).filter(
      ({ name }) => name !== "",
    );
  }

  /** Milliseconds since the epoch of the history. */
  present(now: Instant): number {
    return now.mono + this.#epoch;
  }

  /** Whether a file keeps a history that could not be read: it must not be replaced by this one. */
  get isUnread(): boolean {
    return this.#head[HEAD.kept] === KEPT.unread;
  }

  /** A kept history is being read: memory in this state is not continued by a successor. */
  beginReading(): void {
    this.#head[HEAD.kept] = KEPT.reading;
  }

  /** @param isRead false if the file may hold what this one lacks */
  endReading(isRead: boolean): void {
    this.#head[HEAD.kept] = isRead ? KEPT.read : KEPT.unread;
  }

  /** Continues a kept history, before anything is added: by the wall clock, and at once if that is earlier now. */
  resume({ wall, present }: Pick<KeptHead, "wall" | "present">, now: Instant): void {
    this.#head[HEAD.epoch] = present + Math.max(0, now.wall - wall) - now.mono;
  }

  /** Adds a kept record. One without a name, with a name that is known, or for which there is no room is left out. */
  adopt(bytes: Uint8Array): void {
    const used = this.#head[HEAD.used] ?? 0;
    if (used >= MOST_PROGRAMS) return;
    const record = this.#record(used);
    record.bytes.set(bytes);
    const { name } = record;
    if (name === "" || this.#records.has(name)) return;
    this.#head[HEAD.used] = used + 1;
    record.forgetStarts();
    this.#records.set(name, record);
  }

  /** Starts are counted from zero again: their numbers are those of another daemon. */
  forgetStarts(): void {
    for (const record of this.#records.values()) record.forgetStarts();
  }

  /** Adds what programs use. @returns the names of those that there is no room for */
  add(now: Instant, samples: Iterable<readonly [name: string, sample: Sample]>): readonly string[] {
    const at = this.present(now);
    const refused: string[] = [];
    for (const [name, sample] of samples) {
      const known = this.#records.get(name);
      if (known === undefined && sample.memoryBytes === null && sample.started === 0) continue;
      const record = known ?? this.#begin(name, at);
      if (record === null) refused.push(name);
      else record.add(at, sample);
    }
    return refused;
  }

  /** The history of a program, in at most so many steps. Null for a program that has none. */
  query(name: string, range: HistoryRange, now: Instant): HistorySeries | null {
    const record = this.#records.get(name);
    return record === undefined ? null : this.#read(record, range, now);
  }

  #read(record: HistoryRecord, { from, to, points }: HistoryRange, now: Instant): HistorySeries {
    const present = this.present(now);
    // By how much the wall clock was set since the history began.
    const correction = now.wall - present;
    const oldest = present - (COARSE_SLOTS - 1) * COARSE_MS;
    const begin = Math.max(oldest, Math.min(from - correction, present));
    const end = Math.max(begin, Math.min(to - correction, present));
    const isOld = begin <= present - FINE_SLOTS * FINE_MS;
    const isCoarse = isOld || (end - begin) / points > COARSE_MS;
    const of = (slotMs: number, read: (slot: number, now: number) => SlotValues) => {
      const [from, to] = [Math.floor(begin / slotMs), Math.floor(end / slotMs)];
      const { width, first, length } = stepsOf(from, to, points);
      const at = Math.floor(present / slotMs);
      const values = Array.from({ length }, (_, step) =>
        merged(first + step * width, width, (slot) => read(slot, at)),
      );
      return { from: first * slotMs + correction, step: width * slotMs, values };
    };
    const coarse = of(COARSE_MS, (slot, at) => record.coarse(slot, at));
    const chosen = isCoarse ? coarse : of(FINE_MS, (slot, at) => record.fine(slot, at));
    const steps = chosen.values;
    return {
      from: chosen.from,
      step: chosen.step,
      cpuMean: steps.map(({ cpuMean }) => cpuMean),
      cpuMax: steps.map(({ cpuMax }) => cpuMax),
      memoryMax: steps.map(({ memoryMax }) => memoryMax),
      starts: {
        ...{ from: coarse.from, step: coarse.step },
        counts: coarse.values.map(({ starts }) => starts),
      },
    };
  }

  get #epoch(): number {
    return this.#head[HEAD.epoch] ?? 0;
  }

  #record(index: number): HistoryRecord {
    return new HistoryRecord(this.memory, HEAD_BYTES + index * RECORD_BYTES);
  }

  /** @returns null if there is no room */
  #begin(name: string, at: number): HistoryRecord | null {
    const used = this.#head[HEAD.used] ?? 0;
    const record = used < MOST_PROGRAMS ? this.#record(used) : this.#oldest(at);
    if (record === null) return null;
    const before = record.name;
    if (!record.begin(name)) return null;
    if (used < MOST_PROGRAMS) this.#head[HEAD.used] = used + 1;
    this.#records.delete(before);
    this.#records.set(name, record);
    return record;
  }

  /** The record that was not used for the longest time, if that is long. */
  #oldest(at: number): HistoryRecord | null {
    let oldest: HistoryRecord | null = null;
    for (const record of this.#records.values()) {
      if (oldest === null || record.last < oldest.last) oldest = record;
    }
    const isFree = oldest !== null && oldest.last < Math.floor(at / FINE_MS) - IN_USE_SLOTS;
    return isFree ? oldest : null;
  }
}

/** Whether memory holds a whole history that this version can continue with, or nothing yet. */
export function isHistory(memory: ArrayBuffer): boolean {
  if (memory.byteLength !== HISTORY_BYTES) return false;
  const head = new Float64Array(memory, 0, HEAD.kept + 1);
  if (head[HEAD.kept] === KEPT.reading) return false;
  return head[HEAD.format] === 0 || head[HEAD.format] === HISTORY_FORMAT;
}

/** Steps of whole slots that begin at multiples of their width, so that a chart that moves on does not flicker. */
function stepsOf(first: number, last: number, points: number) {
  const count = last - first + 1;
  let width = Math.ceil(count / points);
  if (Math.floor(last / width) - Math.floor(first / width) >= points)
    width = Math.ceil(count / (points - 1));
  const begin = Math.floor(first / width);
  return { width, first: begin * width, length: Math.floor(last / width) - begin + 1 };
}

function merged(first: number, width: number, read: (slot: number) => SlotValues): SlotValues {
  if (width === 1) return read(first);
  let [sum, count] = [0, 0];
  let [cpuMax, memoryMax, starts]: (number | null)[] = [null, null, null];
  for (let slot = first; slot < first + width; slot += 1) {
    const values = read(slot);
    if (values.cpuMean !== null) {
      sum += values.cpuMean;
      count += 1;
      cpuMax = Math.max(cpuMax ?? 0, values.cpuMax ?? 0);
    }
    if (values.memoryMax !== null) memoryMax = Math.max(memoryMax ?? 0, values.memoryMax);
    if (values.starts !== null) starts = (starts ?? 0) + values.starts;
  }
  const cpuMean = count === 0 ? null : sum / count;
  return {
    ...{ cpuMean, cpuMax: cpuMax ?? null, memoryMax: memoryMax ?? null },
    starts: starts ?? null,
  };
}
