// The state of one supervised process as plain data: its phase and its history.
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
// SPAWNING: the start is in progress. The child may still look for its file, or wait for a disk to enter its
// directory. The outcome, `spawned` or `spawn-failed`, is an input of a later turn, or of the same one. Until
// then nothing of the program has run, so a stop abandons the start, and the process is STOPPED at once; a
// start that takes longer than START_LIMIT_MS is abandoned too. A failure of the host (no memory, no process,
// a disk that hangs) says nothing about the program: the start is retried with growing delays, which
// startretries do not count.
//
// A program with dependencies (depends_on) is WAITING before SPAWNING until they are satisfied, or BLOCKED
// while one of them is down; a stop ends both at once. A oneshot program is RUNNING as soon as it executes. If
// it fails, EXITED has a restartAt that grows like that of BACKOFF, and ends in FATAL.
//
// With ready_check, SPAWNING leads to READYING: the program executes and is checked until it is ready, which
// leads to RUNNING, or to STARTING until startsecs are over. If it is not ready in time, FAILING stops it, and
// BACKOFF follows.
//
// A program with health_check, max_memory or max_age is watched while it is RUNNING (health.ts). An unhealthy
// process enters STOPPING with `again` set, and then starts again, perhaps after a delay in BACKOFF.
//
// Hooks are commands that run beside the phases: post_start in RUNNING, pre_stop and stop_command in STOPPING, post_stop
// and on_fatal in the phases that follow a run. Until the latter are over, the next start waits (hooks.ts).
//
// UNKNOWN is entered only when kill(2) fails with anything but ESRCH.
//
// Clients of Supervisor know eight states. `publicState` maps phases to them.

import type { Instant } from "../base/time.ts";
import type { LogLevel } from "../config/model.ts";
import type { LimitCounts } from "./reached-limits.ts";
import { type RestartReason, type Watch, watchDeadline } from "./watched.ts";

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
  /** Its definition has changed. */
  "apply",
  /** Stopped on request, to start again. */
  "restart",
  /** Its schedule. */
  "schedule",
  /** A connection to one of its sockets. */
  "connect",
  /** It did not pass its health check, used more than max_memory, or was older than max_age. */
  "health",
  "memory",
  "age",
  /** Files that it watches have changed. */
  "watch",
] as const;

export type StartCause = (typeof START_CAUSES)[number];

/** What is kept across phases. */
export interface ProcessHistory {
  /** Wall-clock milliseconds of the last spawn attempt, successful or not; 0 for never. */
  readonly startWall: number;
  /** The same on the monotonic clock. */
  readonly startMono: number;
  /** Wall-clock milliseconds of the last death; 0 for never. */
  readonly stopWall: number;
  /** Failed starts in a row. Not reset by an administrative stop or start (Supervisor, section 4.3). */
  readonly backoff: number;
  /** Starts in a row that failed through the host, which `backoff` does not count. */
  readonly hostFailures: number;
  /** Unexpected exits in a row, each after a short run: see `countShortRuns`. */
  readonly shortRuns: number;
  /** Recent failures, monotonic milliseconds, oldest first; empty without restart_limit. */
  readonly failedAt: readonly number[];
  /** Last error of spawning or running, shown as the description in BACKOFF and FATAL. */
  readonly spawnErr: string;
  /** Exit code of the last run, -1 when a signal ended it, null when unknown or too early to count. */
  readonly exitStatus: number | null;
  /** Why the daemon ended the last run to restart it, until a start for another cause; null if it did not. */
  readonly reason: RestartReason | null;
}

