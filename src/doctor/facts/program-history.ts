// What a daemon of tsv remembers of a program and of an event pool.

import type { RunEnding, StartCause } from "../../core/process/runs.ts";

/** One run that has ended. */
export interface ProgramRun {
  /** 0 when it could not be spawned. */
  readonly pid: number;
  readonly cause: StartCause | "";
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly upMs: number;
  readonly ending: RunEnding;
  /** null when a signal ended it, or when it could not be spawned. */
  readonly exitStatus: number | null;
  readonly signal: number | null;
  readonly core: boolean;
  readonly expected: boolean;
  readonly spawnError: string;
  /** What the daemon had sent it. */
  readonly signals: readonly number[];
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
  readonly cause: StartCause | "";
  /** Starts that failed in a row. */
  readonly failures: number;
  /** null when it is not started again by itself. */
  readonly nextStartMs: number | null;
  /** What the daemon has sent the run that is under way. */
  readonly signals: readonly number[];
  /** Runs that ended since the program was added, also those that are forgotten. */
  readonly total: number;
  /** Oldest first. */
  readonly runs: readonly ProgramRun[];
  readonly startSecs: number;
  readonly startRetries: number;
  readonly stopWaitSecs: number;
  readonly autostart: boolean;
  readonly autorestart: string;
  readonly exitCodes: readonly number[];
}

/** A pool of event listeners, as tsv.getEventPools tells of it. */
export interface PoolStatus {
  readonly name: string;
  readonly bufferSize: number;
  readonly waiting: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly listeners: readonly { readonly name: string; readonly state: string }[];
}
