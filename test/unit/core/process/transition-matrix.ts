// Every state against every input: the next state, the effects in order and the log lines, word for word.

import type {
  ProcessInput,
  ProcessPhase,
  ProcessState,
  StartCause,
} from "../../../../src/core/process/model.ts";
import { at } from "./samples.ts";

/** When every input comes. */
export const NOW = at(10_000);

/** Each state as it is before an input. */
export const PHASES: Readonly<Record<ProcessPhase["kind"], ProcessPhase>> = {
  STOPPED: { kind: "STOPPED" },
  WAITING: { kind: "WAITING", by: "autostart", text: "waiting for db to run" },
  BLOCKED: { kind: "BLOCKED", by: "autostart", text: "blocked: db is FATAL", on: "db" },
  SPAWNING: { kind: "SPAWNING", giveUpAt: 10_000 },
  STARTING: { kind: "STARTING", pid: 42, runningAt: 10_500 },
  READYING: {
    kind: "READYING",
    ...{ pid: 42, upAt: 9_500, giveUpAt: 60_000, checkAt: null, lastResult: "connection refused" },
  },
  FAILING: { kind: "FAILING", pid: 42, killAt: 10_000 },
  RUNNING: { kind: "RUNNING", pid: 42, watch: null },
  BACKOFF: { kind: "BACKOFF", retryAt: 10_000 },
  STOPPING: { kind: "STOPPING", pid: 42, killAt: 10_000, again: null },
  EXITED: { kind: "EXITED", restartAt: 10_000 },
  FATAL: { kind: "FATAL", retryAt: null },
  UNKNOWN: { kind: "UNKNOWN", pid: 42 },
};

/** What is told of the programs that it needs. */
export const GATE = { kind: "blocked", text: "blocked: db is not there", on: "" } as const;

/** What an input does in a state; of the history only what changes. */
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

/** A start that is under way. */
export const SPAWNING: ProcessPhase = { kind: "SPAWNING", giveUpAt: 15_000 };

/** What a start does, from any state in which nothing lives. */
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

function isTold(from: string, again: StartCause | null = null): Expected {
  return {
    phase: { kind: "STOPPING", pid: 42, killAt: 20_000, again },
    effects: [
      "DEBG killing web (pid 42) with signal SIGTERM",
      `${from}->STOPPING {"pid":42}`,
      "kill 42 15 process",
    ],
  };
}

/** The check that is under way is cancelled first. */
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

export const MATRIX: Record<ProcessPhase["kind"], Record<ProcessInput["kind"], Expected>> = {
  STOPPED: {
    start: starts("STOPPED"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: "nothing",
    "kill-failed": "nothing",
    deadline: "nothing",
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
    "give-up": "nothing",
  },
  WAITING: {
    start: {
      phase: SPAWNING,
      history: STARTED,
      // Clients saw it STARTING all the time.
      effects: ["spawn"],
    },
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: {
      phase: { kind: "STOPPED" },
      effects: ['STARTING->STOPPING {"pid":0}', 'STOPPING->STOPPED {"pid":0}'],
    },
    "kill-failed": "nothing",
    deadline: "nothing",
    "spawn-again": "nothing",
    checked: "nothing",
    gate: {
      phase: { kind: "BLOCKED", by: "autostart", text: GATE.text, on: "" },
      history: { spawnErr: GATE.text },
      effects: ['STARTING->BACKOFF {"tries":1}', `WARN start of web is ${GATE.text}`],
    },
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
    "give-up": "nothing",
  },
  BLOCKED: {
    start: starts("BACKOFF"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: "internal error",
    stop: { phase: { kind: "STOPPED" }, effects: ['BACKOFF->STOPPED {"pid":0}'] },
    "kill-failed": "nothing",
    deadline: "nothing",
    "spawn-again": "nothing",
    checked: "nothing",
    gate: {
      phase: { kind: "BLOCKED", by: "autostart", text: GATE.text, on: "" },
      history: { spawnErr: GATE.text },
      effects: [],
    },
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
    "give-up": "nothing",
  },
  SPAWNING: {
    start: REFUSED("SPAWNING"),
    spawned: {
      phase: { kind: "STARTING", pid: 43, runningAt: 11_000 },
      history: { hostFailures: 0 },
      effects: ["INFO spawned: 'web' with pid 43", "executes"],
    },
    "spawn-failed": {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: { backoff: 2, spawnErr: "boom" },
      effects: ["INFO spawnerr: boom", 'STARTING->BACKOFF {"tries":2}'],
    },
    exited: "internal error",
    stop: {
      phase: { kind: "STOPPED" },
      effects: [
        "abandon",
        'STARTING->STOPPING {"pid":0}',
        'STOPPING->STOPPED {"pid":0}',
        "INFO stopped: web (before it executed)",
      ],
    },
    "kill-failed": "nothing",
    deadline: { phase: { kind: "SPAWNING", giveUpAt: 10_000 }, effects: ["give-up-start"] },
    "spawn-again": { phase: SPAWNING, effects: ["spawn"] },
    checked: "nothing",
    gate: "nothing",
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
    measured: "nothing",
    extend: "nothing",
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
      phase: { kind: "RUNNING", pid: 42, watch: null },
      history: { backoff: 0 },
      effects: [
        'STARTING->RUNNING {"pid":42}',
        "INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
      ],
    },
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: isTold("STARTING", "restart-with"),
    measured: "nothing",
    extend: "nothing",
    "give-up": "nothing",
  },
  READYING: {
    start: REFUSED("READYING"),
    spawned: "internal error",
    "spawn-failed": "internal error",
    exited: {
      phase: { kind: "BACKOFF", retryAt: 12_000 },
      history: { stopWall: NOW.wall, backoff: 2, spawnErr: "Exited before it was ready" },
      effects: [
        "cancel-check",
        "WARN exited: web (exit status 0; not expected)",
        'STARTING->BACKOFF {"tries":2}',
      ],
    },
    stop: afterCheck(isTold("STARTING")),
    "kill-failed": becomesUnknown("STARTING"),
    deadline: "nothing",
    "spawn-again": "nothing",
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
    gate: "nothing",
    restart: afterCheck(isTold("STARTING", "restart-with")),
    measured: "nothing",
    extend: "nothing",
    "give-up": "nothing",
  },
  FAILING: {
    start: REFUSED("FAILING"),
    spawned: "internal error",
    "spawn-failed": "internal error",
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
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
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
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: isTold("RUNNING", "restart-with"),
    measured: "nothing",
    extend: "nothing",
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
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
    "give-up": {
      phase: { kind: "FATAL", retryAt: null },
      history: { backoff: 0, hostFailures: 0 },
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
      phase: { kind: "STOPPING", pid: 42, killAt: 20_000, again: null },
      effects: [
        "WARN killing 'web' (42) with SIGKILL",
        "DEBG killing web (pid 42) with signal SIGKILL",
        "kill 42 9 process",
      ],
    },
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
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
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
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
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
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
    "spawn-again": "nothing",
    checked: "nothing",
    gate: "nothing",
    restart: "nothing",
    measured: "nothing",
    extend: "nothing",
    "give-up": "nothing",
  },
};
