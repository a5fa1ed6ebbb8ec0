// The history of programs against a naive one that keeps every sample; its bounds, and clocks that jump.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instant } from "../../../../src/core/base/time.ts";
import {
  HISTORY_BYTES,
  History,
  isHistory,
  MOST_PROGRAMS,
} from "../../../../src/core/history/history.ts";
import {
  COARSE,
  COARSE_MS,
  COARSE_SLOTS,
  FINE_MS,
  FINE_SLOTS,
  RECORD_BYTES,
  type Sample,
} from "../../../../src/core/history/record.ts";
import { fc } from "../../../property.ts";

const WALL = Date.UTC(2026, 10, 27);
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;

const at = (mono: number, wall = WALL + mono): Instant => ({ mono, wall });

function fresh(now = at(0)): History {
  return new History(new ArrayBuffer(HISTORY_BYTES), now);
}

/** Adds a sample of one program every ten seconds. @returns the time after the last one */
function fill(history: History, from: number, count: number, sample: (n: number) => Sample) {
  for (let n = 0; n < count; n += 1) {
    history.add(at(from + n * FINE_MS), [["web:web", sample(n)]]);
  }
  return from + count * FINE_MS;
}

function close(actual: number | null | undefined, expected: number | null, what: string): void {
  if (expected === null) {
    assert.equal(actual, null, what);
    return;
  }
  assert.ok(typeof actual === "number", `${what}: ${actual} for ${expected}`);
  const off = Math.abs(actual - expected);
  assert.ok(off <= 0.004 * expected + 0.001, `${what}: ${actual} for ${expected}`);
}

const flat = (cpuPercent: number | null, memoryBytes: number) => (): Sample => ({
  cpuPercent,
  memoryBytes,
  started: 0,
});

test("a program takes less than 50 kB, and a thousand less than 50 MB", () => {
  assert.ok(RECORD_BYTES <= 50_000);
  assert.ok(HISTORY_BYTES <= 50_000_000);
  assert.equal(FINE_SLOTS * FINE_MS, DAY);
  assert.equal(COARSE_SLOTS * COARSE_MS, MONTH);
});

test("values are those that were measured, within half a percent; zero is zero", () => {
  const samples = [0, 0.1, 1, 12.5, 100, 400, 6400].map((cpu) => ({
    cpuPercent: cpu,
    memoryBytes: cpu * 1_000_000,
    started: 0,
  }));
  const history = fresh();
  const end = fill(history, 0, samples.length, (n) => samples[n] ?? samples[0] ?? assert.fail());
  const series = history.query("web:web", { from: WALL, to: WALL + end, points: 100 }, at(end));
  assert.ok(series !== null);
  assert.equal(series.from, WALL);
  assert.equal(series.step, FINE_MS);
  for (const [index, { cpuPercent, memoryBytes }] of samples.entries()) {
    close(series.cpuMean[index], cpuPercent, "cpu");
    close(series.memoryMax[index], memoryBytes, "memory");
  }
  assert.equal(series.cpuMean[0], 0);
});

test("a time without samples is a gap, not zero", () => {
  const history = fresh();
  fill(history, 0, 3, flat(10, 1e6));
  const end = fill(history, 100 * SECOND, 2, flat(20, 1e6));
  const { cpuMean, memoryMax } =
    history.query("web:web", { from: WALL, to: WALL + end, points: 20 }, at(end)) ?? assert.fail();
  const known = cpuMean.map((value) => value !== null);
  const expected = [..."11100000001100"].map((sign) => sign === "1");
  assert.deepEqual(known.slice(0, 12), expected.slice(0, 12));
  assert.deepEqual(
    memoryMax.map((value) => value !== null),
    known,
  );
});

test("samples that are a little late leave no gap", () => {
  const history = fresh();
  let mono = 0;
  for (let n = 0; n < 2000; n += 1) {
    history.add(at(mono), [["web:web", { cpuPercent: 1, memoryBytes: 1, started: 0 }]]);
    mono += FINE_MS + 37;
  }
  const now = at(mono - FINE_MS - 37);
  const range = { from: WALL, to: now.wall, points: 5000 };
  const series = history.query("web:web", range, now) ?? assert.fail();
  assert.ok(!series.cpuMean.includes(null));
});

