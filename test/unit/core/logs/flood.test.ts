// When output is a flood, and when it is one no more.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FLOOD_BYTES,
  FLOOD_READS,
  FloodMeter,
  isFloodOver,
} from "../../../../src/core/logs/flood.ts";

/** The number of the first read at which there is a flood; null for none. */
function firstFlood(bytes: number, everyMs: number, reads = 1000): number | null {
  const meter = new FloodMeter();
  for (let read = 1; read <= reads; read += 1) {
    if (meter.add(bytes, 1000 + read * everyMs)) return read;
  }
  return null;
}

test("many small reads at once are a flood", () => {
  assert.equal(firstFlood(80, 0.02), FLOOD_READS);
  assert.equal(firstFlood(1, 0), FLOOD_READS);
});

test("many bytes at once are a flood, whether one read returns them or several", () => {
  assert.equal(firstFlood(FLOOD_BYTES, 1000), 1);
  assert.equal(firstFlood(FLOOD_BYTES / 4, 0.5), 4);
});

test("as many reads or bytes spread over time are none", () => {
  assert.equal(firstFlood(80, 1), null);
  assert.equal(firstFlood(FLOOD_BYTES / 2, 5), null);
});

test("a flood is over when less comes than that with which one begins", () => {
  assert.equal(isFloodOver(100_000, 50), false);
  assert.equal(isFloodOver(10_000, 50), true);
  // The clock did not move on: this says nothing about the rate.
  assert.equal(isFloodOver(0, 0), false);
});
