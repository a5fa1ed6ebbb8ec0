// The state machine of one process: (state, input, program, now) -> next state and effects. Nothing is done here; the
// supervisor's loop performs the effects. starting.ts brings a process up, stopping.ts brings it down, exiting.ts says what its
// exit means, restart-policy.ts what a failure leads to, health.ts watches it while it is RUNNING.

import { assertNever } from "../base/result.ts";
import type { Instant } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { exited } from "./exiting.ts";
import { healthChecked, measured, watchDue } from "./health.ts";
import {
  deadlineOf,
  type Gate,
  OPEN,
  type ProcessInput,
  type ProcessState,
  type Transition,
} from "./model.ts";
import { checked, extend, notReady, readyingDeadline } from "./readiness.ts";
import { giveUp } from "./restart-policy.ts";
import { awaitOthers, ready, run, spawnAgain, spawned, spawnFailed, start } from "./starting.ts";
import { Step } from "./step.ts";
import { escalate, fail, hurry, killFailed, stop, stopToRestart } from "./stopping.ts";

/**
 * Decides what `input` does to a process. Inputs that do not apply to its state change nothing.
 * @param gate whether the programs that it needs allow a start
 */
export function transition(
  state: ProcessState,
  input: ProcessInput,
  program: ProcessConfig,
  now: Instant,
  gate: Gate = OPEN,
): Transition {
  const step = new Step(state);
  switch (input.kind) {
    case "start":
      start(step, input.by, program, now, gate);
      break;
    case "checked":
      if (step.phase.kind === "RUNNING") healthChecked(step, input, program, now);
      else if (checked(step, input, program, now)) ready(step, program, now);
      break;
    case "measured":
      measured(step, input, program, now);
      break;
    case "gate":
      awaitOthers(step, program, input.gate);
      break;
    case "restart":
      stopToRestart(step, input.by, program, now);
      break;
    case "spawned":
      spawned(step, input.pid, program, now);
      break;
    case "spawn-failed":
      spawnFailed(step, input, program, now);
      break;
    case "spawn-again":
      if (step.phase.kind === "SPAWNING") spawnAgain(step, program, now);
      break;
    case "exited":
      exited(step, input.outcome, program, now);
      break;
    case "stop":
      stop(step, program, now);
      hurry(step, input.killBy ?? null);
      break;
    case "extend":
      extend(step, input, program, now);
      break;
    case "kill-failed":
      killFailed(step, program, input.errno);
      break;
    case "deadline":
      deadline(step, program, now, gate);
      break;
    case "give-up":
      if (step.phase.kind === "BACKOFF") giveUp(step, program, now);
      break;
    default:
      assertNever(input);
  }
  return step.done();
}

function deadline(step: Step, program: ProcessConfig, now: Instant, gate: Gate): void {
  const at = deadlineOf(step);
  // A deadline of an earlier phase, or too early: not this one's.
  if (at === null || now.mono < at) return;
  switch (step.phase.kind) {
    case "SPAWNING":
      step.effects.push({ kind: "give-up-start" });
      return;
    case "STARTING":
      run(step, step.phase.pid, program, now);
      return;
    case "READYING": {
      const { phase } = step;
      if (readyingDeadline(step, phase, now)) fail(step, notReady(program, phase), program, now);
      return;
    }
    case "BACKOFF":
      start(step, step.history.reason?.by ?? "retry", program, now, gate);
      return;
    case "FATAL":
      start(step, "retry", program, now, gate);
      return;
    case "EXITED":
      start(step, "autorestart", program, now, gate);
      return;
    case "STOPPING":
    case "FAILING":
      escalate(step, step.phase.pid, program, now);
      return;
    case "RUNNING":
      watchDue(step, step.phase, program, now);
      return;
    case "STOPPED":
    case "WAITING":
    case "BLOCKED":
    case "UNKNOWN":
      return;
  }
}
