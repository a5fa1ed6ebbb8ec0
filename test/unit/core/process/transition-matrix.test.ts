// Every state gets every input, and behaves as in the matrix.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ProcessEffect,
  ProcessInput,
  ProcessPhase,
} from "../../../../src/core/process/model.ts";
import { transition } from "../../../../src/core/process/transition.ts";
import { at, exit, program, state } from "./samples.ts";
import { GATE, MATRIX, NOW, PHASES, SPAWNING } from "./transition-matrix.ts";

/** What the process remembers before. */
const BEFORE = { startWall: 9_500, startMono: 9_500, backoff: 1, spawnErr: "old", exitStatus: 7 };

const INPUTS: Readonly<Record<ProcessInput["kind"], ProcessInput>> = {
  start: { kind: "start", by: "request" },
  spawned: { kind: "spawned", pid: 43 },
  "spawn-failed": { kind: "spawn-failed", text: "boom" },
  exited: { kind: "exited", outcome: exit(0) },
  stop: { kind: "stop" },
  checked: { kind: "checked", pid: 42, ok: true, text: "" },
  extend: { kind: "extend", pid: 42, ms: 0 },
  measured: { kind: "measured", pid: 42, bytes: 1 },
  gate: { kind: "gate", gate: GATE },
  restart: { kind: "restart", by: "restart-with" },
  "kill-failed": { kind: "kill-failed", errno: "EPERM" },
  deadline: { kind: "deadline" },
  "give-up": { kind: "give-up" },
  "spawn-again": { kind: "spawn-again" },
};

/** An effect in one line: `A->B {…}`, `LEVL text`, `spawn`, `kill pid signal target`. */
function line(effect: ProcessEffect): string {
  switch (effect.kind) {
    case "spawn":
    case "check":
    case "cancel-check":
    case "abandon":
    case "give-up-start":
    case "executes":
      return effect.kind;
    case "start-again":
      return `start again by ${effect.by}`;
    case "kill":
      return `kill ${effect.pid} ${effect.signal} ${effect.target}`;
    case "signal":
      return `signal ${effect.pid} ${effect.signal}`;
    case "changed":
      return `${effect.change.from}->${effect.change.to} ${JSON.stringify(effect.change.details)}`;
    case "notice":
      return `${effect.notice.about} ${JSON.stringify(effect.notice.details)} ${effect.notice.text}`;
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
  const waiting = state(SPAWNING, BEFORE);
  const up = transition(waiting, { kind: "spawned", pid: 43 }, program(), NOW);
  assert.deepEqual(up.state.phase, { kind: "STARTING", pid: 43, runningAt: 11_000 });
  assert.deepEqual(up.effects.map(line), ["INFO spawned: 'web' with pid 43", "executes"]);

  const failed = transition(waiting, { kind: "spawn-failed", text: "boom" }, program(), NOW);
  assert.deepEqual(failed.state.phase, { kind: "BACKOFF", retryAt: 12_000 });
  assert.deepEqual(failed.effects.map(line), [
    "INFO spawnerr: boom",
    'STARTING->BACKOFF {"tries":2}',
  ]);
  assert.equal(failed.state.history.spawnErr, "boom");
  assert.equal(failed.state.history.stopWall, 0, "nothing lived, so nothing died");
});

test("a start that is stopped before its outcome is known is abandoned, and down at once", () => {
  const { state: after, effects } = transition(
    state(SPAWNING, BEFORE),
    { kind: "stop" },
    program(),
    NOW,
  );
  assert.deepEqual(after.phase, { kind: "STOPPED" });
  assert.deepEqual(effects.map(line), [
    "abandon",
    'STARTING->STOPPING {"pid":0}',
    'STOPPING->STOPPED {"pid":0}',
    "INFO stopped: web (before it executed)",
  ]);
});

test("a start without an outcome in time is abandoned, regardless of startsecs", () => {
  for (const startSecs of [0, 100]) {
    const waiting = state(SPAWNING, BEFORE);
    const config = program({ startSecs });
    const early = transition(waiting, { kind: "deadline" }, config, at(14_999));
    assert.deepEqual(early.effects, []);
    const late = transition(waiting, { kind: "deadline" }, config, at(15_000));
    assert.deepEqual(late.effects.map(line), ["give-up-start"]);
    assert.deepEqual(late.state.phase, waiting.phase, "until it is reported");
  }
});

test("startsecs begin when the program executes", () => {
  const up = transition(
    state(SPAWNING, BEFORE),
    { kind: "spawned", pid: 43 },
    program(),
    at(13_000),
  );
  assert.deepEqual(up.state.phase, { kind: "STARTING", pid: 43, runningAt: 14_000 });
});

test("a start is begun again only while its outcome is not known", () => {
  const again = transition(state(SPAWNING, BEFORE), { kind: "spawn-again" }, program(), at(12_000));
  assert.deepEqual(again.state.phase, { kind: "SPAWNING", giveUpAt: 17_000 });
  assert.deepEqual(again.effects.map(line), ["spawn"]);
});

test("failures of the host are not counted, and tried again with growing delays without end (host-failures)", () => {
  const config = program({ startRetries: 0 });
  let current = state(SPAWNING, { ...BEFORE, backoff: 0 });
  let now = 10_000;
  const delays: number[] = [];
  for (let tries = 1; tries <= 9; tries += 1) {
    const input = { kind: "spawn-failed", text: "boom", byHost: true } as const;
    const failed = transition(current, input, config, at(now));
    const { phase, history } = failed.state;
    assert.equal(phase.kind, "BACKOFF");
    assert.equal(history.backoff, 0);
    assert.match(history.spawnErr, /^boom \(the host failed, not the program/);
    assert.match(failed.effects.map(line)[0] ?? "", /^INFO spawnerr: boom .*next in \d+ s$/);
    assert.equal(failed.effects.map(line)[1], `STARTING->BACKOFF {"tries":${tries}}`);
    if (phase.kind !== "BACKOFF") return;
    delays.push((phase.retryAt - now) / 1000);
    now = phase.retryAt;
    current = transition(failed.state, { kind: "deadline" }, config, at(now)).state;
  }
  assert.deepEqual(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  const up = transition(current, { kind: "spawned", pid: 43 }, config, at(now));
  assert.equal(up.state.history.hostFailures, 0);
});

test("a deadline of another phase changes nothing", () => {
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