/** Deadlines are monotonic milliseconds. */
export type ProcessPhase =
  | { readonly kind: "STOPPED" }
  /** The start waits for dependencies, which `text` names. */
  | { readonly kind: "WAITING"; readonly by: StartCause; readonly text: string }
  /** The start waits for a dependency, `on`, that is down: see `Gate`. */
  | {
      readonly kind: "BLOCKED";
      readonly by: StartCause;
      readonly text: string;
      readonly on: string;
    }
  /** The start is in progress, and abandoned at `giveUpAt`. */
  | { readonly kind: "SPAWNING"; readonly giveUpAt: number }
  | { readonly kind: "STARTING"; readonly pid: number; readonly runningAt: number }
  /** The program executes, and is not ready yet. */
  | {
      readonly kind: "READYING";
      readonly pid: number;
      /** startsecs are over then. */
      readonly upAt: number;
      /** The start has failed then. */
      readonly giveUpAt: number;
      /** The next check; null while one is in progress. */
      readonly checkAt: number | null;
      /** The result of the last check; empty if there was none. */
      readonly lastResult: string;
    }
  /** The start has failed; the process is being stopped, and the start will be retried. */
  | { readonly kind: "FAILING"; readonly pid: number; readonly killAt: number }
  /** `watch`: null without health_check, max_memory and max_age. */
  | { readonly kind: "RUNNING"; readonly pid: number; readonly watch: Watch | null }
  | { readonly kind: "BACKOFF"; readonly retryAt: number }
  /** `again`: why it is started again once it is down; null if it is not. */
  | {
      readonly kind: "STOPPING";
      readonly pid: number;
      readonly killAt: number;
      readonly again: StartCause | null;
    }
  /** restartAt is null without an automatic restart. */
  | { readonly kind: "EXITED"; readonly restartAt: number | null }
  /** retryAt is null without fatal_retry_after. */
  | { readonly kind: "FATAL"; readonly retryAt: number | null }
  | { readonly kind: "UNKNOWN"; readonly pid: number };

/** Commands that run beside the phases: see hooks.ts. */
export const HOOKS = ["post_start", "pre_stop", "stop_command", "post_stop", "on_fatal"] as const;

export type HookName = (typeof HOOKS)[number];

/** A hook in progress. */
export interface HookRun {
  readonly name: HookName;
  /** It has failed then, monotonic milliseconds. */
  readonly until: number;
  /** The hook that follows it; null for none. */
  readonly next: HookName | null;
}

export interface ProcessState {
  readonly phase: ProcessPhase;
  readonly history: ProcessHistory;
  /** null if none is in progress. The next start waits for it, and until then the process is not down. */
  readonly hook: HookRun | null;
}

/** How a process exited (wait(2)): exactly one of `exitCode` and `signal` is set. */
export interface ExitOutcome {
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
}

/** Processes that a program left when it exited (kill_mode): how many were killed, and how many run still. */
export interface LeftProcesses {
  readonly ended: number;
  readonly running: number;
}

export type ProcessInput =
  | { readonly kind: "start"; readonly by: StartCause }
  /** The result of a check of the run with this pid. */
  | {
      readonly kind: "checked";
      readonly pid: number;
      readonly ok: boolean;
      readonly text: string;
      /** The check failed because of the host. */
      readonly byHost?: boolean;
      /** It has not shown yet that the program is well. */
      readonly isPending?: boolean;
    }
  /** The memory of the run with this pid and of its descendants; null if it could not be measured. */
  | { readonly kind: "measured"; readonly pid: number; readonly bytes: number | null }
  /** A dependency of a waiting start has changed. */
  | { readonly kind: "gate"; readonly gate: Gate }
  /** The checks and limits of its definition have changed. */
  | { readonly kind: "configured" }
  /** Stops a process that executes, to start it again. */
  | { readonly kind: "restart"; readonly by: StartCause }
  /** Files that it watches have changed; `text` names them in one line. */
  | { readonly kind: "files-changed"; readonly text: string }
  | { readonly kind: "spawned"; readonly pid: number }
  /** `byHost`: because of the host. */
  | { readonly kind: "spawn-failed"; readonly text: string; readonly byHost?: boolean }
  /** The spawner has forgotten the start in progress, as after an upgrade: it is repeated. */
  | { readonly kind: "spawn-again" }
  /** The start in progress waits for others, which does not count for its limit. */
  | { readonly kind: "spawn-waits" }
  /**
   * `reached`: the limits of its cgroup that it has reached. `isLast`: no hook may follow, because the time for
   * a shutdown is over.
   */
  | {
      readonly kind: "exited";
      readonly outcome: ExitOutcome;
      /** When it exited; absent for now. */
      readonly at?: Instant;
      readonly reached?: LimitCounts;
      readonly isLast?: boolean;
      /** What was done with the processes that it left; absent if there were none. */
      readonly left?: LeftProcesses;
    }
  /** The result of a hook. */
  | {
      readonly kind: "hook-ended";
      readonly name: HookName;
      readonly ok: boolean;
      readonly text: string;
    }
  /** `killBy`: the process is sent SIGKILL then at the latest, monotonic milliseconds; null for stopwaitsecs. */
  | { readonly kind: "stop"; readonly killBy?: number | null }
  | { readonly kind: "kill-failed"; readonly errno: string }
  /** The run with this pid requests `ms` milliseconds from now for its start or stop. */
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

