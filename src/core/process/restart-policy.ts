// When a process that exited by itself is started again.

import type { Autorestart } from "../config/model.ts";
import type { ExitOutcome } from "./model.ts";

/**
 * Automatic starts of one process are at least this far apart, in milliseconds. It never delays a program that was up
 * for a second; it keeps `startsecs=0` with a program that dies at once from taking a core. Supervisor has the same
 * floor by accident: its loop looks once a second.
 */
const MIN_RESTART_INTERVAL_MS = 1000;

/** Whether `exitcodes` lists the outcome. Death by a signal is never expected. */
export function isExpected(outcome: ExitOutcome, exitCodes: readonly number[]): boolean {
  return outcome.exitCode !== null && exitCodes.includes(outcome.exitCode);
}

/**
 * The moment of the automatic restart, or null for none.
 * @param startMono when the run that just ended was started, monotonic milliseconds
 */
export function restartAt(
  policy: Autorestart,
  expected: boolean,
  startMono: number,
  nowMono: number,
): number | null {
  const wanted = policy === "always" || (policy === "unexpected" && !expected);
  return wanted ? Math.max(nowMono, startMono + MIN_RESTART_INTERVAL_MS) : null;
}
