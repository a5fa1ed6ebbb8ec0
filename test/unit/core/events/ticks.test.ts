// Ticks: at multiples of the wall clock, once however many were missed, and no wake-up without a subscriber.

import assert from "node:assert/strict";
import { test } from "node:test";
import { looked, retuned, type Ticks } from "../../../../src/core/events/ticks.ts";
import { type EventName, subscribedTypes } from "../../../../src/core/events/types.ts";

const NONE: Ticks = { marks: [], lookAt: null };

function at(mono: number, wallSeconds: number) {
  return { mono, wall: wallSeconds * 1000 };
}

function wanted(...names: EventName[]): ReadonlySet<EventName> {
  return subscribedTypes(names);
}

function payloads(ticks: Ticks, mono: number, wallSeconds: number): string[] {
  return looked(ticks, at(mono, wallSeconds)).events.map(
    ({ name, payload }) => `${name} ${payload}`,
  );
}

test("without a subscriber to ticks the clock is never read", () => {
  assert.deepEqual(retuned(NONE, wanted("PROCESS_STATE"), at(0, 1003)), NONE);
  const ticks = retuned(NONE, wanted("TICK_5"), at(0, 1003));
  assert.equal(retuned(ticks, wanted("PROCESS_LOG"), at(500, 1003.5)).lookAt, null);
});

test("the first tick comes at the first boundary after a subscription", () => {
  const ticks = retuned(NONE, wanted("TICK_5"), at(100, 1003.25));
  assert.equal(ticks.lookAt, 100 + 1750);
  assert.deepEqual(payloads(ticks, 1849, 1004.999), []);
  assert.deepEqual(payloads(ticks, 1850, 1005), ["TICK_5 when:1005"]);
});

test("periods have their own boundaries, and boundaries that were missed are one event", () => {
  const ticks = retuned(NONE, wanted("TICK"), at(0, 3599));
  assert.deepEqual(payloads(ticks, 1000, 3600), [
    "TICK_5 when:3600",
    "TICK_60 when:3600",
    "TICK_3600 when:3600",
  ]);
  assert.deepEqual(payloads(ticks, 1000, 3725), [
    "TICK_5 when:3725",
    "TICK_60 when:3720",
    "TICK_3600 when:3600",
  ]);
});

test("a new pool does not move the ticks of those before it", () => {
  const first = retuned(NONE, wanted("TICK_60"), at(0, 100));
  const second = retuned(first, wanted("TICK_60", "TICK_5"), at(10_000, 119.9));
  assert.deepEqual(payloads(second, 10_100, 120), ["TICK_5 when:120", "TICK_60 when:120"]);
});

test("a wall clock that was set is noticed within a minute, in either direction (tick-clock)", () => {
  const ticks = retuned(NONE, wanted("TICK_3600"), at(0, 100));
  assert.equal(ticks.lookAt, 60_000);
  assert.deepEqual(payloads(ticks, 60_000, 160), []);
  assert.deepEqual(payloads(ticks, 60_000, 7300), ["TICK_3600 when:7200"]);
  const late = looked(ticks, at(60_000, 7300)).ticks;
  assert.deepEqual(payloads(late, 120_000, 160), ["TICK_3600 when:0"]);
});
