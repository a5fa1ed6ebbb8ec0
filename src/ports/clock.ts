// Time from the outside: the only way in for "now" and for "wake me".

import type { Instant } from "../core/base/time.ts";

export interface Clock {
  now(): Instant;
  /**
   * Arms the single alarm, replacing the one before.
   * @param atMono monotonic milliseconds; null disarms
   */
  setAlarm(atMono: number | null): void;
  /** Registers who is called when the alarm rings. Once, at composition. */
  onAlarm(ring: () => void): void;
}
