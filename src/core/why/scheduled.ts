// What a schedule means for a program, in words.

import { untilText } from "../schedules/report.ts";
import type { ProgramHistory } from "./program-history.ts";

type Scheduled = Pick<
  ProgramHistory,
  "schedule" | "nextRun" | "isSuspended" | "isQueued" | "state" | "now"
>;

/** The clock will start it. */
export function hasNextRun({ schedule, nextRun }: Scheduled): boolean {
  return schedule !== "" && nextRun > 0;
}

/**
 * When its schedule starts it; empty for a program that no clock starts.
 * @param moment shows seconds since 1970 in the host's time zone
 */
export function describeNextRun(history: Scheduled, moment: (seconds: number) => string): string {
  const { schedule, nextRun, isSuspended, isQueued, now } = history;
  if (schedule === "" || schedule === "@reboot") return "";
  if (isSuspended) {
    return `none: its schedule (${schedule}) is suspended, because it was stopped; start it manually to resume it`;
  }
  if (nextRun === 0) return `none: its schedule (${schedule}) is never due`;
  const queued = isQueued ? "as soon as this run is over (overlap=queue), then " : "";
  return `${queued}${moment(nextRun)} (${untilText((nextRun - now) * 1000)}), by its schedule ${schedule}`;
}
