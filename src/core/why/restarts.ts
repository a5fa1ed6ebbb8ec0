// Restarts and the last exit in short, for lists of programs: in a list of states alone, a crash loop appears healthy.

import type { RunEnding } from "../process/runs.ts";
import type { ProgramRun } from "./program-history.ts";

/** How the last run ended. */
export interface LastExit extends Pick<ProgramRun, "end" | "exitStatus" | "signal" | "expected"> {
  /** Empty if the daemon does not report it. */
  readonly ending: RunEnding | "";
}

const UP: readonly string[] = ["RUNNING", "STARTING", "STOPPING"];

/** How often a program was restarted. @param total runs that have ended: of a program that is down, the last one too */
export function restartsOf(state: string, total: number): number {
  return UP.includes(state) ? total : Math.max(0, total - 1);
}

/** A program that ended by itself within this time does not stay up. */
const RECENT_SECONDS = 300;

/** Whether it ended by itself a short time ago, and is up again or about to be restarted. @param now seconds since 1970 */
export function isRestless(
  state: string,
  now: number,
  { total, last }: { readonly total: number; readonly last: LastExit | null },
): boolean {
  if (last === null) return false;
  // It is EXITED between two runs.
  const isBetween = state === "EXITED" && !last.expected && restartsOf(state, total) > 0;
  if (!isBetween && !["RUNNING", "STARTING"].includes(state)) return false;
  return last.ending !== "stopped" && now - last.end < RECENT_SECONDS;
}

type Ending = Pick<LastExit, "ending" | "exitStatus" | "signal">;

/** `exit status 2`, `signal 9`, `not started`. */
export function exitText({ ending, exitStatus, signal }: Ending): string {
  if (ending === "not-spawned") return "not started";
  return signal === null ? `exit status ${exitStatus ?? "?"}` : `signal ${signal}`;
}

/** The short form: `exit 2`. */
export function shortExitText(last: Ending): string {
  const isStatus = last.signal === null && last.ending !== "not-spawned";
  return isStatus ? `exit ${last.exitStatus ?? "?"}` : exitText(last);
}

/** `12s ago`, `5m ago`, `3h ago`, `2d ago`. */
export function agoText(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, seconds)}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  return seconds < 86400
    ? `${Math.floor(seconds / 3600)}h ago`
    : `${Math.floor(seconds / 86400)}d ago`;
}

/** "in 5s", "in 12m", "in 3h", "in 2d3h". @param ms until then */
export function untilText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `in ${seconds}s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)}m`;
  const [unit, count, rest, part] =
    seconds < 86_400
      ? ["h", Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), "m"]
      : ["d", Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3600), "h"];
  return `in ${count}${unit}${rest === 0 ? "" : `${rest}${part}`}`;
}