test("memory whose CPU is not known is kept", () => {
  const history = fresh();
  const end = fill(history, 0, 2, flat(null, 5e6));
  const range = { from: WALL, to: WALL + end - 1, points: 10 };
  const series = history.query("web:web", range, at(end - 1)) ?? assert.fail();
  assert.deepEqual(series.cpuMean, [null, null]);
  close(series.memoryMax[0], 5e6, "memory");
});

test("a spike is in the maximum of a month, also when the mean hides it", () => {
  const history = fresh();
  const count = (3 * DAY) / FINE_MS;
  const end = fill(history, 0, count, (n) => ({
    cpuPercent: n === 1000 ? 300 : 1,
    memoryBytes: n === 1000 ? 9e9 : 1e6,
    started: 0,
  }));
  const range = { from: WALL + end - MONTH, to: WALL + end, points: 60 };
  const series = history.query("web:web", range, at(end)) ?? assert.fail();
  assert.ok(series.cpuMax.length <= 60);
  close(Math.max(...series.cpuMax.map((value) => value ?? 0)), 300, "cpu");
  close(Math.max(...series.memoryMax.map((value) => value ?? 0)), 9e9, "memory");
  assert.ok(Math.max(...series.cpuMean.map((value) => value ?? 0)) < 2);
});

test("a day is kept exactly, older values in steps of ten minutes, and none after a month", () => {
  const history = fresh();
  const before = fill(history, 0, 360, flat(50, 1e6));
  const yesterday = at(DAY - HOUR);
  const range = { from: WALL, to: WALL + before - 1, points: 1000 };
  assert.equal(history.query("web:web", range, yesterday)?.step, FINE_MS);
  const later = at(2 * DAY);
  const coarse = history.query("web:web", range, later) ?? assert.fail();
  assert.equal(coarse.step, COARSE_MS);
  assert.equal(coarse.cpuMean.filter((value) => value !== null).length, 6);
  const now = at(MONTH + 2 * HOUR);
  const gone = history.query("web:web", { ...range, to: now.wall }, now) ?? assert.fail();
  assert.ok(gone.cpuMean.every((value) => value === null));
});

test("a wall clock that is set moves what is shown, and nothing else", () => {
  for (const jump of [-400 * DAY, -HOUR, HOUR, 400 * DAY]) {
    const history = fresh();
    fill(history, 0, 10, flat(10, 1e6));
    const set = (mono: number) => at(mono, WALL + mono + jump);
    history.add(set(100 * SECOND), [["web:web", { cpuPercent: 20, memoryBytes: 1e6, started: 0 }]]);
    const now = set(105 * SECOND);
    const range = { from: now.wall - HOUR, to: now.wall, points: 1000 };
    const series = history.query("web:web", range, now) ?? assert.fail();
    assert.equal(series.from + series.step * series.cpuMean.length, WALL + jump + 110 * SECOND);
    close(series.cpuMean.at(-1), 20, "after it");
    assert.equal(series.cpuMean.filter((value) => value !== null).length, 11);
  }
});

test("a successor continues in the same memory; memory of another format is not used", () => {
  const history = fresh();
  const end = fill(history, 0, 10, flat(10, 1e6));
  assert.ok(isHistory(history.memory));
  const next = new History(history.memory, at(end));
  const range = { from: WALL, to: WALL + end, points: 100 };
  assert.deepEqual(next.query("web:web", range, at(end)), history.query("web:web", range, at(end)));
  new Float64Array(history.memory)[0] = 7;
  assert.ok(!isHistory(history.memory));
  assert.ok(!isHistory(new ArrayBuffer(HISTORY_BYTES - 8)));
});

test("further programs are refused by name, until one is not used any more", () => {
  const history = fresh();
  const sample = { cpuPercent: 1, memoryBytes: 1, started: 0 };
  const names = Array.from({ length: MOST_PROGRAMS }, (_, n) => `p:p${n}`);
  const all = names.map((name) => [name, sample] as const);
  assert.deepEqual(history.add(at(0), all), []);
  assert.deepEqual(history.add(at(FINE_MS), [["late:late", sample]]), ["late:late"]);
  assert.deepEqual(history.add(at(HOUR), all.slice(1)), []);
  assert.deepEqual(history.add(at(HOUR + FINE_MS), [["late:late", sample]]), []);
  const range = { from: WALL, to: WALL + 2 * HOUR, points: 10 };
  assert.equal(history.query("p:p0", range, at(HOUR + FINE_MS)), null);
  assert.notEqual(history.query("late:late", range, at(HOUR + FINE_MS)), null);
});

