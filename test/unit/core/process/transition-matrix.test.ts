// Every phase against every input: the next phase, the effects in order and the log lines, word for word.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ProcessEffect,
  ProcessInput,
  ProcessPhase,
  ProcessState,
  StartCause,
} from "../../../../src/core/process/model.ts";
import { transition } from "../../../../src/core/process/transition.ts";
import { at, exit, PHASES, program, state } from "./samples.ts";

/** The time of every input. */
const NOW = at(10_000);

/** The gate of every start. */
const GATE = { kind: "blocked", text: "blocked: db is not there", on: "" } as const;

/** The consequence of an input; only changes of the history. */
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

/** A start in progress. */
const SPAWNING: ProcessPhase = { kind: "SPAWNING", giveUpAt: 15_000 };

/** A start without a live process. */
function starts(from: string): Expected {
  return {
    phase: SPAWNING,
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

function stops(from: string, again: StartCause | null = null): Expected {
  return {
    phase: { kind: "STOPPING", pid: 42, killAt: 20_000, again },
    effects: [
      "DEBG killing web (pid 42) with signal SIGTERM",
      `${from}->STOPPING {"pid":42}`,
      "kill 42 15 process",
    ],
  };
}

const CHANGED = "app.js changed";

/** Of files that have changed; failures before do not count any more. */
function startsAnew(expected: Expected, reports: readonly string[] = []): Expected {
  if (typeof expected === "string") return expected;
  const reason = { by: "watch", text: CHANGED } as const;
  return {
    phase: expected.phase,
    history: { reason, backoff: 0, hostFailures: 0, shortRuns: 0, failedAt: [] },
    effects: [`INFO restarting web: ${CHANGED}`, ...reports, ...expected.effects],
  };
}

/** The same, of a process that executes. */
function restarts(expected: Expected): Expected {
  return startsAnew(expected, [`RESTART {"pid":42,"reason":"watch"} ${CHANGED}`]);
}

/** Cancels the check in progress first. */
function afterCheck(expected: Expected): Expected {
  if (typeof expected === "string") return expected;
  return { ...expected, effects: ["cancel-check", ...expected.effects] };
}

function isDown(from: string): Expected {
  return {
    phase: { kind: "STOPPED" },
    history: { stopWall: NOW.wall, exitStatus: 0 },
    effects: [`${from}->STOPPED {"pid":42}`, "INFO stopped: web (exit status 0)"],
  };
}

/** Inputs that are not listed change nothing, or are internal errors: see `expectedOf`. */
const MATRIX: Record<ProcessPhase["kind"], Partial<Record<ProcessInput["kind"], Expected>>> = {
  STOPPED: { start: starts("STOPPED") },
  WAITING: {
    start: {
      phase: SPAWNING,
      history: STARTED,
      // Clients saw it STARTING all the time.
      effects: ["spawn"],
    },
    stop: {
      phase: { kind: "STOPPED" },
      effects: ['STARTING->STOPPING {"pid":0}', 'STOPPING->STOPPED {"pid":0}'],
    },
    gate: {
      phase: { kind: "BLOCKED", by: "autostart", text: GATE.text, on: "" },
      history: { spawnErr: GATE.text },
      effects: ['STARTING->BACKOFF {"tries":1}', `WARN start of web is ${GATE.text}`],
    },
  },
  BLOCKED: {
    start: starts("BACKOFF"),
    stop: { phase: { kind: "STOPPED" }, effects: ['BACKOFF->STOPPED {"pid":0}'] },
    gate: {
      phase: { kind: "BLOCKED", by: "autostart", text: GATE.text, on: "" },
      history: { spawnErr: GATE.text },
      effects: [],
    },
  },
  SPAWNING: {
    start: REFUSED("SPAWNING"),
    spawned: {
      phase: { kind: "STARTING", pid: 43, runningAt: 11_000 },
      history: { hostFailures: 0, spawnErr: "" },
      effects: ["INFO spawned: 'web' with pid 43", "executes"],
    },
    "spawn-failed": {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: { backoff: 2, spawnErr: "boom" },
      effects: ["INFO spawnerr: boom", 'STARTING->BACKOFF {"tries":2}'],
    },
    stop: {
      phase: { kind: "STOPPED" },
      effects: [
        "abandon",
        'STARTING->STOPPING {"pid":0}',
        'STOPPING->STOPPED {"pid":0}',
        "INFO stopped: web (before it executed)",
      ],
    },
    deadline: { phase: { kind: "SPAWNING", giveUpAt: 10_000 }, effects: ["give-up-start"] },
    "spawn-again": { phase: SPAWNING, effects: ["spawn"] },
    "spawn-waits": {
      phase: SPAWNING,
      history: { spawnErr: "waiting for other starts, of which too many hang" },
      effects: ["INFO start of web is waiting for other starts, of which too many hang"],
    },
    restart: {
      phase: { kind: "STOPPED" },
      effects: [
        "abandon",
        'STARTING->STOPPING {"pid":0}',
        'STOPPING->STOPPED {"pid":0}',
        "INFO stopped: web (before it executed)",
        "start again by restart-with",
      ],
    },
    "files-changed": startsAnew({
      phase: { kind: "STOPPED" },
      effects: [
        "abandon",
        'STARTING->STOPPING {"pid":0}',
        'STOPPING->STOPPED {"pid":0}',
        "INFO stopped: web (before it executed)",
        "start again by watch",
      ],
    }),
  },
  STARTING: {
    start: REFUSED("STARTING"),
    exited: {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: {
        stopWall: NOW.wall,
        backoff: 2,
        spawnErr: "Exited too quickly (process log may have details)",
      },
      effects: ["WARN exited: web (exit status 0; not expected)", 'STARTING->BACKOFF {"tries":2}'],
    },
    stop: stops("STARTING"),
    "kill-failed": becomesUnknown("STARTING"),
    deadline: {
      phase: { kind: "RUNNING", pid: 42, watch: null },
      history: { backoff: 0 },
      effects: [
        'STARTING->RUNNING {"pid":42}',
        "INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
      ],
    },
    restart: stops("STARTING", "restart-with"),
    "files-changed": restarts(stops("STARTING", "watch")),
  },
  READYING: {
    start: REFUSED("READYING"),
    exited: {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: { stopWall: NOW.wall, backoff: 2, spawnErr: "Exited before it was ready" },
      effects: [
        "cancel-check",
        "WARN exited: web (exit status 0; not expected)",
        'STARTING->BACKOFF {"tries":2}',
      ],
    },
    stop: afterCheck(stops("STARTING")),
    "kill-failed": becomesUnknown("STARTING"),
    // Without ready_check.
    configured: {
      phase: { kind: "RUNNING", pid: 42, watch: null },
      history: { backoff: 0 },
      effects: [
        "cancel-check",
        "INFO ready: web",
        'READY {"pid":42} ',
        'STARTING->RUNNING {"pid":42}',
        "INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
      ],
    },
    checked: {
      phase: { kind: "RUNNING", pid: 42, watch: null },
      history: { backoff: 0 },
      effects: [
        "INFO ready: web",
        'READY {"pid":42} ',
        'STARTING->RUNNING {"pid":42}',
        "INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
      ],
    },
    restart: afterCheck(stops("STARTING", "restart-with")),
    "files-changed": restarts(afterCheck(stops("STARTING", "watch"))),
  },
  FAILING: {
    start: REFUSED("FAILING"),
    exited: {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: { stopWall: NOW.wall, backoff: 2 },
      effects: ["WARN exited: web (exit status 0; not expected)", 'STARTING->BACKOFF {"tries":2}'],
    },
    stop: {
      phase: { kind: "STOPPING", pid: 42, killAt: 10_000, again: null },
      effects: ['STARTING->STOPPING {"pid":42}'],
    },
    "kill-failed": becomesUnknown("STARTING"),
    deadline: {
      phase: { kind: "FAILING", pid: 42, killAt: 20_000 },
      effects: [
        "WARN killing 'web' (42) with SIGKILL",
        "DEBG killing web (pid 42) with signal SIGKILL",
        "kill 42 9 process",
      ],
    },
    "files-changed": restarts({
      phase: { kind: "STOPPING", pid: 42, killAt: 10_000, again: "watch" },
      effects: ['STARTING->STOPPING {"pid":42}'],
    }),
  },
  RUNNING: {
    start: REFUSED("RUNNING"),
    exited: {
      phase: { kind: "EXITED", restartAt: null },
      history: { stopWall: NOW.wall, backoff: 0, exitStatus: 0 },
      effects: [
        'RUNNING->EXITED {"expected":1,"pid":42}',
        "INFO exited: web (exit status 0; expected)",
      ],
    },
    stop: stops("RUNNING"),
    "kill-failed": becomesUnknown("RUNNING"),
    restart: stops("RUNNING", "restart-with"),
    "files-changed": restarts(stops("RUNNING", "watch")),
  },
  BACKOFF: {
    start: starts("BACKOFF"),
    stop: {
      phase: { kind: "STOPPED" },
      effects: [
        "DEBG Attempted to kill web, which is in BACKOFF state.",
        'BACKOFF->STOPPED {"pid":0}',
      ],
    },
    deadline: starts("BACKOFF"),
    "give-up": {
      phase: { kind: "FATAL", retryAt: null },
      history: { backoff: 0, hostFailures: 0 },
      effects: ["BACKOFF->FATAL {}"],
    },
    "files-changed": startsAnew({
      phase: { kind: "STOPPED" },
      effects: [
        "DEBG Attempted to kill web, which is in BACKOFF state.",
        'BACKOFF->STOPPED {"pid":0}',
        "start again by watch",
      ],
    }),
  },
  STOPPING: {
    start: REFUSED("STOPPING"),
    exited: isDown("STOPPING"),
    "kill-failed": becomesUnknown("STOPPING"),
    deadline: {
      phase: { kind: "STOPPING", pid: 42, killAt: 20_000, again: null },
      effects: [
        "WARN killing 'web' (42) with SIGKILL",
        "DEBG killing web (pid 42) with signal SIGKILL",
        "kill 42 9 process",
      ],
    },
  },
  EXITED: {
    start: starts("EXITED"),
    stop: { phase: { kind: "STOPPED" }, effects: ['EXITED->STOPPED {"pid":0}'] },
    deadline: starts("EXITED"),
    "files-changed": startsAnew({
      phase: { kind: "STOPPED" },
      effects: ['EXITED->STOPPED {"pid":0}', "start again by watch"],
    }),
  },
  FATAL: {
    start: starts("FATAL"),
    "files-changed": startsAnew({
      phase: { kind: "FATAL", retryAt: null },
      effects: ["start again by watch"],
    }),
  },
  UNKNOWN: {
    start: REFUSED("UNKNOWN"),
    exited: isDown("UNKNOWN"),
  },
};

/** The history before an input. */
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
  "files-changed": { kind: "files-changed", text: CHANGED },
  configured: { kind: "configured" },
  "hook-ended": { kind: "hook-ended", name: "post_stop", ok: true, text: "" },
  "kill-failed": { kind: "kill-failed", errno: "EPERM" },
  deadline: { kind: "deadline" },
  "give-up": { kind: "give-up" },
  "spawn-again": { kind: "spawn-again" },
  "spawn-waits": { kind: "spawn-waits" },
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
    case "cancel-hook":
      return effect.kind;
    case "hook":
      return effect.name;
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

/** An outcome of a spawn or an exit without such a process is an internal error. */
function expectedOf(kind: ProcessPhase["kind"], input: ProcessInput["kind"]): Expected {
  const isImpossible =
    input === "spawned" ||
    input === "spawn-failed" ||
    (input === "exited" && !("pid" in PHASES[kind]));
  return MATRIX[kind][input] ?? (isImpossible ? "internal error" : "nothing");
}

for (const [kind, phaseBefore] of Object.entries(PHASES)) {
  for (const [name, input] of Object.entries(INPUTS)) {
    const expected = expectedOf(phaseBefore.kind, input.kind);
    const what = typeof expected === "string" ? expected : expected.effects.join("; ");
    test(`${kind} and ${name}: ${what}`, () => {
      const before = state(phaseBefore, BEFORE);
      if (expected === "internal error") {
        assert.throws(() => transition(before, input, program(), NOW), /internal error/);
        return;
      }
      // Each phase's deadline is now, except in STARTING, where an exit must come before startsecs are over.
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
