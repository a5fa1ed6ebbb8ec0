// How long stopping everything may take: for those who would otherwise lose patience and kill the daemon.

/** What counts of a group. */
export interface StoppedGroup {
  readonly priority: number;
  /** `stopwaitsecs` of each of its processes. */
  readonly stopWaitSecs: readonly number[];
}

/**
 * Seconds until the last process was at least killed. Groups of one priority stop together, one priority after the
 * other (see `stopWaves`).
 */
export function longestStopSeconds(groups: Iterable<StoppedGroup>): number {
  const waves = new Map<number, number>();
  for (const { priority, stopWaitSecs } of groups) {
    waves.set(priority, Math.max(waves.get(priority) ?? 0, ...stopWaitSecs));
  }
  let sum = 0;
  for (const seconds of waves.values()) sum += seconds;
  return sum;
}
