// What clients of Supervisor are shown of each phase: eight states and no other.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessPhase } from "../../../../src/core/process/model.ts";
import { isDown, isStoppable, publicState } from "../../../../src/core/process/public-state.ts";
import { PROCESS_STATE_CODES } from "../../../../src/core/process/states.ts";
import { PHASES } from "./transition-matrix.ts";

function shown(of: (phase: ProcessPhase) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(PHASES).map(([kind, phase]) => [kind, of(phase)]));
}

test("each phase is shown as a state that Supervisor has, and each state is shown", () => {
  const states = shown(publicState);
  assert.deepEqual(new Set(Object.values(states)), new Set(Object.keys(PROCESS_STATE_CODES)));
  assert.equal(states["SPAWNING"], "STARTING");
  for (const state of Object.keys(PROCESS_STATE_CODES)) assert.equal(states[state], state);
});

test("what is down has no start under way and nothing that a stop would reach, but for UNKNOWN", () => {
  assert.deepEqual(
    Object.entries(shown((phase) => isDown({ phase }))).flatMap(([kind, is]) => (is ? kind : [])),
    ["STOPPED", "EXITED", "FATAL", "UNKNOWN"],
  );
});

test("what runs, is on its way up or will be started again by itself can be stopped", () => {
  assert.deepEqual(
    Object.entries(shown((phase) => isStoppable({ phase }))).flatMap(([kind, is]) =>
      is ? kind : [],
    ),
    ["SPAWNING", "STARTING", "RUNNING", "BACKOFF", "EXITED"],
  );
  assert.equal(isStoppable({ phase: { kind: "EXITED", restartAt: null } }), false);
});