/** A change of state, with the details of its event (Supervisor, section 8.1). */
export interface StateChange {
  readonly from: ProcessStateName;
  readonly to: ProcessStateName;
  /** `tries`, `pid`, `expected`: only those the event of that state carries. */
  readonly details: Readonly<Record<string, number>>;
}

/** The two checks of a program. */
export type CheckPurpose = "ready" | "health";

export type ProcessEffect =
  | { readonly kind: "spawn" }
  /** Check whether the run with this pid is ready, or healthy; the result is the input `checked`. */
  | { readonly kind: "check"; readonly pid: number; readonly about: CheckPurpose }
  /** Cancel the check in progress. */
  | { readonly kind: "cancel-check" }
  /** Run a hook; the result is the input `hook-ended`. */
  | { readonly kind: "hook"; readonly name: HookName }
  /** A hook is over: kill it if it still runs; no result follows. */
  | { readonly kind: "cancel-hook" }
  /** The process is down and must be started again. */
  | { readonly kind: "start-again"; readonly by: StartCause }
  /** Abandon the start in progress: its child is killed, and no outcome follows. */
  | { readonly kind: "abandon" }
  /** Abandon a start that takes too long; `spawn-failed` follows. */
  | { readonly kind: "give-up-start" }
  /** The program executes. */
  | { readonly kind: "executes" }
  | {
      readonly kind: "kill";
      readonly pid: number;
      readonly signal: number;
      readonly target: "process" | "group";
    }
  /** Send a signal that does not stop the process. */
  | { readonly kind: "signal"; readonly pid: number; readonly signal: number }
  | { readonly kind: "changed"; readonly change: StateChange }
  /** An event that changes no state. */
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
  hook: null,
};

/** Limit for a start, in milliseconds. A directory that is mounted when it is entered takes a second or two. */
export const START_LIMIT_MS = 5000;

/** The live pid of a state, or 0. */
export function pidOf(state: ProcessState): number {
  return "pid" in state.phase ? state.phase.pid : 0;
}

/** The deadline of a state, in monotonic milliseconds; null for none. */
export function deadlineOf({ phase, hook }: Pick<ProcessState, "phase" | "hook">): number | null {
  const own = phaseDeadline(phase);
  if (hook === null) return own;
  return own === null || isRetry(phase) ? hook.until : Math.min(own, hook.until);
}

/** The deadline of the phase is the next start. */
export function isRetry({ kind }: ProcessPhase): boolean {
  return kind === "BACKOFF" || kind === "EXITED" || kind === "FATAL";
}

function phaseDeadline(phase: ProcessPhase): number | null {
  switch (phase.kind) {
    case "SPAWNING":
      return phase.giveUpAt;
    case "STARTING":
      return phase.runningAt;
    case "BACKOFF":
    case "FATAL":
      return phase.retryAt;
    case "STOPPING":
    case "FAILING":
      return phase.killAt;
    case "READYING": {
      const { checkAt, giveUpAt } = phase;
      return checkAt === null ? giveUpAt : Math.min(checkAt, giveUpAt);
    }
    case "EXITED":
      return phase.restartAt;
    case "RUNNING":
      return watchDeadline(phase.watch);
    case "STOPPED":
    case "WAITING":
    case "BLOCKED":
    case "UNKNOWN":
      return null;
  }
}

