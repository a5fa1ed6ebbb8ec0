// What a failure leads to: another try after a wait, or FATAL.

import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "./messages.ts";
import { countFailure, restartDelay } from "./restart-policy.ts";
import type { Step } from "./step.ts";

/** A failed start. Without options the wait before attempt n+1 is n seconds, and startretries+1 attempts are made. */
export function backOff(step: Step, program: ProcessConfig, now: Instant): void {
  const backoff = step.history.backoff + 1;
  const { failedAt, isTooMany } = countFailure(program, step.history, backoff, now.mono);
  const retryAt = now.mono + restartDelay(program, backoff, now.wall);
  step.remember({ backoff, failedAt, reason: null });
  step.enter({ kind: "BACKOFF", retryAt }, { tries: triesOf(step) });
  if (!isTooMany) return;
  giveUp(step, program, now);
  step.log("INFO", messages.gaveUp(program.name));
}

export function giveUp(step: Step, program: ProcessConfig, now: Instant): void {
  const { fatalRetryAfter } = program;
  const retryAt = fatalRetryAfter === null ? null : now.mono + fatalRetryAfter * SECOND;
  step.remember({ backoff: 0, hostFailures: 0, shortRuns: 0 });
  step.enter({ kind: "FATAL", retryAt }, {});
}

/** What the events of STARTING and BACKOFF tell. */
export function triesOf({ history }: Step): number {
  return history.backoff + history.hostFailures;
}
