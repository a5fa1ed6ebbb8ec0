// The state of supervision as plain data: active groups, the state of each process, the plan of a shutdown. A
// snapshot contains it.

import { type ProcessKey, parseNamespec } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { GroupConfig, LogLevel, ProcessConfig } from "../config/model.ts";
import type { ExitRule } from "../config/value-types.ts";
import type { CommandProblem } from "../process/launch.ts";
import {
  deadlineOf,
  type ExitOutcome,
  isStoppable,
  type LeftProcesses,
  type ProcessEffect,
  type ProcessInput,
  type ProcessState,
  pidOf,
  type StartCause,
  type SupervisorStateName,
} from "../process/model.ts";
import type { LimitCounts } from "../process/reached-limits.ts";
import type { RunLog } from "../process/runs.ts";
import type { ScheduleState } from "../schedules/schedule.ts";

export interface ProcessRecord {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
  readonly state: ProcessState;
  /** Its history, for clients. */
  readonly runs: RunLog;
  /** How its process has exited, while the processes that it left are being ended (kill_mode); null otherwise. */
  readonly exit: PendingExit | null;
}

/** The exit of a process, which counts when what it left is ended. */
export interface PendingExit {
  readonly outcome: ExitOutcome;
  /** When it was handled: how long the run was does not depend on what it left. */
  readonly at: Instant;
  /** See the input `exited`. */
  readonly reached: LimitCounts;
}

/** The pid of its process; 0 if none exists. Once it has exited, its number may be another process's. */
export function livePid({ state, exit }: Pick<ProcessRecord, "state" | "exit">): number {
  return exit === null ? pidOf(state) : 0;
}

/** Whether its process is being stopped. */
export function isBeingStopped({ state: { phase } }: Pick<ProcessRecord, "state">): boolean {
  return phase.kind === "STOPPING" || phase.kind === "FAILING";
}

/** Monotonic milliseconds; null for none. When its process has exited, only limits of a stop and of a hook count. */
export function deadlineOfRecord(record: Pick<ProcessRecord, "state" | "exit">): number | null {
  const isLimited = isBeingStopped(record) || record.state.hook !== null;
  return record.exit === null || isLimited ? deadlineOf(record.state) : null;
}

export interface GroupRecord {
  readonly config: GroupConfig;
  /** In definition order. */
  readonly keys: readonly ProcessKey[];
  /** The group that takes its place when its last process is gone; null for none. */
  readonly next: GroupReplacement | null;
}

/** A definition that shares other things among its processes: a kind, a socket, events. */
export interface GroupReplacement {
  readonly config: GroupConfig;
  /** Processes of the group before, and those of them that start again. Others start if they have autostart. */
  readonly known: readonly ProcessKey[];
  readonly starts: readonly ProcessKey[];
}

/** What has to stop, in waves: a wave is stopped at once, the next one begins when it is down. */
export interface StopPlan {
  readonly waves: readonly ReadonlySet<ProcessKey>[];
  /** Index of the wave being stopped. */
  readonly wave: number;
  /** Processes of that wave that are not down yet. */
  readonly remaining: number;
  /** The next "waiting for ... to die" line, monotonic milliseconds. */
  readonly reportAt: number;
  /** The last process is killed then, monotonic milliseconds; null without shutdown_grace. */
  readonly endAt: number | null;
  /** The rest of the present wave is killed then; null without shutdown_grace. */
  readonly killBy: number | null;
  /** The rest of the present wave is left behind then; null without shutdown_grace. */
  readonly leaveBy: number | null;
  /** The end of all waiting, monotonic milliseconds; null without shutdown_grace. */
  readonly leaveAt: number | null;
}

/** A wanted start that has not begun. */
export interface WantedStart {
  readonly by: StartCause;
}

/** Why a wanted start does not begin. */
export type StartRejection =
  /** The process was stopped. */
  | "cancelled"
  /** The process does not exist, or was removed. */
  | "removed"
  /** Everything is being stopped. */
  | "shutting-down"
  | "already-started"
  | "stopping"
  | "unknown-state"
  | CommandProblem;

/** A definition that takes effect when no process of the old one exists. */
export interface PendingChange {
  /** null: the process is removed then. */
  readonly config: ProcessConfig | null;
  /** It was to be removed before, and starts again if it has autostart. */
  readonly isBack: boolean;
}

export type StartOutcome = "begun" | StartRejection;

