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
export function watchDeadline(watch: Watch | null): number | null {
  if (watch === null) return null;
  const { health, oldAt } = watch;
  const checkAt = health === null || health.isChecking ? null : health.nextAt;
  if (checkAt === null || oldAt === null) return checkAt ?? oldAt;
  return Math.min(checkAt, oldAt);
}
