// The history of a program: its state, its recent runs, and the options that explain them.

import type { ProgramType } from "../config/value-types.ts";
import type { HealthReport } from "../process/describe.ts";
import type { StartCause } from "../process/model.ts";
import type { RunEnding } from "../process/runs.ts";

/** A completed run. */
export interface ProgramRun {
  /** 0 if it could not be spawned. */
  readonly pid: number;
  readonly cause: StartCause | "";
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly upMs: number;
  readonly ending: RunEnding;
  /** null if a signal ended it, or if it could not be spawned. */
  readonly exitStatus: number | null;
  readonly signal: number | null;
  readonly core: boolean;
  readonly expected: boolean;
  readonly spawnError: string;
  /** The signals that the daemon had sent. */
  readonly signals: readonly number[];
  /** Why the daemon ended it to restart the program; empty for another end. */
  readonly reason: string;
}

export interface ProgramHistory {
  readonly group: string;
  readonly name: string;
  readonly state: string;
  readonly pid: number;
  /** Seconds since 1970 of the daemon's clock; `start` is 0 for never. */
  readonly now: number;
  readonly start: number;
  readonly spawnError: string;
  /** The condition of its start, or what blocks it: "waiting for db to run"; empty for none. */
  readonly waits: string;
  /** The ready_check and its last result, while it is not ready; empty without a check. */
  readonly unready: string;
  /** The status that it reports by sd_notify; empty for none. */
  readonly said: string;
  /** The program that blocks it; empty for none. */
  readonly blockedBy: string;
  /** null without health_check, or if the daemon does not report it. */
  readonly health: HealthReport | null;
  /** Why the daemon restarted it: "512MB of 400MB used"; empty for another cause. */
  readonly restartReason: string;
  readonly cause: StartCause | "";
  /** Consecutive failed starts. */
  readonly failures: number;
  /** null if it is not restarted automatically. */
  readonly nextStartMs: number | null;
  /** Its schedule in the form of a configuration; empty for none. */
  readonly schedule: string;
  /** Its next scheduled run, seconds since 1970; 0 for none. */
  readonly nextRun: number;
  /** It was stopped on request, which suspends its schedule. */
  readonly isSuspended: boolean;
  /** Another run starts when the present one ends. */
  readonly isQueued: boolean;
  /** The signals that the daemon has sent to the present run. */
  readonly signals: readonly number[];
  /** Completed runs since the program was added, including those that are not recorded any more. */
  readonly total: number;
  /** Oldest first. */
  readonly runs: readonly ProgramRun[];
  readonly type: ProgramType;
  readonly startSecs: number;
  readonly startRetries: number;
  /** restart_limit is in force instead of startretries. */
  readonly isLimited: boolean;
  readonly stopWaitSecs: number;
  readonly autostart: boolean;
  readonly autorestart: string;
  readonly exitCodes: readonly number[];
}
