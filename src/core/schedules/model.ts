// What the clock will do with a process that has a schedule, as plain data.

/** Of a process with schedule=, from when it is added until it is removed. */
export interface ScheduleState {
  /** The next run of a cron expression, epoch milliseconds; null for none. */
  readonly atWall: number | null;
  /** The next run of `@every`, monotonic milliseconds; null for none. */
  readonly atMono: number | null;
  /** A run was due and begins when the one under way is over (overlap=queue). */
  readonly isQueued: boolean;
  /** It was stopped on request, and runs when it is started on request. */
  readonly isSuspended: boolean;
  /** How far the wall clock was ahead of the monotonic one when `atWall` was computed, milliseconds. */
  readonly lead: number;
}

/** What clients are told of a schedule. */
export interface ScheduleReport {
  /** As a file would have it. */
  readonly text: string;
  /** The next run, epoch milliseconds; null for none. */
  readonly next: number | null;
  readonly isQueued: boolean;
  readonly isSuspended: boolean;
}

/** What came of a run that was due. */
export type RunOutcome = "started" | "queued" | "skipped" | "missed";
