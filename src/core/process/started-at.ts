// When a running process was started, by the present wall clock.

import { type Instant, SECOND } from "../base/time.ts";
import { type ProcessState, pidOf } from "./model.ts";

/** The two clocks are read one after the other, and a leap second is no reason to tell another start. */
const SET_FROM_MS = 2 * SECOND;

/**
 * Wall-clock milliseconds of the start; 0 for never.
 * @remarks Clients take it from what is now to know how long a process is up. Where the clock was set since, as a board
 * without one does after each boot, they would find years, or less than nothing. The monotonic clock knows better.
 */
export function startedAt(state: ProcessState, now: Instant): number {
  const { startWall, startMono } = state.history;
  if (pidOf(state) === 0) return startWall;
  const setBy = now.wall - startWall - (now.mono - startMono);
  const isSet = Math.abs(setBy) >= SET_FROM_MS;
  // By whole seconds, so that it stays the same from one look to the next.
  const start = isSet ? startWall + Math.floor(setBy / SECOND) * SECOND : startWall;
  return Math.min(start, now.wall);
}
