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
  /** Why the daemon ended it by itself, to start the program again; empty for no such reason. */
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
  /** What its start waits for, or what blocks it: "waiting for db to run"; empty for nothing. */
  readonly waits: string;
  /** What it was asked, and what came of that, while it is not ready; empty for a program that is not asked. */
  readonly unready: string;
  /** What it says itself of its state; empty for nothing. */
  readonly said: string;
  /** The program that blocks it; empty for none. */
  readonly blockedBy: string;
  /** null without health_check, or if the daemon does not tell. */
  readonly health: HealthReport | null;
  /** Why the daemon itself started it again: "512MB of 400MB used"; empty for another cause. */
  readonly restartReason: string;
  readonly cause: StartCause | "";
  /** Consecutive failed starts. */
  readonly failures: number;
  /** null if it is not restarted automatically. */
  readonly nextStartMs: number | null;
  /** Its schedule as a file would have it; empty for none. */
  readonly schedule: string;
  /** The next run by it, seconds since 1970; 0 for none. */
  readonly nextRun: number;
  /** It was stopped on request, and its schedule with it. */
  readonly isSuspended: boolean;
  /** A run waits for the end of the one under way. */
  readonly isQueued: boolean;
  /** The signals that the daemon has sent to the present run. */
  readonly signals: readonly number[];
  /** Completed runs since the program was added, including those no longer remembered. */
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
