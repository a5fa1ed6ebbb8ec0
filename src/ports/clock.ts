// Clocks and alarms: the only source of "now" and of wake-ups.

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
