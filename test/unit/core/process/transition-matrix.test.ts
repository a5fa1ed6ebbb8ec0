// Every state against every input: the next state, the effects in order and the log lines, word for word.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ProcessEffect,
  ProcessInput,
  ProcessPhase,
  ProcessState,
} from "../../../../src/core/process/model.ts";
import { transition } from "../../../../src/core/process/transition.ts";
import { at, exit, program, state } from "./samples.ts";

const NOW = at(10_000);

const BEFORE = { startWall: 9_500, startMono: 9_500, backoff: 1, spawnErr: "old", exitStatus: 7 };

const PHASES: Readonly<Record<ProcessPhase["kind"], ProcessPhase>> = {
  STOPPED: { kind: "STOPPED" },
  STARTING: { kind: "STARTING", pid: 42, runningAt: 10_500 },
  RUNNING: { kind: "RUNNING", pid: 42 },
  BACKOFF: { kind: "BACKOFF", retryAt: 10_000 },
  STOPPING: { kind: "STOPPING", pid: 42, killAt: 10_000 },
  EXITED: { kind: "EXITED", restartAt: 10_000 },
  FATAL: { kind: "FATAL" },
  UNKNOWN: { kind: "UNKNOWN", pid: 42 },
};

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

type Expected =
  | "nothing"
  | "internal error"
  | { phase: ProcessPhase; history?: Partial<ProcessState["history"]>; effects: readonly string[] };

const STARTED = {
  startWall: NOW.wall,
  startMono: 10_000,
  spawnErr: "",
  exitStatus: null,
};

/** What a start does, from any state in which nothing lives. */
function starts(from: string): Expected {
  return {
    phase: { kind: "STARTING", pid: 0, runningAt: 11_000 },
    history: STARTED,
    effects: [`${from}->STARTING {"tries":1}`, "spawn"],
  };
}

const REFUSED: (phase: ProcessPhase["kind"]) => Expected = (kind) => ({
  phase: PHASES[kind],
  effects: ["WARN process 'web' already running"],
});

const KILL_FAILED = "unknown problem killing web (42): kill(2) failed with EPERM";

function becomesUnknown(from: string): Expected {
  return {
    phase: { kind: "UNKNOWN", pid: 42 },
    history: { spawnErr: KILL_FAILED },
    effects: [`CRIT ${KILL_FAILED}`, `${from}->UNKNOWN {}`],
  };
}

function isTold(from: string): Expected {
  return {
    phase: { kind: "STOPPING", pid: 42, killAt: 20_000 },
    effects: [
      "DEBG killing web (pid 42) with signal SIGTERM",
      `${from}->STOPPING {"pid":42}`,
      "kill 42 15 process",
    ],
  };
}

function isDown(from: string): Expected {
  return {
    phase: { kind: "STOPPED" },
    history: { stopWall: NOW.wall, exitStatus: 0 },
    effects: [`${from}->STOPPED {"pid":42}`, "INFO stopped: web (exit status 0)"],
  };
}

const MATRIX: Record<ProcessPhase["kind"], Record<ProcessInput["kind"], Expected>> = {
  STOPPED: {
    start: starts("STOPPED"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: "nothing",
    "kill-failed": "nothing",
    deadline: "nothing",
    "give-up": "nothing",
  },
  STARTING: {
    start: REFUSED("STARTING"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: {
        stopWall: NOW.wall,
        backoff: 2,
        spawnErr: "Exited too quickly (process log may have details)",
      },
      effects: ["WARN exited: web (exit status 0; not expected)", 'STARTING->BACKOFF {"tries":2}'],
    },
    stop: isTold("STARTING"),
    "kill-failed": becomesUnknown("STARTING"),
    deadline: {
      phase: { kind: "RUNNING", pid: 42 },
      history: { backoff: 0 },
      effects: [
        'STARTING->RUNNING {"pid":42}',
        "INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
      ],
    },
    "give-up": "nothing",
  },
  RUNNING: {
    start: REFUSED("RUNNING"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: {
      phase: { kind: "EXITED", restartAt: null },
      history: { stopWall: NOW.wall, backoff: 0, exitStatus: 0 },
      effects: [
        'RUNNING->EXITED {"expected":1,"pid":42}',
        "INFO exited: web (exit status 0; expected)",
      ],
    },
    stop: isTold("RUNNING"),
    "kill-failed": becomesUnknown("RUNNING"),
    deadline: "nothing",
    "give-up": "nothing",
  },
  BACKOFF: {
    start: starts("BACKOFF"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: {
      phase: { kind: "STOPPED" },
      effects: [
        "DEBG Attempted to kill web, which is in BACKOFF state.",
        'BACKOFF->STOPPED {"pid":0}',
      ],
    },
    "kill-failed": "nothing",
    deadline: starts("BACKOFF"),
    "give-up": {
      phase: { kind: "FATAL" },
      history: { backoff: 0 },
      effects: ["BACKOFF->FATAL {}"],
    },
  },
  STOPPING: {
    start: REFUSED("STOPPING"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: isDown("STOPPING"),
    stop: "nothing",
    "kill-failed": becomesUnknown("STOPPING"),
    deadline: {
      phase: { kind: "STOPPING", pid: 42, killAt: 20_000 },
      effects: [
        "WARN killing 'web' (42) with SIGKILL",
        "DEBG killing web (pid 42) with signal SIGKILL",
        "kill 42 9 process",
      ],
    },
    "give-up": "nothing",
  },
  EXITED: {
    start: starts("EXITED"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: { phase: { kind: "STOPPED" }, effects: ['EXITED->STOPPED {"pid":0}'] },
    "kill-failed": "nothing",
    deadline: starts("EXITED"),
    "give-up": "nothing",
  },
  FATAL: {
    start: starts("FATAL"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: "nothing",
    "kill-failed": "nothing",
    deadline: "nothing",
    "give-up": "nothing",
  },
  UNKNOWN: {
    start: REFUSED("UNKNOWN"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: isDown("UNKNOWN"),
    stop: "nothing",
    "kill-failed": "nothing",
    deadline: "nothing",
    "give-up": "nothing",
  },
};

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
