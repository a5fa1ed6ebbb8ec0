// One supervised process as plain data: what it is doing, and what is remembered about it.
//
//                        start           spawned            startsecs over
//   STOPPED EXITED FATAL ------> SPAWNING --------> STARTING ------> RUNNING
//      ^      ^      ^             |   ^               |  |           |   |
//      |      |      | no retries  |   | retryAt       |  |           |   | exit
//      |      |      +------- BACKOFF -+ (1, 2, 3 … s) |  |           |   v
//      |      |                  |  ^------------------+  |           | EXITED --restartAt--> SPAWNING
//      |      |             stop |     exit too early     | stop      |         (autorestart)
//      +------|------------------+                        |           |
//      |                                                  |           | stop
//      +--exit----------------- STOPPING <----------------+-----------+
//                               killAt: SIGKILL, again every stopwaitsecs
//
// SPAWNING: the start is under way. The child may still look for its file, or wait for a disk to enter its directory. The
// verdict, `spawned` or `spawn-failed`, is an input of a later turn, or of the same one. Until then nothing of the program
// has run, so a stop abandons the start and the process is STOPPED at once; a start that takes longer than START_LIMIT_MS
// is abandoned too. What the host could not do (no memory, no process, a disk that hangs) says nothing about the program:
// it is tried again with growing delays, and startretries do not count it.
//
// UNKNOWN is entered only when kill(2) fails with anything but ESRCH.
//
// Clients of Supervisor know eight states. What they are shown of a phase is decided in public-state.ts and nowhere else.

import type { LogLevel } from "../config/model.ts";
import type { ProcessStateName } from "./states.ts";

/** Remembered across states. */
export interface ProcessHistory {
  /** Wall-clock milliseconds of the last spawn attempt, successful or not; 0 for never. */
  readonly startWall: number;
  /** The same moment on the monotonic clock. */
  readonly startMono: number;
  /** Wall-clock milliseconds of the last death; 0 for never. */
  readonly stopWall: number;
  /** Failed starts in a row. Not reset by an administrative stop or start (Supervisor, section 4.3). */
  readonly backoff: number;
  /** Starts in a row that failed through the host, which `backoff` does not count. */
  readonly hostFailures: number;
  /** Last error of spawning or running, shown as the description in BACKOFF and FATAL. */
  readonly spawnErr: string;
  /** Exit code of the last run, -1 when a signal ended it, null when unknown or too early to count. */
  readonly exitStatus: number | null;
}

/** Deadlines are monotonic milliseconds. */
export type ProcessPhase =
  | { readonly kind: "STOPPED" }
  /** The start is under way, and given up at `giveUpAt`. */
  | { readonly kind: "SPAWNING"; readonly giveUpAt: number }
  | { readonly kind: "STARTING"; readonly pid: number; readonly runningAt: number }
  | { readonly kind: "RUNNING"; readonly pid: number }
  | { readonly kind: "BACKOFF"; readonly retryAt: number }
  | { readonly kind: "STOPPING"; readonly pid: number; readonly killAt: number }
  /** restartAt is null when nothing will start it again by itself. */
  | { readonly kind: "EXITED"; readonly restartAt: number | null }
  | { readonly kind: "FATAL" }
  | { readonly kind: "UNKNOWN"; readonly pid: number };

export interface ProcessState {
  readonly phase: ProcessPhase;
  readonly history: ProcessHistory;
}

/** How a process died, as wait(2) tells. Exactly one of the two is set. */
export interface ExitOutcome {
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
}

export type ProcessInput =
  /** `by` says that nobody asked for it. */
  | { readonly kind: "start"; readonly by?: "autostart" }
  | { readonly kind: "spawned"; readonly pid: number }
  /** `byHost`: it says nothing about the program. */
  | { readonly kind: "spawn-failed"; readonly text: string; readonly byHost?: boolean }
  /** The starter has forgotten it, as after an upgrade: it is to be started again, if a start is under way. */
  | { readonly kind: "spawn-again" }
  | { readonly kind: "exited"; readonly outcome: ExitOutcome }
  | { readonly kind: "stop" }
  | { readonly kind: "kill-failed"; readonly errno: string }
  /** The phase's own deadline has passed. */
  | { readonly kind: "deadline" }
  /** Shutdown does not wait for retries: BACKOFF ends as FATAL. */
  | { readonly kind: "give-up" };

/** A change of state with what its event tells (Supervisor, section 8.1). */
export interface StateChange {
  readonly from: ProcessStateName;
  readonly to: ProcessStateName;
  /** `tries`, `pid`, `expected`: only those the event of that state carries. */
  readonly details: Readonly<Record<string, number>>;
}

export type ProcessEffect =
  | { readonly kind: "spawn" }
  /** The verdict of the start is not wanted any more: a child that exists is killed. */
  | { readonly kind: "abandon" }
  /** The start takes too long: it is abandoned, which is reported as `spawn-failed`. */
  | { readonly kind: "give-up-start" }
  /** The program executes. */
  | { readonly kind: "executes" }
  | {
      readonly kind: "kill";
      readonly pid: number;
      readonly signal: number;
      readonly target: "process" | "group";
    }
  | { readonly kind: "changed"; readonly change: StateChange }
  | { readonly kind: "log"; readonly level: LogLevel; readonly text: string };

export interface Transition {
  readonly state: ProcessState;
  readonly effects: readonly ProcessEffect[];
}

export const NEVER_STARTED: ProcessState = {
  phase: { kind: "STOPPED" },
  history: {
    startWall: 0,
    startMono: 0,
    stopWall: 0,
    backoff: 0,
    hostFailures: 0,
    spawnErr: "",
    exitStatus: null,
  },
};

/**
 * A start that takes longer is given up, ms. Directories that are mounted when they are entered take a second or two.
 * spawn-errors.ts tells it in words.
 */
export const START_LIMIT_MS = 5000;

/** The live pid of a state, or 0. */
export function pidOf(state: ProcessState): number {
  return "pid" in state.phase ? state.phase.pid : 0;
}

/** When the state wants to be looked at again, in monotonic milliseconds; null for never. */
export function deadlineOf(state: ProcessState): number | null {
  switch (state.phase.kind) {
    case "SPAWNING":
      return state.phase.giveUpAt;
    case "STARTING":
      return state.phase.runningAt;
    case "BACKOFF":
      return state.phase.retryAt;
    case "STOPPING":
      return state.phase.killAt;
    case "EXITED":
      return state.phase.restartAt;
    case "STOPPED":
    case "RUNNING":
    case "FATAL":
    case "UNKNOWN":
      return null;
  }
}
