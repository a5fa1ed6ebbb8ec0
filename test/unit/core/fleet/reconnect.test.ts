// The waits between attempts to reach a hub.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reconnectDelayMs } from "../../../../src/core/fleet/reconnect.ts";

test("a wait doubles with each failure, up to a minute", () => {
  const waits = [0, 1, 2, 5, 6, 7, 5000].map((failures) => reconnectDelayMs(failures, 0));
  assert.deepEqual(waits, [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
});

test("chance takes up to half of a wait", () => {
  assert.equal(reconnectDelayMs(0, 1), 500);
  assert.equal(reconnectDelayMs(30, 0.5), 45_000);
});
