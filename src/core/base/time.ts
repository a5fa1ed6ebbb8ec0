// Two clocks: the monotonic one decides, the wall clock is shown to people. Only schedules are due by the wall clock.

/** A time, read once per turn of the loop and passed down as an argument. */
export interface Instant {
  /** Milliseconds of CLOCK_MONOTONIC. Every duration and deadline uses this one. */
  readonly mono: number;
  /** Milliseconds since the epoch, UTC. For display, file names, RPC timestamps and schedules only. */
  readonly wall: number;
}

/** In milliseconds, as all durations are. */
export const SECOND = 1000;

/** Whole seconds since the epoch, as the RPC interface reports them; 0 stays 0 ("never"). */
export function epochSeconds(wallMs: number): number {
  return Math.floor(wallMs / SECOND);
}
