// When schedules are due: by the fields, across changes to summer time and back, and never.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CronSchedule } from "../../../../src/core/config/value-types.ts";
import { nextCron } from "../../../../src/core/schedules/cron.ts";
import { nextAfter, parseSchedule } from "../../../../src/core/schedules/schedule.ts";
import { cpuMsOf } from "../../../cpu-time.ts";
import { fc } from "../../../property.ts";

const MINUTE = 60_000;
const UTC = () => 0;

function cron(text: string): CronSchedule {
  const schedule = parseSchedule(text);
  assert.ok(schedule.ok && schedule.value.kind === "cron", text);
  return schedule.value;
}

/** The first runs after a moment, in ISO form. */
function runs(text: string, from: string, count: number): string[] {
  const schedule = cron(text);
  const found: string[] = [];
  let at: number | null = Date.parse(from);
  for (let n = 0; n < count && at !== null; n += 1) {
    at = nextCron(schedule, at);
    if (at !== null) found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

test("a run that the change to summer time leaves out happens once, right after the gap", () => {
  assert.deepEqual(runs("30 2 * * * Europe/Berlin", "2027-03-27T00:00:00Z", 3), [
    "2027-03-27T01:30",
    "2027-03-28T01:00",
    "2027-03-29T00:30",
  ]);
  assert.deepEqual(runs("30 2,14 * * * Europe/Berlin", "2027-03-28T00:00:00Z", 3), [
    "2027-03-28T01:00",
    "2027-03-28T12:30",
    "2027-03-29T00:30",
  ]);
});

test("a run in the hour that the change back repeats happens once", () => {
  assert.deepEqual(runs("30 2 * * * Europe/Berlin", "2026-10-24T00:00:00Z", 3), [
    "2026-10-24T00:30",
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
});

for (const [stepped, listed] of [
  ["10-50/20 2", "10,30,50 2"],
  ["30 0-2/2,14", "30 0,2,14"],
  ["0 10-50/20 2", "0 10,30,50 2"],
] as const) {
  test(`${stepped} runs when ${listed} does, also when the clock changes`, () => {
    for (const from of ["2027-03-27T00:00:00Z", "2026-10-24T00:00:00Z"]) {
      const expected = runs(`${listed} * * * Europe/Berlin`, from, 12);
      assert.deepEqual(runs(`${stepped} * * * Europe/Berlin`, from, 12), expected);
      if (from.startsWith("2027")) assert.ok(expected.includes("2027-03-28T01:00"));
    }
  });
}

test("what runs every half hour goes on every half hour in the repeated hour", () => {
  const half = runs("*/30 * * * * Europe/Berlin", "2026-10-24T23:30:00Z", 6);
  const first = Date.parse(`${half[0]}Z`);
  const gaps = half.map((at) => (Date.parse(`${at}Z`) - first) / MINUTE);
  assert.deepEqual(gaps, [0, 30, 60, 90, 120, 150]);
});

test("a leap day is found, and a day that no month has is not", () => {
  assert.deepEqual(runs("0 0 29 2 * UTC", "2026-11-23T00:00:00Z", 1), ["2028-02-29T00:00"]);
  assert.deepEqual(runs("0 0 30 2 * UTC", "2026-11-23T00:00:00Z", 1), []);
});

test("an expression that is never due does not hold up the daemon", () => {
  for (const text of [
    "0 0 30 2 *",
    "* * 30 2 * Europe/Berlin",
    "* * * 30 2 *",
    "0 0 31 2,4,6,9,11 * America/New_York",
    "0-59 0-23 31 FEB,APR,JUN,SEP,NOV * UTC",
  ]) {
    const ms = cpuMsOf(() => {
      assert.equal(nextCron(cron(text), Date.UTC(2026, 10, 23)), null, text);
    });
    assert.ok(ms < 1000, `${text}: ${ms} ms`);
  }
});

test("asked about earlier and later moments in turn, and beside others, an expression has the same answers", () => {
  const others = Array.from({ length: 80 }, (_, n) => cron(`${n % 60} ${n % 24} * * * UTC`));
  const hourly = cron("15 * * * * UTC");
  for (const hour of [9, 3, 4, 23, 3, 0, 9]) {
    const at = Date.UTC(2027, 0, 5, hour, 20);
    assert.equal(nextCron(hourly, at), Date.UTC(2027, 0, 5, hour + 1, 15));
    assert.equal(nextCron(hourly, at + MINUTE), Date.UTC(2027, 0, 5, hour + 1, 15));
    for (const other of others) assert.ok((nextCron(other, at) ?? 0) > at);
  }
  const never = cron("0 0 30 2 * UTC");
  for (const at of [5, 3, 9]) assert.equal(nextCron(never, Date.UTC(2027, 0, at)), null);
});

const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
const fields = fc.constantFrom(
  "*/7 * * * *",
  "30 2 * * *",
  "0 1-3 * * 1",
  "59 23 31 * *",
  "5 4 29 2 *",
);

test("in every zone runs are strictly later, in order, and the same from any moment in between", () => {
  const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC");
  fc.assert(
    fc.property(fields, zone, moment, fc.double({ min: 0, max: 1, noNaN: true }), (...given) => {
      const [of, where, after, part] = given;
      const schedule = cron(`${of} ${where}`);
      const at = nextCron(schedule, after);
      if (at === null) return;
      assert.ok(at > after);
      const between = Math.min(at - 1, Math.floor(after + (at - after) * part));
      assert.equal(nextCron(schedule, between), at);
      const next = nextCron(schedule, at);
      assert.ok(next !== null && next > at);
    }),
    { numRuns: 300 },
  );
});

test("@every keeps its pace by the monotonic clock, and begins anew after a long pause", () => {
  const every = { kind: "every", seconds: 10 } as const;
  const at = (mono: number) => ({ mono, wall: 0 });
  assert.equal(nextAfter(every, at(500), UTC).atMono, 10_500);
  assert.equal(nextAfter(every, at(10_503), UTC, 10_500).atMono, 20_500);
  assert.equal(nextAfter(every, at(99_000), UTC, 10_500).atMono, 109_000);
});
