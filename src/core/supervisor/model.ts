// The whole of supervision as plain data: active groups, the state of each process, whether everything is being stopped. It
// can be encoded and passed to the next daemon.

import type { ProcessKey } from "../base/ids.ts";
import type { GroupConfig, LogLevel, ProcessConfig } from "../config/model.ts";
import type { ExitRule } from "../config/value-types.ts";
import type { CommandProblem } from "../process/find-command.ts";
import type {
  CheckPurpose,
  ExitOutcome,
  Notice,
  ProcessState,
  StartCause,
  StateChange,
} from "../process/model.ts";
import type { RunLog } from "../process/runs.ts";
import type { SupervisorStateName } from "../process/states.ts";
import type { ScheduleState } from "../schedules/schedule.ts";

export interface ProcessRecord {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
  readonly state: ProcessState;
  /** The reason why it is down, for clients. */
  readonly runs: RunLog;
}

export interface GroupRecord {
  readonly config: GroupConfig;
  /** In definition order. */
  readonly keys: readonly ProcessKey[];
}

/** Everything that still has to stop, in waves: a wave is stopped at once, the next begins when it is down. */
export interface StopPlan {
  readonly waves: readonly ReadonlySet<ProcessKey>[];
  /** Index of the wave being stopped. */
  readonly wave: number;
  /** Processes of that wave that are not down yet. */
  readonly remaining: number;
  /** Next "waiting for ... to die" line, monotonic milliseconds. */
  readonly reportAt: number;
  /** The last process is killed then, monotonic milliseconds; null without shutdown_grace. */
  readonly endAt: number | null;
  /** What remains of the present wave is killed then; null without shutdown_grace. */
  readonly killBy: number | null;
  /** What remains of the present wave then is left behind; null without shutdown_grace. */
  readonly leaveBy: number | null;
  /** After this nothing is waited for any more, monotonic milliseconds; null without shutdown_grace. */
  readonly leaveAt: number | null;
}

/** A start that is wanted and has not begun. */
export interface WantedStart {
  readonly by: StartCause;
}

/** Why a start that was wanted is not begun. */
export type StartRefusal =
  /** The process was stopped before. */
  | "cancelled"
  /** There is no such process, or no more. */
  | "removed"
  /** Everything is being stopped. */
  | "shutting-down"
  | "already-started"
  | "stopping"
  | "unknown-state"
  | CommandProblem;

export type StartOutcome = "begun" | StartRefusal;

export interface SupervisorState {
  readonly daemonState: SupervisorStateName;
  readonly groups: ReadonlyMap<string, GroupRecord>;
  readonly processes: ReadonlyMap<ProcessKey, ProcessRecord>;
  /** Live children. */
  readonly pids: ReadonlyMap<number, ProcessKey>;
  /** Starts that wait for their turn, in its order. */
  readonly queued: ReadonlyMap<ProcessKey, WantedStart>;
  /** Starts whose file is being looked for. */
  readonly looking: ReadonlyMap<ProcessKey, WantedStart>;
  readonly stopPlan: StopPlan | null;
  /** The processes of each program, by its name: see links.ts. */
  readonly programs: ReadonlyMap<string, readonly ProcessKey[]>;
  /** Who needs a program, by the name that depends_on or restart_with uses. */
  readonly dependents: ReadonlyMap<string, readonly ProcessKey[]>;
  /** Processes that are to be stopped once these, which need them, are down. */
  readonly held: ReadonlyMap<ProcessKey, readonly ProcessKey[]>;
  /**
   * Of a dependency that starts wait for ("g:* ready"), one process for which it is not true yet. Only saves work: without an entry
   * all processes of the name are looked at.
   */
  readonly upcoming: ReadonlyMap<string, ProcessKey>;
  /** Of the processes that have a schedule. */
  readonly schedules: ReadonlyMap<ProcessKey, ScheduleState>;
  readonly rules: EndRules;
  /** null while no program has ended the daemon. */
  readonly ending: Ending | null;
}

