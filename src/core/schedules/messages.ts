// Lines of the activity log about schedules. They show the process name without its group, as all lines about processes do.

import type { Overlap } from "../config/value-types.ts";
import { localTime } from "../logs/record.ts";

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
  suspended: (name: string) => `schedule of ${name} suspended: it was stopped on request`,
  resumed: (name: string) => `schedule of ${name} resumed: it was started on request`,
  never: (name: string) => `schedule of ${name} is never due`,
} as const;