/** The maps of the state, which a patch changes entry by entry. */
export interface SupervisorMaps {
  readonly groups: ReadonlyMap<string, GroupRecord>;
  readonly processes: ReadonlyMap<ProcessKey, ProcessRecord>;
  /** Live children. */
  readonly pids: ReadonlyMap<number, ProcessKey>;
  /** Starts that wait for their turn, in order. */
  readonly queued: ReadonlyMap<ProcessKey, WantedStart>;
  /** Starts whose command is being found. */
  readonly resolving: ReadonlyMap<ProcessKey, WantedStart>;
  /** The processes of each program, by its name: see dependencies.ts. */
  readonly programs: ReadonlyMap<string, readonly ProcessKey[]>;
  /** The dependents of each name that depends_on or restart_with uses. */
  readonly dependents: ReadonlyMap<string, readonly ProcessKey[]>;
  /** Held stops: by process, the dependents that must be down first. */
  readonly held: ReadonlyMap<ProcessKey, readonly ProcessKey[]>;
  /** One process that does not satisfy an awaited dependency ("g:* ready") yet. It saves examining all of them. */
  readonly upcoming: ReadonlyMap<string, ProcessKey>;
  /** Changes of definitions that wait for the end of a process: see configure.ts. */
  readonly pending: ReadonlyMap<ProcessKey, PendingChange>;
  /** Processes with a schedule, or with start_on. */
  readonly schedules: ReadonlyMap<ProcessKey, ScheduleState>;
}

export type MapName = keyof SupervisorMaps;

export interface SupervisorState extends SupervisorMaps {
  readonly daemonState: SupervisorStateName;
  readonly stopPlan: StopPlan | null;
  readonly rules: EndRules;
  /** null while no program has ended the daemon. */
  readonly ending: Ending | null;
}

/** The definition of a process, and that which it gets when it, or all of its group, is down. */
export function definitionsOf(
  { processes, pending, groups }: Pick<SupervisorMaps, "processes" | "pending" | "groups">,
  key: ProcessKey,
): readonly ProcessConfig[] {
  const { group, process } = parseNamespec(key);
  const next = groups.get(group)?.next?.config.processes.find(({ name }) => name === process);
  return [processes.get(key)?.config, pending.get(key)?.config, next].filter(
    (each) => each != null,
  );
}

/** Whether a start of the process is wanted and has not begun. */
export function isStartWanted(
  { queued, resolving }: Record<"queued" | "resolving", { has(key: ProcessKey): boolean }>,
  key: ProcessKey,
): boolean {
  return queued.has(key) || resolving.has(key);
}

/** Whether a process runs, or is to run, so that a change of its definition starts it again; also one that was given up. */
export function isUpOrWanted(
  state: Parameters<typeof isStartWanted>[0],
  record: ProcessRecord | null | undefined,
): boolean {
  if (!record) return false;
  const { phase } = record.state;
  return isStartWanted(state, record.key) || phase.kind === "FATAL" || isStoppable(record.state);
}

/** What is said of one process, with its key. */
type Keyed<T> = T extends unknown ? T & { readonly key: ProcessKey } : never;

/** All inputs of supervision. */
export type SupervisorInput =
  | { readonly kind: "add-group"; readonly config: GroupConfig }
  /** Changes the definitions of active groups, and adds others: see configure.ts. */
  | { readonly kind: "configure"; readonly groups: readonly GroupConfig[] }
  | { readonly kind: "remove-group"; readonly name: string }
  /** Adds processes of no file to an active group, except those whose name is taken. */
  | {
      readonly kind: "add-processes";
      readonly group: string;
      readonly processes: readonly ProcessConfig[];
    }
  /** Removes a process that is down. */
  | { readonly kind: "remove-process"; readonly key: ProcessKey }
  /** Queues starts of processes with autostart that were never started; `isBoot`: also those with `@reboot`. */
  | {
      readonly kind: "autostart";
      readonly keys: readonly ProcessKey[];
      readonly isBoot?: true;
    }
  /** Queues a start; `start-settled` has the outcome. */
  | { readonly kind: "start"; readonly key: ProcessKey }
  /** Begins the first start of the queue. */
  | { readonly kind: "next-start" }
  /** The result of the effect `resolve`. */
  | {
      readonly kind: "resolved";
      readonly key: ProcessKey;
      readonly problem: CommandProblem | null;
    }
  /** `together`: all processes that are being stopped; dependents stop first. */
  | {
      readonly kind: "stop";
      readonly key: ProcessKey;
      readonly together?: ReadonlySet<ProcessKey>;
    }
  /** Stops a process that executes, and starts it again when it is down. */
  | { readonly kind: "restart"; readonly key: ProcessKey }
  /** About one process: see `ProcessInput`. `checked` is the result of the effect `check`. */
  | Keyed<
      Extract<
        ProcessInput,
        {
          readonly kind:
            | "spawned"
            | "spawn-failed"
            | "spawn-again"
            | "spawn-waits"
            | "kill-failed"
            | "hook-ended"
            | "checked"
            | "measured"
            | "deadline"
            | "files-changed";
        }
      >
    >
  | Keyed<Omit<Extract<ProcessInput, { readonly kind: "extend" }>, "killBy">>
  /** A signal was sent to the process on request. */
  | { readonly kind: "signalled"; readonly key: ProcessKey; readonly signal: number }
  | ({ readonly kind: "child-died"; readonly pid: number } & Omit<
      Extract<ProcessInput, { readonly kind: "exited" }>,
      "kind" | "at" | "isLast" | "left"
    >)
  /** There is a connection to a socket of the process. */
  | { readonly kind: "connected"; readonly key: ProcessKey }
  /** The result of the effect `end-left`. */
  | ({ readonly kind: "left-ended"; readonly key: ProcessKey } & LeftProcesses)
  /** A scheduled run is due. */
  | { readonly kind: "schedule-due"; readonly key: ProcessKey }
  /** The wall clock was set, forward by so many milliseconds. */
  | { readonly kind: "clock-set"; readonly by: number }
  /** The deadline of the stop plan has passed: see `planDueAt`. */
  | { readonly kind: "report-waiting" }
  | { readonly kind: "stop-everything"; readonly daemonState: "SHUTDOWN" | "RESTARTING" }
  /** Shuts down without waiting. */
  | { readonly kind: "kill-everything" };

