// Roll-outs as texts of their bucket.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RolloutDevice, RolloutState } from "../../../../src/core/fleet/rollout.ts";
import { MOST_DEVICES, stateText } from "../../../../src/core/fleet/rollout-text.ts";

/** A roll-out that all devices have failed. */
function failed(devices: number, why: string): RolloutState {
  const device: RolloutDevice = {
    progress: "failed",
    before: 12_345_678,
    revision: 12_345_679,
    why,
  };
  const rows = Array.from({ length: devices }, () => device);
  return { phase: "stopped", why, wave: 0, deadline: null, devices: rows };
}

test("the state of a roll-out fits into a message, however many devices give reasons", () => {
  const why = `refused: ${"x".repeat(491)}`;
  for (const devices of [1, 600, 2000, MOST_DEVICES]) {
    const text = stateText(failed(devices, why));
    assert.ok(text.length < 1_000_000, `${devices} devices: ${text.length}`);
    assert.ok(text.includes("refused: x"));
  }
  assert.ok(stateText(failed(1, why)).split(why).length === 3, "one reason stays whole");
});
