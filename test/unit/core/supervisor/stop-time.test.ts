// How long stopping everything may take.

import assert from "node:assert/strict";
import { test } from "node:test";
import { longestStopSeconds } from "../../../../src/core/supervisor/stop-time.ts";

void test("groups of one priority stop together, priorities one after the other", () => {
  assert.equal(longestStopSeconds([]), 0);
  assert.equal(
    longestStopSeconds([
      { priority: 999, stopWaitSecs: [10, 60] },
      { priority: 5, stopWaitSecs: [] },
      { priority: 1, stopWaitSecs: [3600] },
      { priority: 999, stopWaitSecs: [20] },
    ]),
    3660,
  );
});
