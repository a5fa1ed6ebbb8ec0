// The public state of each phase: Supervisor's eight states and no other.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessPhase } from "../../../../src/core/process/model.ts";
import {
  isDown,
  isStoppable,
  PROCESS_STATE_CODES,
  publicState,
} from "../../../../src/core/process/model.ts";
import { PHASES } from "./samples.ts";

function shown(of: (phase: ProcessPhase) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(PHASES).map(([kind, phase]) => [kind, of(phase)]));
}

test("each phase is shown as a state that Supervisor has, and each state is shown", () => {
  const states = shown(publicState);
  assert.deepEqual(new Set(Object.values(states)), new Set(Object.keys(PROCESS_STATE_CODES)));
  assert.equal(states["SPAWNING"], "STARTING");
  assert.equal(states["WAITING"], "STARTING");
  assert.equal(states["BLOCKED"], "BACKOFF");
  for (const state of Object.keys(PROCESS_STATE_CODES)) assert.equal(states[state], state);
});

test("a process that is down has no start in progress and cannot be stopped, except in UNKNOWN", () => {
  assert.deepEqual(
    Object.entries(shown((phase) => isDown({ phase, hook: null }))).flatMap(([kind, is]) =>
      is ? kind : [],
    ),
    ["STOPPED", "EXITED", "FATAL", "UNKNOWN"],
  );
});

test("a process that runs, starts or will be restarted can be stopped", () => {
  assert.deepEqual(
    Object.entries(shown((phase) => isStoppable({ phase }))).flatMap(([kind, is]) =>
      is ? kind : [],
    ),
    [
      ...["WAITING", "BLOCKED", "SPAWNING", "STARTING", "READYING", "FAILING", "RUNNING"],
      ...["BACKOFF", "EXITED"],
    ],
  );
  assert.equal(isStoppable({ phase: { kind: "EXITED", restartAt: null } }), false);
});
