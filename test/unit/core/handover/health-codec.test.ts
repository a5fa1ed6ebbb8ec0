// The watch over a run in a handover: what is known goes on, a check under way is begun again, and versions without it read the rest.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../../src/core/handover/codec.ts";
import { processPhase, processState } from "../../../../src/core/handover/process-codec.ts";
import type { Health } from "../../../../src/core/process/model.ts";
import { NEVER_STARTED, type ProcessPhase } from "../../../../src/core/process/model.ts";

const HEALTH: Health = {
  ...{ isHealthy: null, failures: 2, said: "connection refused", wasHealthy: false },
  ...{ countsFrom: 5000, nextAt: 70_000, isChecking: false },
};

const running = (health: Health): ProcessPhase => ({
  ...{ kind: "RUNNING", pid: 7 },
  watch: { health, oldAt: 86_400_000, overs: 1 },
});

const throughText = (phase: ProcessPhase): ProcessPhase =>
  processPhase.decode(JSON.parse(JSON.stringify(processPhase.encode(phase))), "phase");

test("failures, health, start period, age and memory go on (health-check)", () => {
  assert.deepEqual(throughText(running(HEALTH)), running(HEALTH));
});

test("a check under way is due at once", () => {
  const after = throughText(running({ ...HEALTH, isChecking: true }));
  assert.deepEqual(after, running({ ...HEALTH, nextAt: 0 }));
});

test("the documents of versions without it are read, and nothing is watched", () => {
  const old: Json = { kind: "RUNNING", pid: 7 };
  assert.deepEqual(processPhase.decode(old, "phase"), { kind: "RUNNING", pid: 7, watch: null });
  const { reason, ...history } = NEVER_STARTED.history;
  assert.equal(reason, null);
  const state: Json = { phase: { kind: "STOPPED" }, history: { ...history } };
  assert.deepEqual(processState.decode(state, "state"), NEVER_STARTED);
});
