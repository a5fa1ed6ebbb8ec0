// Interface of supervision for the rest of the daemon: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/result.ts";
import type { DecidedProgram } from "../../core/config/decisions.ts";
import type { EffectiveOption } from "../../core/config/effective.ts";
import type { ProgramStruct } from "../../core/config/groups.ts";
import type { Config, Decision, GroupConfig, ProcessConfig } from "../../core/config/model.ts";
import type { PlannedSockets, ProcessPlan } from "../../core/config/planned.ts";
import type { Layer } from "../../core/environment/layers.ts";
import type { ProcessStateName, SupervisorStateName } from "../../core/process/model.ts";
import type { ProcessReport } from "../../core/why/program-history.ts";
import type { Fault } from "../../core/xmlrpc/faults.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { ChangeOutcome } from "./waiters.ts";

/** What `getProcessInfo` reports, field for field, in Supervisor's units (epoch seconds). */
export interface ProcessInfo {
  readonly name: string;
  readonly group: string;
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  readonly state: ProcessStateName;
  readonly spawnErr: string;
  readonly exitStatus: number;
  /** Empty when there is none. */
  readonly stdoutLogfile: string;
  readonly stderrLogfile: string;
  /** 0 when not running. */
  readonly pid: number;
  readonly description: string;
}

/** What a process has as its environment, or would get. */
export interface EnvironmentView {
  readonly group: string;
  readonly name: string;
  /** 0: it is the environment of the next start. */
  readonly pid: number;
  /** The strongest last. */
  readonly layers: readonly Layer[];
  /** Why files of the next start cannot be used, so that their variables are missing; empty for nothing. */
  readonly problem: string;
  /** A command whose output the next start adds; empty for none. */
  readonly command: string;
}

/** An active process: its place, its configuration, its state. */
export interface ProcessView {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
  readonly state: ProcessStateName;
  readonly pid: number;
  /** Whether `stop` changes something: the process runs, or will start automatically. */
  readonly stoppable: boolean;
  /** Starts that were tried since it was added. */
  readonly starts: number;
}

export interface GroupView {
  readonly config: GroupConfig;
  /** In definition order. */
  readonly processes: readonly ProcessView[];
}

/** What a decision of an operator came to. */
export interface Decided {
  readonly programs: readonly DecidedProgram[];
  readonly applied: readonly AppliedProcess[];
}

/** A process after its definition has changed. */
export interface PlannedProcess extends ProcessPlan, PlannedSockets {}

export interface AppliedProcess extends ProcessPlan {
  /** `unknown`: the daemon was upgraded meanwhile. */
  readonly outcome: ChangeOutcome | "unknown";
  /** Why it is not up; empty for nothing. */
  readonly error: string;
}

export interface RereadChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Commands settle when they are complete, never by looking again later. Failures are values. */
export interface SupervisorApi {
  state(): SupervisorStateName;
  identifier(): string;
  /** Configuration as last read, which may be newer than what runs. */
  config(): Config;
  /** Active groups sorted by (priority, name). */
  groups(): readonly GroupView[];
  group(name: string): GroupView | null;
  process(group: string, name: string): ProcessView | null;
  info(key: ProcessKey): ProcessInfo | null;
  /** What a start of the process would start before it, as ctl shows it. */
  neededStarts(key: ProcessKey): readonly string[];
  /** The environment of the run, or of the next start if it does not run or `ofNext` is true. Runs no command. */
  environment(key: ProcessKey, ofNext: boolean): Promise<EnvironmentView | null>;
  /** How the process came to where it is. */
  report(key: ProcessKey): ProcessReport | null;

