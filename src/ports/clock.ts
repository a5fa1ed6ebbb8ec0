// Clocks and alarms: the only source of "now" and of wake-ups.

import type { Instant } from "../core/base/time.ts";

export interface Clock {
  now(): Instant;
  /**
   * Arms the single alarm, replacing the one before.
   * @param atMono monotonic milliseconds; null disarms
   */
  setAlarm(atMono: number | null): void;
  /** Registers the handler of the alarm. Once, at composition. */
  onAlarm(ring: () => void): void;
}

// The alarm of schedules. It uses the wall clock, which can be set and which continues while a machine sleeps.

export interface WallAlarm {
  /**
   * Arms the alarm, replacing the one before.
   * @param atWall epoch milliseconds; null disarms, and nothing is left of it
   */
  set(atWall: number | null): void;
  /**
   * Registers the handler, called at the time, or earlier if the clock was set. The alarm must be armed again after both.
   * If the host does not report a set clock, it is noticed at the time of the alarm.
   * @param ring `wasSet`: the clock was set
   */
  onRing(ring: (wasSet: boolean) => void): void;
}

// Pauses for faces that run one command: the delay of a reconnection, the time limit of a completion.

export interface Pause {
  /** Settles after that long, or at `cancel`. */
  readonly over: Promise<void>;
  cancel(): void;
}

export type StartPause = (milliseconds: number) => Pause;

// An action repeated while a client watches; the only thing in tsv that runs on a timer.

export interface Repeater {
  /**
   * Runs `act` every `ms`, counted from the end of the time before; one that takes long is done less often.
   * @returns what ends it
   */
  every(ms: number, act: () => Promise<void>): () => void;
}
