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
// A program that needs others (depends_on) is WAITING before SPAWNING until what it needs is true, or BLOCKED while it cannot
// become true because one of them is down; a stop ends both at once. A oneshot program is RUNNING as soon as it executes. If it
// fails, EXITED has a restartAt that grows like that of BACKOFF, and ends in FATAL like that.
//
// With ready_check, SPAWNING leads to READYING instead: the program executes and is asked again and again until it answers. That
// leads to RUNNING, or to STARTING where startsecs are not over. If it never answers, FAILING stops it, and BACKOFF follows.
//
// A program with health_check, max_memory or max_age is watched while it is RUNNING: see health.ts. When it is found to be no good
// it is STOPPING with `again`, and then starts again, after a wait in BACKOFF where one is due.
//
// UNKNOWN is entered only when kill(2) fails with anything but ESRCH.
//
// Clients of Supervisor know eight states. What they are shown of a phase is decided in public-state.ts and nowhere else.

import type { LogLevel } from "../config/model.ts";
import type { ProcessStateName } from "./states.ts";

/** Why a start was tried. */
export const START_CAUSES = [
  /** autostart=true, when its group was added. */
  "autostart",
  /** On request. */
  "request",
  /** After a start that failed. */
  "retry",
  /** autorestart, after it had exited. */
  "autorestart",
  /** A program that needs it was started. */
  "dependency",
  /** A program named in restart_with was started again. */
  "restart-with",
  /** Its schedule. */
  "schedule",
  /** It did not pass its health check, used more than max_memory, or was older than max_age. */
  "health",
  "memory",
  "age",
] as const;

export type StartCause = (typeof START_CAUSES)[number];

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
  /** Unexpected exits in a row, each after a short run: see restart-policy.ts. */
  readonly shortRuns: number;
  /** When it failed lately, monotonic milliseconds, oldest first; empty without restart_limit. */
  readonly failedAt: readonly number[];
  /** Last error of spawning or running, shown as the description in BACKOFF and FATAL. */
  readonly spawnErr: string;
  /** Exit code of the last run, -1 when a signal ended it, null when unknown or too early to count. */
  readonly exitStatus: number | null;
  /** Why the daemon itself ended the last run, from then until a start for another cause; null for no such reason. */
  readonly reason: RestartReason | null;
}

/** Deadlines are monotonic milliseconds. */
export type ProcessPhase =
  | { readonly kind: "STOPPED" }
  /** Its start waits for programs that it needs: `text` names them. */
  | { readonly kind: "WAITING"; readonly by: StartCause; readonly text: string }
  /** The same, and one of them, `on`, will not come up by itself: see `Gate`. */
  | {
      readonly kind: "BLOCKED";
      readonly by: StartCause;
      readonly text: string;
      readonly on: string;
    }
  /** The start is under way, and given up at `giveUpAt`. */
  | { readonly kind: "SPAWNING"; readonly giveUpAt: number }
  | { readonly kind: "STARTING"; readonly pid: number; readonly runningAt: number }
  /** It executes, and is not known to be ready: see readiness.ts. */
  | {
      readonly kind: "READYING";
      readonly pid: number;
      /** startsecs are over then. */
      readonly upAt: number;
      /** The start has failed then. */
      readonly giveUpAt: number;
      /** The next check; null while one is under way. */
      readonly checkAt: number | null;
      /** What came of the last check; empty for none. */
      readonly said: string;
    }
  /** The start has failed, and the process is being stopped; then it is tried again. */
  | { readonly kind: "FAILING"; readonly pid: number; readonly killAt: number }
  /** `watch`: null without health_check, max_memory and max_age. */
  | { readonly kind: "RUNNING"; readonly pid: number; readonly watch: Watch | null }
  | { readonly kind: "BACKOFF"; readonly retryAt: number }
  /** `again`: it is to be started again once it is down, and why; null when it stays down. */
  | {
      readonly kind: "STOPPING";
      readonly pid: number;
      readonly killAt: number;
      readonly again: StartCause | null;
    }
  /** restartAt is null when nothing will start it again by itself. */
  | { readonly kind: "EXITED"; readonly restartAt: number | null }
  /** retryAt is null unless fatal_retry_after has it tried again. */
  | { readonly kind: "FATAL"; readonly retryAt: number | null }
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
  | { readonly kind: "start"; readonly by: StartCause }
  /** What came of a check of the run with this pid. */
  | {
      readonly kind: "checked";
      readonly pid: number;
      readonly ok: boolean;
      readonly text: string;
      /** It failed, which says nothing about the program. */
      readonly byHost?: boolean;
    }
  /** So much memory is used by the run with this pid and all that belongs to it. */
  | { readonly kind: "measured"; readonly pid: number; readonly bytes: number }
  /** What a waiting start needs has changed. */
  | { readonly kind: "gate"; readonly gate: Gate }
  /** Stops it, to be started again; one that does not run stays as it is. */
  | { readonly kind: "restart"; readonly by: StartCause }
  | { readonly kind: "spawned"; readonly pid: number }
  /** `byHost`: it says nothing about the program. */
  | { readonly kind: "spawn-failed"; readonly text: string; readonly byHost?: boolean }
  /** The starter has forgotten it, as after an upgrade: it is to be started again, if a start is under way. */
  | { readonly kind: "spawn-again" }
  | { readonly kind: "exited"; readonly outcome: ExitOutcome }
  /** `killBy`: a process that is being stopped is killed then at the latest, monotonic milliseconds; null for its own time. */
  | { readonly kind: "stop"; readonly killBy?: number | null }
  | { readonly kind: "kill-failed"; readonly errno: string }
  /** The run with this pid asks that its start or stop may take `ms` from now on. */
  | {
      readonly kind: "extend";
      readonly pid: number;
      readonly ms: number;
      /** As of `stop`. */
      readonly killBy?: number | null;
    }
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

