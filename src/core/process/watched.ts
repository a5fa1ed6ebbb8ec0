// What is watched of a program while it is RUNNING, as plain data: its health, its memory, its age. health.ts decides about it.

/** The health of a run. */
export interface Health {
  /** null before the first result. */
  readonly isHealthy: boolean | null;
  /** Checks in a row that failed and counted. */
  readonly failures: number;
  /** The result of the last check; empty if there was none. */
  readonly lastResult: string;
  /** Since when no check could be made, monotonic milliseconds; null if the last one was made. */
  readonly unknownSince: number | null;
  /** The run has been healthy. */
  readonly wasHealthy: boolean;
  /** Earlier failures count only if the run has been healthy; monotonic milliseconds. */
  readonly countsFrom: number;
  /** The next check, monotonic milliseconds. */
  readonly nextAt: number;
  /** A check is in progress. */
  readonly isChecking: boolean;
}

/** From the end of one measurement of memory to the next, in milliseconds. */
export const MEMORY_INTERVAL_MS = 10_000;

/** What is watched of a RUNNING program. */
export interface Watch {
  /** null without health_check. */
  readonly health: Health | null;
  /** max_age is reached then, monotonic milliseconds; null without max_age. */
  readonly oldAt: number | null;
  /** Measurements in a row in which it used more than max_memory. */
  readonly overLimit: number;
  /** Since when its memory could not be measured, monotonic milliseconds; null if it was. */
  readonly unmeasuredSince: number | null;
}

/** Why the daemon ended a run to start the program again. */
export interface RestartReason {
  readonly by: "health" | "memory" | "age" | "watch";
  /** For people, one line: "512MB of 400MB used". */
  readonly text: string;
}

/** The next check of health, or the end of max_age; monotonic milliseconds, null for none. */
export function watchDeadline(watch: Watch | null): number | null {
  if (watch === null) return null;
  const { health, oldAt } = watch;
  const checkAt = health === null || health.isChecking ? null : health.nextAt;
  if (checkAt === null || oldAt === null) return checkAt ?? oldAt;
  return Math.min(checkAt, oldAt);
}
