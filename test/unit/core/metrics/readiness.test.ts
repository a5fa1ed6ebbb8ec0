// When a program is as it should be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProgramCondition, whyNotReady } from "../../../../src/core/metrics/readiness.ts";

const UP: ProgramCondition = {
  ...{ state: "RUNNING", stoppable: true, isScheduled: false, isUnhealthy: false },
  isOnDemand: false,
  hasFailed: false,
};

const CASES: readonly (readonly [Partial<ProgramCondition>, string | null])[] = [
  [{}, null],
  [{ isUnhealthy: true }, "unhealthy"],
  [{ isUnhealthy: true, isScheduled: true }, "unhealthy"],
  [{ hasFailed: true }, null],
  [{ state: "STARTING" }, "STARTING"],
  [{ state: "BACKOFF" }, "BACKOFF"],
  [{ state: "FATAL", stoppable: false }, "FATAL"],
  [{ state: "UNKNOWN", stoppable: false }, "UNKNOWN"],
  // Stopped on request, or with autostart=false.
  [{ state: "STOPPED", stoppable: false }, null],
  [{ state: "STOPPING", stoppable: false }, null],
  // Its start is due.
  [{ state: "STOPPED" }, "STOPPED"],
  [{ state: "STOPPING" }, "STOPPING"],
  [{ state: "EXITED" }, "EXITED"],
  [{ state: "EXITED", stoppable: false }, null],
  [{ state: "EXITED", stoppable: false, hasFailed: true }, "EXITED"],
  // It awaits a connection.
  [{ state: "STOPPED", isOnDemand: true }, null],
  [{ state: "EXITED", isOnDemand: true, hasFailed: true }, null],
  [{ state: "FATAL", isOnDemand: true }, "FATAL"],
  // Down between two runs.
  [{ state: "STOPPED", isScheduled: true }, null],
  [{ state: "EXITED", isScheduled: true, hasFailed: true }, null],
];

for (const [facts, why] of CASES) {
  test(`${JSON.stringify(facts)} is ${why ?? "ready"}`, () => {
    assert.equal(whyNotReady({ ...UP, ...facts }), why);
  });
}