/** Everything that can happen to supervision. */
export type SupervisorInput =
  | { readonly kind: "add-group"; readonly config: GroupConfig }
  | { readonly kind: "remove-group"; readonly name: string }
  /** Processes that no file mentions, for a group that is active; those whose name is taken are left out. */
  | {
      readonly kind: "add-processes";
      readonly group: string;
      readonly processes: readonly ProcessConfig[];
    }
  /** Only a stopped one is removed. */
  | { readonly kind: "remove-process"; readonly key: ProcessKey }
  /**
   * Those that have autostart and were never started are to be started, each in its turn.
   * `isBoot`: the daemon has started, and those of `@reboot` are to be started too.
   */
  | {
      readonly kind: "autostart";
      readonly keys: readonly ProcessKey[];
      readonly isBoot?: true;
    }
  /** The process is to be started in its turn; `start-settled` has the outcome. */
  | { readonly kind: "start"; readonly key: ProcessKey }
  /** There is time for the first start of the queue. */
  | { readonly kind: "next-start" }
  /** The answer to the effect `look`. */
  | {
      readonly kind: "looked";
      readonly key: ProcessKey;
      readonly problem: CommandProblem | null;
    }
  /** `together`: what else is being stopped; what they need is stopped after them. */
  | {
      readonly kind: "stop";
      readonly key: ProcessKey;
      readonly together?: ReadonlySet<ProcessKey>;
    }
  | { readonly kind: "spawned"; readonly key: ProcessKey; readonly pid: number }
  | {
      readonly kind: "spawn-failed";
      readonly key: ProcessKey;
      readonly text: string;
      readonly byHost?: boolean;
    }
  /** The start that is under way is to be begun again: see `ProcessInput`. */
  | { readonly kind: "spawn-again"; readonly key: ProcessKey }
  | { readonly kind: "kill-failed"; readonly key: ProcessKey; readonly errno: string }
  /** The run asks for time: see `ProcessInput`. */
  | { readonly kind: "extend"; readonly key: ProcessKey; readonly pid: number; readonly ms: number }
  /** The answer to the effect `check`. */
  | {
      readonly kind: "checked";
      readonly key: ProcessKey;
      readonly pid: number;
      readonly ok: boolean;
      readonly text: string;
      /** See `ProcessInput`. */
      readonly byHost?: boolean;
    }
  /** The memory of a process that has max_memory was measured. */
  | {
      readonly kind: "measured";
      readonly key: ProcessKey;
      readonly pid: number;
      readonly bytes: number;
    }
  /** A client had a signal sent to the process. */
  | { readonly kind: "signalled"; readonly key: ProcessKey; readonly signal: number }
  | { readonly kind: "child-died"; readonly pid: number; readonly outcome: ExitOutcome }
  /** The deadline of one process has passed. */
  | { readonly kind: "deadline"; readonly key: ProcessKey }
  /** A run of its schedule is due. */
  | { readonly kind: "schedule-due"; readonly key: ProcessKey }
  /** The wall clock was set. */
  | { readonly kind: "clock-set" }
  /** The stop plan's reporting time has passed. */
  | { readonly kind: "report-waiting" }
  | { readonly kind: "stop-everything"; readonly daemonState: "SHUTDOWN" | "RESTARTING" }
  /** A shutdown, in which nothing is waited for. */
  | { readonly kind: "kill-everything" };

export type SupervisorEffect =
  /** Find out whether the file of the process can be executed. */
  | { readonly kind: "look"; readonly key: ProcessKey }
  /** The outcome of a queued start, for its callers. */
  | {
      readonly kind: "start-settled";
      readonly key: ProcessKey;
      readonly outcome: StartOutcome;
    }
  | { readonly kind: "spawn"; readonly key: ProcessKey }
  | { readonly kind: "abandon"; readonly key: ProcessKey }
  | { readonly kind: "give-up-start"; readonly key: ProcessKey }
  | { readonly kind: "executes"; readonly key: ProcessKey }
  /** Ask whether the run with this pid is ready, or healthy. */
  | {
      readonly kind: "check";
      readonly key: ProcessKey;
      readonly pid: number;
      readonly about: CheckPurpose;
    }
  | { readonly kind: "cancel-check"; readonly key: ProcessKey }
  | {
      readonly kind: "kill";
      readonly key: ProcessKey;
      readonly pid: number;
      readonly signal: number;
      readonly target: "process" | "group";
    }
  /** A signal that is not to end it. */
  | {
      readonly kind: "signal";
      readonly key: ProcessKey;
      readonly pid: number;
      readonly signal: number;
    }
  /** A child has exited: its pipes are drained and closed before anything is reported about it. */
  | { readonly kind: "release"; readonly key: ProcessKey }
  | { readonly kind: "changed"; readonly key: ProcessKey; readonly change: StateChange }
  | { readonly kind: "notice"; readonly key: ProcessKey; readonly notice: Notice }
  | { readonly kind: "group-added"; readonly name: string }
  | { readonly kind: "group-removed"; readonly name: string; readonly keys: readonly ProcessKey[] }
  | { readonly kind: "processes-added"; readonly keys: readonly ProcessKey[] }
  | { readonly kind: "process-removed"; readonly key: ProcessKey }
  | { readonly kind: "stopping" }
  /** Nothing is left to stop. */
  | { readonly kind: "all-stopped" }
  | { readonly kind: "log"; readonly level: LogLevel; readonly text: string };

/** What one input changes. `null` in a map removes the entry; absent parts stay as they are. */
export interface SupervisorPatch {
  readonly daemonState?: SupervisorStateName;
  readonly groups?: ReadonlyMap<string, GroupRecord | null>;
  readonly processes?: ReadonlyMap<ProcessKey, ProcessRecord | null>;
  readonly pids?: ReadonlyMap<number, ProcessKey | null>;
  readonly queued?: ReadonlyMap<ProcessKey, WantedStart | null>;
  readonly looking?: ReadonlyMap<ProcessKey, WantedStart | null>;
  readonly stopPlan?: StopPlan;
  readonly programs?: ReadonlyMap<string, readonly ProcessKey[] | null>;
  readonly dependents?: ReadonlyMap<string, readonly ProcessKey[] | null>;
  readonly held?: ReadonlyMap<ProcessKey, readonly ProcessKey[] | null>;
  readonly upcoming?: ReadonlyMap<string, ProcessKey | null>;
  readonly schedules?: ReadonlyMap<ProcessKey, ScheduleState | null>;
  readonly ending?: Ending;
}

export interface SupervisorStep {
  readonly patch: SupervisorPatch;
  readonly effects: readonly SupervisorEffect[];
}

// What the end of the daemon depends on, and what has caused it: see ending.ts and shutdown.ts.

/** What [supervisord] says of the end of the daemon. */
export interface EndRules {
  readonly exitOn: ExitRule;
  /** How long a shutdown may take, seconds; null for any time. */
  readonly shutdownGrace: number | null;
}

export const NO_RULES: EndRules = { exitOn: "never", shutdownGrace: null };

/** The end of a program that ends the daemon. */
export interface Ending {
  readonly key: ProcessKey;
  /** The exit status of the daemon, 0 to 255. */
  readonly status: number;
}
