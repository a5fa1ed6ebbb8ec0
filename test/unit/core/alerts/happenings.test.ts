// What events mean for alerts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inputsOf, type ProcessFacts } from "../../../../src/core/alerts/happenings.ts";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { ProcessStateName } from "../../../../src/core/process/model.ts";

const key = processKey("web", "web");
const PROGRAM: ProcessFacts = {
  ...{ isJob: false, isRestarted: true, cause: "request", isRestarting: false, problem: "why" },
};

function ofState(to: ProcessStateName, facts: Partial<ProcessFacts> = {}, expected = 0): string {
  const what = { kind: "state", key, from: "RUNNING", to, details: { expected } } as const;
  const input = inputsOf(what, () => ({ ...PROGRAM, ...facts }));
  return input === null ? "" : "incident" in input ? `began ${input.incident}` : input.kind;
}

test("a program fails when it is FATAL, or exits and stays down", () => {
  assert.equal(ofState("FATAL"), "began fatal");
  assert.equal(ofState("EXITED"), "");
  assert.equal(ofState("EXITED", { isRestarted: false }), "began failed");
  assert.equal(ofState("EXITED", { isRestarted: false }, 1), "");
  assert.equal(ofState("RUNNING"), "over");
  assert.equal(ofState("BACKOFF"), "");
});

test("a job fails when it is given up, and succeeds when it exits as expected", () => {
  const job = { isJob: true, isRestarted: false };
  assert.equal(ofState("FATAL", job), "began failed");
  assert.equal(ofState("EXITED", job), "");
  assert.equal(ofState("RUNNING", job), "");
  assert.equal(ofState("EXITED", job, 1), "over");
});

test("a stop on request ends alerts, one to restart does not", () => {
  assert.equal(ofState("STOPPED"), "forget");
  assert.equal(ofState("STOPPED", { isRestarting: true }), "");
});

test("restarts count that tsv makes because of a failure", () => {
  for (const [cause, counts] of [
    ["autorestart", true],
    ["retry", true],
    ["health", true],
    ["memory", true],
    ["request", false],
    ["schedule", false],
    ["age", false],
    ["watch", false],
  ] as const) {
    const input = inputsOf({ kind: "executes", key, pid: 5 }, () => ({ ...PROGRAM, cause }));
    assert.equal(input?.kind === "restarted", counts, cause);
  }
});

test("health is an incident of its own", () => {
  const health = (to: string) =>
    inputsOf(
      { kind: "notice", key, notice: { about: "HEALTH", details: { to }, text: "t" } },
      () => null,
    );
  assert.deepEqual(health("unhealthy"), { kind: "began", incident: "unhealthy", key, reason: "t" });
  assert.deepEqual(health("healthy"), { kind: "over", incidents: ["unhealthy"], key });
});

test("a process that is not there has no incident", () => {
  const what = { kind: "state", key, from: "RUNNING", to: "FATAL", details: {} } as const;
  assert.equal(
    inputsOf(what, () => null),
    null,
  );
  assert.deepEqual(
    inputsOf({ kind: "process-removed", key }, () => null),
    { kind: "forget", key },
  );
});
