// Schedules as clients see them, and in the activity log.

import { type Instant, SECOND } from "../base/time.ts";
import { durationText } from "../config/quantities.ts";
import type { Overlap, Schedule } from "../config/value-types.ts";
import { type LocalTime, localTime } from "../logs/calendar.ts";
import { formatStopTime } from "../process/describe.ts";
import { type ScheduleReport, type ScheduleState, scheduleText } from "./schedule.ts";

/** Whether the clock will start it. */
export function hasNextRun(state: ScheduleState | undefined): boolean {
  return state !== undefined && (state.atWall !== null || state.atMono !== null);
}

/** @param schedule as configured @param state null for a process that has none */
export function reportSchedule(
  schedule: Schedule | null,
  state: ScheduleState | undefined,
  now: Instant,
): ScheduleReport | null {
  if (schedule === null || state === undefined) return null;
  const { atWall, atMono, isQueued, isSuspended } = state;
  const next = atMono === null ? atWall : Math.round(now.wall + atMono - now.mono);
  return { text: scheduleText(schedule), next, isQueued, isSuspended };
}

/**
 * The description of a process that is down, in place of the usual one; null where that is more precise.
 * @param error what a process in FATAL state shows; empty in other states
 */
export function describeSchedule(
  { text, next, isSuspended }: ScheduleReport,
  error: string,
  localTime: (wallMs: number) => LocalTime,
): string | null {
  if (text === "@reboot") return null;
  const at = next === null ? "" : formatStopTime(localTime(next));
  if (error === "") {
    if (isSuspended) return "schedule suspended";
    return at === "" ? "no next run" : `next run ${at}`;
  }
  const due = isSuspended ? "suspended" : at === "" ? "no next run" : `next ${at}`;
  const both = `${error.replace(/^Bad exit code /, "exit ")}, ${due}`;
  return both.length <= MOST_TEXT ? both : null;
}

/** With the columns of name and state, 33 and 10 as Supervisor's clients print them, a line of 80. */
const MOST_TEXT = 37;

// Lines of the activity log about schedules. They show the process name without its group, as all lines about processes do.

/** "2026-11-24 03:00:00 UTC": the time zone of a host may be another one than that of a schedule. */
function utcText(wallMs: number): string {
  const { year, month, day, hour, minute, second } = localTime(wallMs, 0);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)} UTC`;
}

export const messages = {
  due: (name: string) => `starting ${name}: its schedule is due`,
  caughtUp: (name: string, at: number) =>
    `starting ${name}: it missed its run of ${utcText(at)} (catch_up=once)`,
  missed: (name: string, at: number) =>
    `${name} missed its run of ${utcText(at)}: the machine slept or the clock was set (catch_up=none)`,
  skipped: (name: string, overlap: Overlap) =>
    `${name} is due, but its previous run has not ended: skipped (overlap=${overlap})`,
  unknown: (name: string) => `${name} is due and in UNKNOWN state: skipped`,
  queued: (name: string) =>
    `${name} is due, but its previous run has not ended: queued (overlap=queue)`,
  restarted: (name: string) =>
    `${name} is due, but its previous run has not ended: restarting it (overlap=restart)`,
  suspended: (what: string, why: string) => `${what} suspended: ${why}`,
  resumed: (what: string, why: string) => `${what} resumed: ${why}`,
  /** Time that the machine slept looks like a clock that was set forward. */
  clockSet: (by: number, at: number) => {
    const what = by < 0 ? "the clock was set back" : "the clock was set, or the machine slept:";
    const length = durationText(Math.round(Math.abs(by) / SECOND));
    return `${what} ${by < 0 ? "by " : ""}${length}, from ${utcText(at - by)} to ${utcText(at)}`;
  },
  never: (name: string) => `schedule of ${name} is never due`,
} as const;