/** Whether dependencies allow a start: see core/supervisor/dependencies.ts. */
export type Gate =
  | { readonly kind: "open" }
  /** They may become true. `text` names what is awaited. */
  | { readonly kind: "waiting"; readonly text: string }
  /** `on` is down, and nothing will start it; it is empty if no program has that name. `text`: "blocked: db is FATAL". */
  | { readonly kind: "blocked"; readonly text: string; readonly on: string };

export const OPEN: Gate = { kind: "open" };

/** Events of tsv's own, without a change of state. Only event listeners that subscribe to them by name receive them. */
export const NOTICE_TYPES = ["READY", "HEALTH", "RESTART", "SCHEDULE", "HOOK"] as const;

export interface Notice {
  readonly about: (typeof NOTICE_TYPES)[number];
  /** Words without spaces, in the order in which events show them; for example pid, to, reason. */
  readonly details: Readonly<Record<string, string | number>>;
  /** One line for people; empty for none. */
  readonly text: string;
}

const PUBLIC_STATES: Readonly<Record<ProcessPhase["kind"], ProcessStateName>> = {
  STOPPED: "STOPPED",
  WAITING: "STARTING",
  // It may still start without a request.
  BLOCKED: "BACKOFF",
  SPAWNING: "STARTING",
  STARTING: "STARTING",
  READYING: "STARTING",
  FAILING: "STARTING",
  RUNNING: "RUNNING",
  BACKOFF: "BACKOFF",
  STOPPING: "STOPPING",
  EXITED: "EXITED",
  FATAL: "FATAL",
  UNKNOWN: "UNKNOWN",
};

/** The state that clients see. */
export function publicState({ kind }: ProcessPhase): ProcessStateName {
  return PUBLIC_STATES[kind];
}

/**
 * Down until a request or a policy starts it, and no hook is in progress. UNKNOWN counts as down, although the process may
 * exist.
 */
export function isDown({ phase, hook }: Pick<ProcessState, "phase" | "hook">): boolean {
  return hook === null && isStoppedState(publicState(phase));
}

/** Whether a stop changes something: the process runs, or will start without a request. */
export function isStoppable({ phase }: Pick<ProcessState, "phase">): boolean {
  if (phase.kind === "EXITED") return phase.restartAt !== null;
  if (phase.kind === "FATAL") return phase.retryAt !== null;
  if (phase.kind === "STOPPING") return phase.again !== null;
  return isRunningState(publicState(phase));
}

/** Names and codes of states (Supervisor, supervisor/states.py), which clients hard-code. */
export const PROCESS_STATE_CODES = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const;

export type ProcessStateName = keyof typeof PROCESS_STATE_CODES;

/** The state of the daemon (Supervisor's mood). */
export const SUPERVISOR_STATE_CODES = {
  RUNNING: 1,
  RESTARTING: 0,
  SHUTDOWN: -1,
} as const;

export type SupervisorStateName = keyof typeof SUPERVISOR_STATE_CODES;

/** Up or starting: `start` fails with ALREADY_STARTED, `stop` is possible. */
export function isRunningState(state: ProcessStateName): boolean {
  return state === "STARTING" || state === "RUNNING" || state === "BACKOFF";
}

/** Down: a group can be removed, a stop is complete. */
export function isStoppedState(state: ProcessStateName): boolean {
  return state === "STOPPED" || state === "EXITED" || state === "FATAL" || state === "UNKNOWN";
}

/** A process exists that a signal can reach. */
export function isSignallableState(state: ProcessStateName): boolean {
  return state === "STARTING" || state === "RUNNING" || state === "STOPPING";
}
