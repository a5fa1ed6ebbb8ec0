// The waits between attempts to reach a hub.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reconnectDelayMs } from "../../../../src/core/fleet/reconnect.ts";

test("a wait doubles with each failure, up to a minute", () => {
  const waits = [1, 2, 5, 6, 7, 5000].map((failures) => reconnectDelayMs(failures, 0));
  assert.deepEqual(waits, [2000, 4000, 32_000, 60_000, 60_000, 60_000]);
});

test("chance takes up to half of a wait", () => {
  assert.equal(reconnectDelayMs(1, 1), 1000);
  assert.equal(reconnectDelayMs(30, 0.5), 45_000);
});

test("chance alone decides when a lost connection is made again", () => {
  assert.deepEqual([reconnectDelayMs(0, 1), reconnectDelayMs(0, 0)], [500, 10_000]);
});