  /**
   * Whether a start would find its command, and the file systems that it uses answer. Starts nothing.
   * Faults: NO_FILE, NOT_EXECUTABLE, FAILED, BAD_NAME.
   */
  checkStart(key: ProcessKey): Promise<Result<true, Fault>>;
  /**
   * Starts a process. With `wait` it settles when the process is RUNNING or failed; without, once it was spawned.
   * Faults: NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, SPAWN_ERROR, ABNORMAL_TERMINATION, FAILED, BAD_NAME.
   */
  start(key: ProcessKey, wait: boolean): Promise<Result<true, Fault>>;
  /**
   * Stops a process. With `wait` it settles when the process is down. Faults: NOT_RUNNING, FAILED, BAD_NAME.
   * @param together all processes that are being stopped: it is stopped once those of them that need it are down
   */
  stop(
    key: ProcessKey,
    wait: boolean,
    together?: ReadonlySet<ProcessKey>,
  ): Promise<Result<true, Fault>>;
  /**
   * Stops a process that executes and starts it again, in one decision: a daemon that dies meanwhile leaves it no more down than
   * before. Settles when it is up, or is not. Nothing is stopped if the new start would not find its command.
   * Faults: those of checkStart, NOT_RUNNING; SPAWN_ERROR with the reason, ABNORMAL_TERMINATION when it was stopped.
   */
  restartProcess(key: ProcessKey): Promise<Result<true, Fault>>;
  /** Settles when a process that is STOPPING is down, at once in any other state. Faults: FAILED, BAD_NAME. */
  whenStopped(key: ProcessKey): Promise<Result<true, Fault>>;
  /** Sends a signal to the process alone (never its group). Faults: NOT_RUNNING, FAILED, BAD_NAME. */
  signal(key: ProcessKey, signal: number): Result<true, Fault>;
  /**
   * Sends reload_signal, or runs reload_command until it exits. @returns what was done, in words
   * Faults: NO_FILE when it has neither, NOT_RUNNING, FAILED with the exit and the last line of the command, BAD_NAME.
   */
  reloadProcess(key: ProcessKey): Promise<Result<string, Fault>>;
  /** Queues bytes for the program's stdin. Faults: NOT_RUNNING, NO_FILE, FAILED (queue full), BAD_NAME. */
  writeStdin(key: ProcessKey, bytes: Uint8Array): Result<true, Fault>;
  /** Sets the size of the program's terminal. Faults: NOT_RUNNING, NO_FILE (it has none), FAILED, BAD_NAME. */
  resize(key: ProcessKey, size: WindowSize): Result<true, Fault>;
  /** Calls back once when the present run has ended, at once if there is none. @returns cancels it */
  whenRunEnds(key: ProcessKey, ended: () => void): () => void;

  /** Faults: ALREADY_ADDED, BAD_NAME. */
  addGroup(name: string): Result<true, Fault>;
  /** Faults: STILL_RUNNING, BAD_NAME. */
  removeGroup(name: string): Result<true, Fault>;
  /**
   * Adds a program that no file mentions to an active group, until the group is removed or the daemon restarts.
   * Faults: BAD_NAME (group unknown, or a process name taken), INCORRECT_PARAMETERS.
   */
  addProgram(program: ProgramStruct): Promise<Result<true, Fault>>;
  /** Takes one process out of its group. Faults: STILL_RUNNING, BAD_NAME. */
  removeProcess(key: ProcessKey): Result<true, Fault>;
  /** Reads the configuration again and compares; starts and stops nothing. Fault: CANT_REREAD, also when it takes too long. */
  reread(): Promise<Result<RereadChanges, Fault>>;
  /**
   * Reads the configuration again, and what it would change. Starts and stops nothing; tries addresses that would be opened,
   * without listening there. Faults: CANT_REREAD, BAD_NAME.
   * @param names groups, programs, `group:process`; none for all
   */
  plan(names: readonly string[]): Promise<Result<readonly PlannedProcess[], Fault>>;
  /** The options that a section has in its files now, with their places and without secrets. Fault: CANT_REREAD. */
  options(section: string): Promise<Result<readonly EffectiveOption[], Fault>>;
  /**
   * Whether the sockets of a group as it was read can be opened, before it is stopped to be replaced. Faults: BAD_NAME,
   * FAILED with the reason.
   */
  checkSockets(group: string): Promise<Result<true, Fault>>;
  /** Does what `plan` says. Settles when all processes that start are up, or have failed. */
  apply(names: readonly string[]): Promise<Result<readonly AppliedProcess[], Fault>>;
  /**
   * Makes and keeps a decision of an operator about the programs of a name: see core/config/decisions.ts. Nothing else of them
   * changes. Settles like `apply`. Faults: BAD_NAME, INCORRECT_PARAMETERS, CANT_REREAD, FAILED when it cannot be kept.
   * @param value as in a file; empty to drop the decision
   */
  decide(name: string, key: Decision["key"], value: string): Promise<Result<Decided, Fault>>;
  /** Reverts the last `apply`. Fault: FAILED when there was none. */
  rollBack(): Promise<Result<readonly AppliedProcess[], Fault>>;
  /** Stops everything, then ends the daemon. Returns at once. */
  shutdown(): void;
  /**
   * Stops everything, then starts over with a fresh configuration. Settles when that was read and checked, before anything
   * stops: a bad one changes nothing. Faults: CANT_REREAD, SHUTDOWN_STATE when everything was stopped in between.
   */
  restart(): Promise<Result<true, Fault>>;
  /** Emits REMOTE_COMMUNICATION. */
  remoteCommEvent(type: string, data: string): void;
}