export type SupervisorEffect =
  /** Find the file of the command. */
  | { readonly kind: "resolve"; readonly key: ProcessKey }
  /** Report the outcome of a queued start. */
  | {
      readonly kind: "start-settled";
      readonly key: ProcessKey;
      readonly outcome: StartOutcome;
    }
  /** What the state machine of one process requests: see `ProcessEffect`. */
  | Keyed<Exclude<ProcessEffect, { readonly kind: "log" | "start-again" }>>
  /** A child has exited: drain and close its pipes, before anything is reported about it. */
  | { readonly kind: "release"; readonly key: ProcessKey }
  /** A process has exited: end what it left. `mayFinish`: its group has the stop signal, and time until `kill`. */
  | {
      readonly kind: "end-left";
      readonly key: ProcessKey;
      readonly pid: number;
      readonly mayFinish: boolean;
    }
  | { readonly kind: "group-added"; readonly name: string }
  | { readonly kind: "group-removed"; readonly name: string; readonly keys: readonly ProcessKey[] }
  | { readonly kind: "processes-added"; readonly keys: readonly ProcessKey[] }
  | { readonly kind: "process-removed"; readonly key: ProcessKey }
  /** A process has another definition, perhaps with other logs. */
  | { readonly kind: "configured"; readonly key: ProcessKey; readonly hasNewLogs: boolean }
  | { readonly kind: "stopping" }
  /** Nothing is left to stop. */
  | { readonly kind: "all-stopped" }
  | { readonly kind: "log"; readonly level: LogLevel; readonly text: string };

/** The changes of a map; null removes the entry. */
type Changes<M> = M extends ReadonlyMap<infer K, infer V> ? ReadonlyMap<K, V | null> : never;

/** The changes of one step. Maps without changes are null. */
export type SupervisorPatch = Pick<SupervisorState, "daemonState" | "stopPlan" | "ending"> & {
  readonly [K in MapName]: Changes<SupervisorMaps[K]> | null;
};

export interface SupervisorStep {
  readonly patch: SupervisorPatch;
  readonly effects: readonly SupervisorEffect[];
}

/** Options of [supervisord] about the end of the daemon: see ending.ts and shutdown.ts. */
export interface EndRules {
  readonly exitOn: ExitRule;
  /** Limit for a shutdown, in seconds; null for none. */
  readonly shutdownGrace: number | null;
}

const NO_RULES: EndRules = { exitOn: "never", shutdownGrace: null };

/** The state of a daemon without groups. */
export function initialState({ exitOn, shutdownGrace } = NO_RULES): SupervisorState {
  const none = new Map<never, never>();
  return {
    ...{ daemonState: "RUNNING", stopPlan: null, ending: null },
    rules: { exitOn, shutdownGrace },
    ...{ groups: none, processes: none, pids: none, queued: none, resolving: none },
    ...{ programs: none, dependents: none, held: none, upcoming: none, schedules: none },
    pending: none,
  };
}

/** A program that has ended the daemon. */
export interface Ending {
  readonly key: ProcessKey;
  /** The exit status of the daemon, 0 to 255. */
  readonly status: number;
}
