// When a process that has failed or exited is restarted, and when it becomes FATAL.

import { fractionOf } from "../base/fraction.ts";
import { SECOND } from "../base/time.ts";
import type { Autorestart, ProcessConfig } from "../config/model.ts";
import type { ProcessDraft } from "./draft.ts";
import { messages } from "./messages.ts";
import type { ExitOutcome, ProcessHistory } from "./model.ts";

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
 * The time of the automatic restart, or null for none.
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

/** A run that lasted this long was no failure to come up, and the wait after it is the first one again, in milliseconds. */
const SHORT_RUN_MS = 10 * SECOND;

/** Without restart_delay_max the wait grows to this, in seconds. */
const LONGEST_DELAY_SECS = 86_400;

type Policy = Pick<
  ProcessConfig,
  "name" | "restartDelay" | "restartBackoff" | "restartDelayMax" | "restartJitter"
>;

/**
 * The wait before the next start, in milliseconds. Without options it is Supervisor's: n seconds.
 * @param failures how many there were in a row, from 1 on
 * @param seed any number that differs from one failure to the next
 */
export function restartDelay(policy: Policy, failures: number, seed: number): number {
  const first = policy.restartDelay ?? 1;
  const grown = first * growth(policy.restartBackoff, failures);
  const most = policy.restartDelayMax ?? Math.max(first, LONGEST_DELAY_SECS);
  const seconds = Math.min(grown, most);
  if (policy.restartJitter === 0) return seconds * SECOND;
  const sway = 2 * fractionOf(`${policy.name} ${failures} ${seed}`) - 1;
  return Math.round(seconds * SECOND * (1 + policy.restartJitter * sway));
}

function growth(backoff: ProcessConfig["restartBackoff"], failures: number): number {
  switch (backoff) {
    case "constant":
      return 1;
    case "linear":
      return failures;
    case "exponential":
      return 2 ** Math.min(failures - 1, 40);
  }
}

/** What a failure changes of the history, and whether it was one too many. */
interface Counted {
  readonly failedAt: readonly number[];
  readonly isTooMany: boolean;
}

/**
 * Counts a failure against restart_limit, or else against startretries.
 * @param failures how many there were in a row, with this one
 */
export function countFailure(
  { restartLimit, startRetries }: Pick<ProcessConfig, "restartLimit" | "startRetries">,
  { failedAt }: Pick<ProcessHistory, "failedAt">,
  failures: number,
  nowMono: number,
): Counted {
  if (restartLimit === null) {
    const isEndless = startRetries === -1;
    return { failedAt: [], isTooMany: !isEndless && failures > startRetries };
  }
  const since = nowMono - restartLimit.seconds * SECOND;
  const recent = failedAt.filter((at) => at > since);
  if (recent.length >= restartLimit.count) return { failedAt: [], isTooMany: true };
  return { failedAt: [...recent, nowMono], isTooMany: false };
}

/** How many runs in a row ended unexpectedly and soon, with this one. */
export function countShortRuns(
  { shortRuns, startMono }: Pick<ProcessHistory, "shortRuns" | "startMono">,
  expected: boolean,
  nowMono: number,
): number {
  return expected || nowMono - startMono >= SHORT_RUN_MS ? 0 : shortRuns + 1;
}

// What a failure leads to: another try after a wait, or FATAL.

/** A failed start. Without options the wait before attempt n+1 is n seconds, and startretries+1 attempts are made. */
export function backOff(draft: ProcessDraft): void {
  const { program, now } = draft;
  const backoff = draft.history.backoff + 1;
  const { failedAt, isTooMany } = countFailure(program, draft.history, backoff, now.mono);
  const retryAt = now.mono + restartDelay(program, backoff, now.wall);
  draft.remember({ backoff, failedAt, reason: null });
  draft.enter({ kind: "BACKOFF", retryAt }, { tries: triesOf(draft) });
  if (!isTooMany) return;
  giveUp(draft);
  draft.log("INFO", messages.gaveUp(program.name));
}

export function giveUp(draft: ProcessDraft): void {
  const { program, now } = draft;
  const { fatalRetryAfter, enabled } = program;
  const retryAt = fatalRetryAfter === null || !enabled ? null : now.mono + fatalRetryAfter * SECOND;
  draft.remember({ backoff: 0, hostFailures: 0, shortRuns: 0 });
  draft.enter({ kind: "FATAL", retryAt }, {});
}

/** `tries` of the events of STARTING and BACKOFF. */
export function triesOf({ history }: ProcessDraft): number {
  return history.backoff + history.hostFailures;
}
