// Restarts and last exits in short.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agoText,
  exitText,
  isRestless,
  type LastExit,
  restartsOf,
  shortExitText,
} from "../../../../src/core/why/restarts.ts";

const CRASH: LastExit = {
  ...{ ending: "exited", end: 1000, exitStatus: 1, signal: null, expected: false },
};

test("the run under way is no restart, nor is the one that a program ended with", () => {
  assert.deepEqual(
    (["RUNNING", "STARTING", "STOPPING", "FATAL", "EXITED", "STOPPED"] as const).map((state) =>
      restartsOf(state, 3),
    ),
    [3, 3, 3, 2, 2, 2],
  );
  assert.equal(restartsOf("STOPPED", 0), 0);
});

test("a program that exited in the last minutes is unstable; a stopped one is not", () => {
  const restless = (state: string, now: number, last: LastExit | null, total = 3) =>
    isRestless(state, now, { total, last });
  assert.equal(restless("RUNNING", 1010, CRASH), true);
  assert.equal(restless("RUNNING", 1300, CRASH), false);
  assert.equal(restless("FATAL", 1010, CRASH), false);
  assert.equal(restless("RUNNING", 1010, { ...CRASH, ending: "stopped" }), false);
  assert.equal(restless("RUNNING", 1010, null), false);
  // Between two runs.
  assert.equal(restless("EXITED", 1010, CRASH), true);
  assert.equal(restless("EXITED", 1010, CRASH, 1), false);
  assert.equal(restless("EXITED", 1010, { ...CRASH, expected: true }), false);
});

test("exits and spans are short", () => {
  assert.equal(exitText(CRASH), "exit status 1");
  assert.equal(shortExitText(CRASH), "exit 1");
  assert.equal(shortExitText({ ...CRASH, exitStatus: null, signal: 9 }), "signal 9");
  assert.equal(exitText({ ...CRASH, exitStatus: null, signal: 9 }), "signal 9");
  assert.equal(exitText({ ...CRASH, ending: "not-spawned", exitStatus: null }), "not started");
  assert.deepEqual([-3, 0, 59, 60, 7200, 200_000].map(agoText), [
    ...["0s ago", "0s ago", "59s ago", "1m ago", "2h ago", "2d ago"],
  ]);
});
