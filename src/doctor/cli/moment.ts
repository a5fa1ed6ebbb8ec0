// Formats times for users.

import { localTime } from "../../core/logs/calendar.ts";
import { localOffsetMinutes } from "../../host/time/clock.ts";

/** "2026-01-02 03:04:05" in the host's time zone. */
export function shownMoment(seconds: number): string {
  const wallMs = seconds * 1000;
  const t = localTime(wallMs, localOffsetMinutes(wallMs));
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
}