/** Which check of a program is meant. */
export type CheckPurpose = "ready" | "health";

export type ProcessEffect =
  | { readonly kind: "spawn" }
  /** Ask whether the run with this pid is ready, or healthy; the answer is the input `checked`. */
  | { readonly kind: "check"; readonly pid: number; readonly about: CheckPurpose }
  /** The answer to `check` is not wanted any more. */
  | { readonly kind: "cancel-check" }
  /** It is down and to be started again. */
  | { readonly kind: "start-again"; readonly by: StartCause }
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
  /** A signal that is not to end it. */
  | { readonly kind: "signal"; readonly pid: number; readonly signal: number }
  | { readonly kind: "changed"; readonly change: StateChange }
  /** Something worth telling that changes no state. */
  | { readonly kind: "notice"; readonly notice: Notice }
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
    shortRuns: 0,
    failedAt: [],
    spawnErr: "",
    exitStatus: null,
    reason: null,
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
    case "FATAL":
      return state.phase.retryAt;
    case "STOPPING":
    case "FAILING":
      return state.phase.killAt;
    case "READYING": {
      const { checkAt, giveUpAt } = state.phase;
      return checkAt === null ? giveUpAt : Math.min(checkAt, giveUpAt);
    }
    case "EXITED":
      return state.phase.restartAt;
    case "RUNNING":
      return watchDeadline(state.phase.watch);
    case "STOPPED":
    case "WAITING":
    case "BLOCKED":
    case "UNKNOWN":
      return null;
  }
}

// Whether the programs that a program needs allow its start. The supervisor decides it, because it knows them all
// (core/supervisor/conditions.ts); the state machine of one process only asks.

export type Gate =
  | { readonly kind: "open" }
  /** They may get there by themselves. @property text what is awaited */
  | { readonly kind: "waiting"; readonly text: string }
  /** One of them is down, and nothing will start it. */
  | Blocked;

/** Why a start cannot be. */
interface Blocked {
  readonly kind: "blocked";
  /** In words: "blocked: db is FATAL". */
  readonly text: string;
  /** The program that is down, as ctl shows it; empty when there is none of that name. */
  readonly on: string;
}

export const OPEN: Gate = { kind: "open" };

// What is known of a run that is watched, as plain data: its health, its age, its memory.

/** What health checks say of a run. */
export interface Health {
  /** null: not known yet. */
  readonly isHealthy: boolean | null;
  /** Checks in a row that failed and counted. */
  readonly failures: number;
  /** What came of the last check; empty for none. */
  readonly said: string;
  /** The run was healthy once. */
  readonly wasHealthy: boolean;
  /** Failures before that do not count unless the run was healthy, monotonic milliseconds. */
  readonly countsFrom: number;
  /** The next check, monotonic milliseconds. */
  readonly nextAt: number;
  /** One is under way; the next one waits for it. */
  readonly isChecking: boolean;
}

/** A RUNNING program of which more is known than that it lives. */
export interface Watch {
  /** null without health_check. */
  readonly health: Health | null;
  /** It is older than max_age then, monotonic milliseconds; null without. */
  readonly oldAt: number | null;
  /** Measurements in a row in which it used more than max_memory. */
  readonly overs: number;
}

/** Why the daemon ended a run to start the program again. */
export interface RestartReason {
  readonly by: "health" | "memory" | "age";
  /** For people, one line: "512MB of 400MB used". */
  readonly text: string;
}

/** When a watched run wants to be looked at again, in monotonic milliseconds; null for never. */
function watchDeadline(watch: Watch | null): number | null {
  if (watch === null) return null;
  const { health, oldAt } = watch;
  const checkAt = health === null || health.isChecking ? null : health.nextAt;
  if (checkAt === null || oldAt === null) return checkAt ?? oldAt;
  return Math.min(checkAt, oldAt);
}

// What happens to a program without a change of its state: it is ready, its health has changed, it is restarted for a reason of its
// own, its schedule has come. Only those who ask for it by name are told: Supervisor knows none of it.

/** The types of event listeners that tell it. */
export const NOTICE_TYPES = ["READY", "HEALTH", "RESTART", "SCHEDULE"] as const;

export interface Notice {
  readonly about: (typeof NOTICE_TYPES)[number];
  /** Words without spaces, in the order in which events show them; for example pid, to, reason. */
  readonly details: Readonly<Record<string, string | number>>;
  /** One line for people; empty for none. */
  readonly text: string;
}
