// One supervised process as plain data: what it is doing, and what is remembered about it.
//
//                        start                 startsecs over
//   STOPPED EXITED FATAL ------> STARTING ------------------------> RUNNING
//      ^      ^      ^            |  |  ^                            |   |
//      |      |      | no retries |  |  | retryAt (1, 2, 3 ... s)    |   | exit
//      |      |      +------- BACKOFF <-+ exit too early,            |   v
//      |      |                   |       or cannot be spawned       | EXITED --restartAt--> STARTING
//      |      |                   | stop                             |         (autorestart)
//      +------|-------------------+                                  |
//      |      |      stop from STARTING or RUNNING                   |
//      +--exit------- STOPPING <-------------------------------------+
//                     killAt: SIGKILL, again every stopwaitsecs
//
// UNKNOWN is entered only when kill(2) fails with anything but ESRCH.

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
  /** Last error of spawning or running, shown as the description in BACKOFF and FATAL. */
  readonly spawnErr: string;
  /** Exit code of the last run, -1 when a signal ended it, null when unknown or too early to count. */
  readonly exitStatus: number | null;
}

/** Deadlines are monotonic milliseconds. */
export type ProcessPhase =
  | { readonly kind: "STOPPED" }
  /** pid is 0 between the decision to spawn and its outcome, within one turn of the loop. */
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
  | { readonly kind: "spawn-failed"; readonly text: string }
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
  history: { startWall: 0, startMono: 0, stopWall: 0, backoff: 0, spawnErr: "", exitStatus: null },
};

/** The live pid of a state, or 0. */
export function pidOf(state: ProcessState): number {
  return "pid" in state.phase ? state.phase.pid : 0;
}

/** When the state wants to be looked at again, in monotonic milliseconds; null for never. */
export function deadlineOf(state: ProcessState): number | null {
  switch (state.phase.kind) {
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
