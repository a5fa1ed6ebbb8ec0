// Every state against every input: the next state, the effects in order and the log lines, word for word.

import type {
  ProcessInput,
  ProcessPhase,
  ProcessState,
} from "../../../../src/core/process/model.ts";
import { at } from "./samples.ts";

/** When every input comes. */
export const NOW = at(10_000);

/** Each state as it is before an input. */
export const PHASES: Readonly<Record<ProcessPhase["kind"], ProcessPhase>> = {
  STOPPED: { kind: "STOPPED" },
  SPAWNING: { kind: "SPAWNING", giveUpAt: 10_000 },
  STARTING: { kind: "STARTING", pid: 42, runningAt: 10_500 },
  RUNNING: { kind: "RUNNING", pid: 42 },
  BACKOFF: { kind: "BACKOFF", retryAt: 10_000 },
  STOPPING: { kind: "STOPPING", pid: 42, killAt: 10_000 },
  EXITED: { kind: "EXITED", restartAt: 10_000 },
  FATAL: { kind: "FATAL" },
  UNKNOWN: { kind: "UNKNOWN", pid: 42 },
};

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
    "spawn-again": "nothing",
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
    "give-up": {
      phase: { kind: "FATAL" },
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
      phase: { kind: "STOPPING", pid: 42, killAt: 20_000 },
      effects: [
        "WARN killing 'web' (42) with SIGKILL",
        "DEBG killing web (pid 42) with signal SIGKILL",
        "kill 42 9 process",
      ],
    },
    "spawn-again": "nothing",
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
    "give-up": "nothing",
  },
};
