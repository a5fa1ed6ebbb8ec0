// The description column of `status` and of getProcessInfo (Supervisor, section 4.10).

import { SECOND } from "../base/time.ts";
import type { LocalTime } from "../logs/record.ts";
import type { ProcessState } from "./model.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "0:01:02", "1 day, 0:00:05", "12 days, 3:04:05". @param ms a duration; negative counts as none */
export function formatUptime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / SECOND));
  const two = (n: number) => String(n).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const clock = `${Math.floor((total % 86400) / 3600)}:${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`;
  if (days === 0) return clock;
  return `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

/** "Nov 21 08:12 AM": English month, 12-hour clock, zero-padded. */
export function formatStopTime(t: LocalTime): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hour = t.hour % 12 === 0 ? 12 : t.hour % 12;
  return `${MONTHS[t.month - 1] ?? "???"} ${two(t.day)} ${two(hour)}:${two(t.minute)} ${t.hour < 12 ? "AM" : "PM"}`;
}

/**
 * The description of a process now.
 * @param name of the process, for the advice in it
 * @param nowMono monotonic milliseconds; uptime does not jump with the wall clock
 * @param localTime breaks a wall-clock moment down in the host's time zone
 */
export function describe(
  name: string,
  state: ProcessState,
  nowMono: number,
  localTime: (wallMs: number) => LocalTime,
): string {
  const { phase, history } = state;
  switch (phase.kind) {
    case "RUNNING":
      return `pid ${phase.pid}, uptime ${formatUptime(nowMono - history.startMono)}`;
    case "WAITING":
    case "BLOCKED":
      return phase.text;
    case "BACKOFF":
    case "FATAL":
      return history.spawnErr || `unknown error (try "tail ${name}")`;
    case "STOPPED":
    case "EXITED":
      if (history.startWall === 0) return "Not started";
      // A start that never got as far as a process has no time of death; its error says more.
      if (history.stopWall === 0) return history.spawnErr || "Not started";
      return formatStopTime(localTime(history.stopWall));
    case "READYING":
      return phase.said === "" ? "not ready yet" : `not ready yet: ${phase.said}`;
    case "FAILING":
      return history.spawnErr;
    case "SPAWNING":
    case "STARTING":
    case "STOPPING":
    case "UNKNOWN":
      return "";
  }
}
