// What the exit of a process means: a stop that is complete, a start that failed, or an end that may be followed by a restart.

import { invariant } from "../base/result.ts";
import type { Instant } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "./messages.ts";
import type { ExitOutcome } from "./model.ts";
import { putOff } from "./own-restart.ts";
import { endChecks } from "./readiness.ts";
import {
  backOff,
  countFailure,
  countShortRuns,
  giveUp,
  isExpected,
  restartAt,
  restartDelay,
} from "./restart-policy.ts";
import type { Step } from "./step.ts";

const TOO_QUICKLY = "Exited too quickly (process log may have details)";

export function exited(
  step: Step,
  outcome: ExitOutcome,
  program: ProcessConfig,
  now: Instant,
): void {
  step.remember({ stopWall: now.wall });
  const exitStatus = outcome.exitCode ?? -1;
  switch (step.phase.kind) {
    case "STOPPING":
    case "UNKNOWN": {
      const { phase } = step;
      step.remember({ exitStatus });
      step.enter({ kind: "STOPPED" }, { pid: phase.pid });
      const level = isExpected(outcome, program.exitCodes) ? "INFO" : "WARN";
      step.log(level, messages.stopped(program.name, outcome));
      const again = phase.kind === "STOPPING" ? phase.again : null;
      if (again !== null && !putOff(step, again, program, now)) {
        step.effects.push({ kind: "start-again", by: again });
      }
      return;
    }
    case "READYING": {
      const isEarly = now.mono < step.phase.upAt;
      endChecks(step);
      step.remember({ spawnErr: isEarly ? TOO_QUICKLY : "Exited before it was ready" });
      step.log("WARN", messages.exited(program.name, outcome, false));
      backOff(step, program, now);
      return;
    }
    case "FAILING":
      step.log("WARN", messages.exited(program.name, outcome, false));
      backOff(step, program, now);
      return;
    case "STARTING": {
      const { pid, runningAt } = step.phase;
      if (now.mono < runningAt) {
        step.remember({ spawnErr: TOO_QUICKLY });
        step.log("WARN", messages.exited(program.name, outcome, false));
        backOff(step, program, now);
        return;
      }
      // It did stay up for startsecs; only the alarm that says so comes after the death.
      step.enter({ kind: "RUNNING", pid, watch: null }, { pid });
      ended(step, pid, outcome, program, now);
      return;
    }
    case "RUNNING":
      endChecks(step);
      ended(step, step.phase.pid, outcome, program, now);
      return;
    case "SPAWNING":
    case "WAITING":
    case "BLOCKED":
    case "STOPPED":
    case "EXITED":
    case "FATAL":
    case "BACKOFF":
      invariant(false, `a process in state ${step.phase.kind} cannot die`);
  }
}

function ended(
  step: Step,
  pid: number,
  outcome: ExitOutcome,
  program: ProcessConfig,
  now: Instant,
): void {
  const exitStatus = outcome.exitCode ?? -1;
  const expected = isExpected(outcome, program.exitCodes);
  if (program.type === "oneshot" && !expected) {
    failedOneshot(step, pid, outcome, program, now);
    return;
  }
  const isDone = program.type === "oneshot";
  const again = isDone
    ? null
    : restartAt(program.autorestart, expected, step.history.startMono, now.mono);
  const shortRuns = countShortRuns(step.history, expected, now.mono);
  step.remember({ backoff: 0, exitStatus, shortRuns });
  if (!expected) step.remember({ spawnErr: `Bad exit code ${exitStatus}` });
  const restart = again === null ? null : delayed(step, again, program, now);
  step.enter({ kind: "EXITED", restartAt: restart }, { expected: expected ? 1 : 0, pid });
  step.log(expected ? "INFO" : "WARN", messages.exited(program.name, outcome, expected));
  if (again !== null && !expected) limit(step, program, now);
}

/** The moment of an automatic restart: at once, or after restart_delay. */
function delayed(step: Step, at: number, program: ProcessConfig, now: Instant): number {
  if (program.restartDelay === null) return at;
  const failures = Math.max(1, step.history.shortRuns);
  return Math.max(at, now.mono + restartDelay(program, failures, now.wall));
}

/** An unexpected exit counts against restart_limit too. */
function limit(step: Step, program: ProcessConfig, now: Instant): void {
  if (program.restartLimit === null) return;
  const { failedAt, isTooMany } = countFailure(program, step.history, 0, now.mono);
  step.remember({ failedAt });
  if (!isTooMany) return;
  giveUp(step, program, now);
  step.log("INFO", messages.limitReached(program.name, program.restartLimit.count));
}

/** A oneshot program failed. It is tried again like a start that fails, unless autorestart=false. */
function failedOneshot(
  step: Step,
  pid: number,
  outcome: ExitOutcome,
  program: ProcessConfig,
  now: Instant,
): void {
  const exitStatus = outcome.exitCode ?? -1;
  const backoff = step.history.backoff + 1;
  const { failedAt, isTooMany } = countFailure(program, step.history, backoff, now.mono);
  const isRetried = program.autorestart !== "never" && !isTooMany;
  step.remember({ backoff, failedAt, exitStatus, spawnErr: `Bad exit code ${exitStatus}` });
  const again = isRetried ? now.mono + restartDelay(program, backoff, now.wall) : null;
  step.enter({ kind: "EXITED", restartAt: again }, { expected: 0, pid });
  step.log("WARN", messages.exited(program.name, outcome, false));
  if (isRetried) return;
  giveUp(step, program, now);
  step.log("INFO", messages.oneshotFailed(program.name, backoff));
}