test("a name that is too long is refused, and one of any signs is kept", () => {
  const history = fresh();
  const sample = { cpuPercent: 1, memoryBytes: 1, started: 0 };
  assert.equal(history.add(at(0), [["ü".repeat(751), sample]]).length, 1);
  assert.deepEqual(history.add(at(0), [["ü:ガ", sample]]), []);
  const next = new History(history.memory, at(0));
  assert.notEqual(next.query("ü:ガ", { from: WALL, to: WALL + 1, points: 2 }, at(1)), null);
});

// The same, naively.

interface Kept extends Sample {
  readonly slot: number;
  readonly from: number;
}

const steps = fc.array(
  fc.record({
    wait: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: FINE_MS, max: 2 * FINE_MS }) },
      { weight: 2, arbitrary: fc.integer({ min: FINE_MS, max: HOUR }) },
      { weight: 1, arbitrary: fc.integer({ min: HOUR, max: 40 * DAY }) },
    ),
    jump: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -DAY, max: DAY }) },
    ),
    cpu: fc.option(fc.double({ min: 0, max: 6400, noNaN: true })),
    memory: fc.integer({ min: 0, max: 2 ** 40 }),
  }),
  { minLength: 1, maxLength: 300 },
);

const ranges = fc.record({
  from: fc.integer({ min: 0, max: 35 * DAY }),
  length: fc.integer({ min: 1, max: 35 * DAY }),
  points: fc.integer({ min: 2, max: 400 }),
});

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

test("any samples are returned as a list of them would be", () => {
  const memory = new ArrayBuffer(HISTORY_BYTES);
  fc.assert(
    fc.property(steps, ranges, (all, { from, length, points }) => {
      new Uint8Array(memory, 0, 4096 + RECORD_BYTES).fill(0);
      const history = new History(memory, at(0));
      let [mono, set, before] = [0, 0, Number.NEGATIVE_INFINITY];
      const kept: Kept[] = [];
      for (const { wait, jump, cpu, memory: bytes } of all) {
        mono += wait;
        set += jump;
        const sample = { cpuPercent: cpu, memoryBytes: bytes, started: 0 };
        history.add(at(mono, WALL + mono + set), [["web:web", sample]]);
        const slot = Math.floor((WALL + mono) / FINE_MS);
        const isLate = mono - before < 2 * FINE_MS;
        kept.push({ ...sample, slot, from: isLate ? (kept.at(-1)?.slot ?? slot - 1) + 1 : slot });
        before = mono;
      }
      const now = at(mono, WALL + mono + set);
      const to = now.wall - from;
      const series =
        history.query("web:web", { from: to - length, to, points }, now) ?? assert.fail();
      const { cpuMean, cpuMax, memoryMax, step } = series;
      assert.ok(cpuMean.length >= 1 && cpuMean.length <= points);
      // The rule of `query`, in milliseconds before now.
      const begin = Math.min(from + length, MONTH - COARSE_MS);
      const isCoarse = begin >= DAY || (begin - Math.min(from, begin)) / points > COARSE_MS;
      const slotMs = isCoarse ? COARSE_MS : FINE_MS;
      const present = Math.floor((now.wall - set) / slotMs);
      const oldest = present - (isCoarse ? COARSE_SLOTS : FINE_SLOTS);
      for (const [index, value] of cpuMean.entries()) {
        const first = (series.from - set + index * step) / slotMs;
        const slots = Array.from({ length: step / slotMs }, (_, n) => first + n);
        const values = slots.flatMap((slot) => {
          if (slot <= oldest) return [];
          const within = isCoarse
            ? kept.filter((one) => Math.floor(one.slot / COARSE) === slot)
            : kept.filter((one) => one.from <= slot && slot <= one.slot);
          const cpus = within.flatMap(({ cpuPercent }) => cpuPercent ?? []);
          const bytes = most(within.flatMap(({ memoryBytes }) => memoryBytes ?? []));
          return [{ mean: mean(cpus), most: most(cpus), bytes }];
        });
        const means = values.flatMap((one) => one.mean ?? []);
        close(value, mean(means), "mean");
        close(cpuMax[index], most(values.flatMap((one) => one.most ?? [])), "most");
        const bytes = most(values.flatMap((one) => one.bytes ?? []));
        if (bytes !== null && bytes < 1e6) assert.notEqual(memoryMax[index], null);
        else close(memoryMax[index], bytes, "memory");
      }
    }),
    { numRuns: 60 },
  );
});
