// When a schedule is due next, by which clock, and what a clock that was set changes.

import { type Instant, SECOND } from "../base/time.ts";
import type { Schedule } from "../config/value-types.ts";
import { nextCron } from "./cron.ts";
import type { ScheduleState } from "./model.ts";

/** A run that is due for longer was missed: the machine slept, or the clock was set forward. */
const LATE_MS = 60 * SECOND;

/** A clock that is set back by less does not repeat runs (as cron(8) does it); by more, the new time counts. */
const SET_BACK_MS = 3 * 3600 * SECOND;

type Next = Pick<ScheduleState, "atWall" | "atMono" | "lead">;

/**
 * The next run of a schedule.
 * @returns epoch milliseconds; null if there is none by the wall clock
 */
export function nextRun(schedule: Schedule, afterWallMs: number): number | null {
  return schedule.kind === "cron" ? nextCron(schedule, afterWallMs) : null;
}

/** The first run after now. @param before the one that is due now, monotonic milliseconds; `@every` keeps its pace */
export function nextAfter(schedule: Schedule, now: Instant, before: number | null = null): Next {
  const lead = now.wall - now.mono;
  if (schedule.kind !== "every") return { atWall: nextRun(schedule, now.wall), atMono: null, lead };
  const period = schedule.seconds * SECOND;
  const inPace = before === null ? now.mono : before + period;
  return { atWall: null, atMono: inPace > now.mono ? inPace : now.mono + period, lead };
}

/** Whether a run is due. */
export function isDue({ atWall, atMono }: Next, now: Instant): boolean {
  return (atWall !== null && atWall <= now.wall) || (atMono !== null && atMono <= now.mono);
}

/** Whether a run that is due is too late. Time that the machine slept does not count for `@every`. */
export function isMissed({ atWall }: Next, now: Instant): boolean {
  return atWall !== null && now.wall - atWall > LATE_MS;
}

/** Whether the clock was set back so far that the next run has to be found by the new time. */
export function isSetBack({ lead, atWall }: Next, now: Instant): boolean {
  return atWall !== null && lead - (now.wall - now.mono) >= SET_BACK_MS;
}
