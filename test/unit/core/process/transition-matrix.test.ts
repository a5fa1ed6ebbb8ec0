// Every state is told every input, and does what the matrix says.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ProcessEffect,
  ProcessInput,
  ProcessPhase,
} from "../../../../src/core/process/model.ts";
import { transition } from "../../../../src/core/process/transition.ts";
import { at, exit, program, state } from "./samples.ts";
import { MATRIX, NOW, PHASES } from "./transition-matrix.ts";

/** What the process remembers before. */
const BEFORE = { startWall: 9_500, startMono: 9_500, backoff: 1, spawnErr: "old", exitStatus: 7 };

const INPUTS: Readonly<Record<ProcessInput["kind"], ProcessInput>> = {
  start: { kind: "start" },
  spawned: { kind: "spawned", pid: 43 },
  "spawn-failed": { kind: "spawn-failed", text: "boom" },
  exited: { kind: "exited", outcome: exit(0) },
  stop: { kind: "stop" },
  "kill-failed": { kind: "kill-failed", errno: "EPERM" },
  deadline: { kind: "deadline" },
  "give-up": { kind: "give-up" },
};

/** An effect in one line: `A->B {…}`, `LEVL text`, `spawn`, `kill pid signal target`. */
function line(effect: ProcessEffect): string {
  switch (effect.kind) {
    case "spawn":
      return "spawn";
    case "kill":
      return `kill ${effect.pid} ${effect.signal} ${effect.target}`;
    case "changed":
      return `${effect.change.from}->${effect.change.to} ${JSON.stringify(effect.change.details)}`;
    case "log":
      return `${effect.level} ${effect.text}`;
  }
}

for (const [kind, row] of Object.entries(MATRIX)) {
  for (const [name, expected] of Object.entries(row)) {
    const what = typeof expected === "string" ? expected : expected.effects.join("; ");
    test(`${kind} and ${name}: ${what}`, () => {
      const before = state(PHASES[kind as ProcessPhase["kind"]], BEFORE);
      const input = INPUTS[name as ProcessInput["kind"]];
      if (expected === "internal error") {
        assert.throws(() => transition(before, input, program(), NOW), /internal error/);
        return;
      }
      // Each phase's deadline is now, but for STARTING: a death now is one before startsecs.
      const now = kind === "STARTING" && name === "deadline" ? at(10_500) : NOW;
      const result = transition(before, input, program(), now);
      const { phase, effects } =
        expected === "nothing" ? { phase: before.phase, effects: [] } : expected;
      const history = expected === "nothing" ? {} : (expected.history ?? {});
      assert.deepEqual(result.state.phase, phase);
      assert.deepEqual(result.state.history, { ...before.history, ...history });
      assert.deepEqual(result.effects.map(line), effects);
    });
  }
}

test("the outcome of a spawn fits only a process that waits for it", () => {
  const waiting = state({ kind: "STARTING", pid: 0, runningAt: 11_000 }, BEFORE);
  const up = transition(waiting, { kind: "spawned", pid: 43 }, program(), NOW);
  assert.deepEqual(up.state.phase, { kind: "STARTING", pid: 43, runningAt: 11_000 });
  assert.deepEqual(up.effects.map(line), ["INFO spawned: 'web' with pid 43"]);

  const failed = transition(waiting, { kind: "spawn-failed", text: "boom" }, program(), NOW);
  assert.deepEqual(failed.state.phase, { kind: "BACKOFF", retryAt: 12_000 });
  assert.deepEqual(failed.effects.map(line), [
    "INFO spawnerr: boom",
    'STARTING->BACKOFF {"tries":2}',
  ]);
  assert.equal(failed.state.history.spawnErr, "boom");
  assert.equal(failed.state.history.stopWall, 0, "nothing lived, so nothing died");
});

test("a deadline that is not the phase's own changes nothing", () => {
  const early = at(9_999);
  for (const phase of [
    PHASES.STARTING,
    PHASES.BACKOFF,
    PHASES.STOPPING,
    PHASES.EXITED,
    { kind: "EXITED", restartAt: null } as const,
  ]) {
    const result = transition(state(phase, BEFORE), { kind: "deadline" }, program(), early);
    assert.deepEqual(result, { state: state(phase, BEFORE), effects: [] }, phase.kind);
  }
});
