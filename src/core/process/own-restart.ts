// Restarts that the daemon decides on by itself, for the health, memory or age of a program: how they begin, and what follows when
// the program is down.
//
// They must not become a fast loop. A run that never passed its health check counts like one that exited too soon: the wait before
// the next start is 1, 2, 3 ... seconds, or what restart_delay and restart_backoff say. After a run that was healthy once, or one
// that used too much memory, it is restart_delay, or none. Both count for restart_limit; without it, as after an unexpected exit,
// the program is never given up. A restart for its age is no failure: it has no wait and does not count.

import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { healthMessages, messages } from "./messages.ts";
import type { RestartReason, StartCause } from "./model.ts";
import { countFailure, countShortRuns, giveUp, restartDelay } from "./restart-policy.ts";
import type { Step } from "./step.ts";
import { stopToRestart } from "./stopping.ts";

/** Starts of one process that the daemon decides on are at least this far apart, in milliseconds. */
const LEAST_APART_MS = SECOND;

/** Stops a run for a reason of the daemon's own; the program starts again once it is down. */
export function restartFor(
  step: Step,
  reason: RestartReason,
  program: ProcessConfig,
  now: Instant,
): void {
  const { phase } = step;
  if (phase.kind !== "RUNNING") return;
  const { by, text } = reason;
  step.log(by === "age" ? "INFO" : "WARN", healthMessages.restarting(program.name, text));
  step.notice({ about: "RESTART", details: { pid: phase.pid, reason: by }, text });
  const wasHealthy = phase.watch?.health?.wasHealthy === true;
  step.remember({ reason, shortRuns: shortRunsAfter(step, by, wasHealthy, now) });
  stopToRestart(step, by, program, now);
}

/** How many runs in a row were no success, with the one that is being ended. */
function shortRunsAfter(
  { history }: Step,
  by: RestartReason["by"],
  wasHealthy: boolean,
  now: Instant,
): number {
  switch (by) {
    case "health":
      return wasHealthy ? 0 : history.shortRuns + 1;
    case "memory":
      return countShortRuns(history, false, now.mono);
    case "age":
      return 0;
  }
}

/**
 * A program that was stopped to be started again is down.
 * @returns whether its start is put off, or given up; false: it starts now
 */
export function putOff(step: Step, by: StartCause, program: ProcessConfig, now: Instant): boolean {
  const { reason } = step.history;
  // Other restarts are requests of people and programs.
  if (reason === null || reason.by !== by) return false;
  const retryAt = nextStart(step, reason, program, now);
  const { failedAt, isTooMany } = failuresWith(step, reason, program, now);
  step.remember({ failedAt });
  if (!isTooMany && retryAt <= now.mono) return false;
  step.remember({ spawnErr: reason.text });
  step.enter({ kind: "BACKOFF", retryAt }, { tries: Math.max(1, step.history.shortRuns) });
  if (!isTooMany) return true;
  giveUp(step, program, now);
  step.log("INFO", messages.limitReached(program.name, program.restartLimit?.count ?? 0));
  return true;
}

/** Counts it as a failure where restart_limit does: startretries are about starts. */
function failuresWith(
  { history }: Step,
  { by }: RestartReason,
  program: ProcessConfig,
  now: Instant,
): ReturnType<typeof countFailure> {
  const counts = by !== "age" && program.restartLimit !== null;
  if (!counts) return { failedAt: history.failedAt, isTooMany: false };
  return countFailure(program, history, 0, now.mono);
}

/** The moment of the next start, monotonic milliseconds. */
function nextStart(
  { history }: Step,
  { by }: RestartReason,
  program: ProcessConfig,
  now: Instant,
): number {
  const { shortRuns, startMono } = history;
  const waits = by !== "age" && (shortRuns > 0 || program.restartDelay !== null);
  const delay = waits ? restartDelay(program, Math.max(1, shortRuns), now.wall) : 0;
  return Math.max(now.mono + delay, startMono + LEAST_APART_MS);
}
