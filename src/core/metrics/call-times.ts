// How long calls of a method took: counts in a few ranges of duration, as a histogram of Prometheus has them.

import { SECOND } from "../base/time.ts";

/**
 * Upper bounds of the ranges, in seconds; the last range has none. No bound is a whole number: OpenMetrics would write it as
 * `1.0`, and Prometheus as `1`.
 */
export const CALL_BOUNDS = [0.001, 0.01, 0.1, 0.5, 2.5] as const;

/** The calls of one method that were answered. */
export class CallTimes {
  /** Calls by range, the shortest first. */
  readonly counts: number[] = [...CALL_BOUNDS.map(() => 0), 0];
  /** The sum of their durations in milliseconds. */
  ms = 0;
  faults = 0;

  add(ms: number, isFault: boolean): void {
    const range = CALL_BOUNDS.findIndex((bound) => ms <= bound * SECOND);
    const at = range < 0 ? CALL_BOUNDS.length : range;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.ms += ms;
    if (isFault) this.faults += 1;
  }
}
