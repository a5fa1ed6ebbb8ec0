// The state machine of one process: (state, input, program, now) → next state and effects. Pure: the loop
// performs the effects. starting.ts, health.ts and stopping.ts contain the phases; exits are handled here.

import { assertNever, invariant } from "../base/result.ts";
import type { Instant } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { ProcessDraft } from "./draft.ts";
import { filesChanged } from "./files-changed.ts";
import { delayRestart, healthChecked, measured, watchAnew, watchDue } from "./health.ts";
import { followHooks, hookEnded, hookLate } from "./hook-results.ts";
import { messages } from "./messages.ts";
import {
  deadlineOf,
  type ExitOutcome,
  type Gate,
  OPEN,
  type ProcessInput,
  type ProcessState,
  type Transition,
} from "./model.ts";
import {
  backOff,
  countFailure,
  countShortRuns,
  giveUp,
  isExpected,
  restartAt,
  restartDelay,
} from "./restart-policy.ts";
import {
  checkAnew,
  notReadyText,
  readyChecked,
  readyingDeadline,
  run,
  spawnAgain,
  spawned,
  spawnFailed,
  spawnWaits,
  start,
  waitForDependencies,
} from "./starting.ts";
import { escalate, extend, fail, killFailed, limitStop, stop, stopToRestart } from "./stopping.ts";

/**
 * Decides what `input` does to a process. Inputs that do not apply to its state change nothing.
 * @param gate whether its dependencies allow a start
 */
export function transition(
  state: ProcessState,
  input: ProcessInput,
  program: ProcessConfig,
  now: Instant,
  gate: Gate = OPEN,
): Transition {
  const draft = new ProcessDraft(state, program, now);
  switch (input.kind) {
    case "start":
      start(draft, input.by, gate);
      break;
    case "checked":
      if (draft.phase.kind === "RUNNING") healthChecked(draft, input);
      else readyChecked(draft, input);
      break;
    case "measured":
      measured(draft, input);
      break;
    case "gate":
      waitForDependencies(draft, input.gate);
      break;
    case "configured":
      if (draft.phase.kind === "RUNNING") watchAnew(draft, draft.phase);
      else checkAnew(draft);
      break;
    case "restart":
      stopToRestart(draft, input.by);
      break;
    case "files-changed":
      filesChanged(draft, input.text);
      break;
    case "spawned":
      spawned(draft, input.pid);
      break;
    case "spawn-failed":
      spawnFailed(draft, input);
      break;
    case "spawn-again":
      spawnAgain(draft);
      break;
    case "spawn-waits":
      spawnWaits(draft);
      break;
    case "exited":
      exited(draft, input.outcome, input.at ?? now);
      break;
    case "stop":
      stop(draft, input.killBy ?? null);
      limitStop(draft, input.killBy ?? null);
      break;
    case "extend":
      extend(draft, input);
      break;
    case "hook-ended":
      hookEnded(draft, input);
      break;
    case "kill-failed":
      killFailed(draft, input.errno);
      break;
    case "deadline":
      deadline(draft, gate);
      break;
    case "give-up":
      if (draft.phase.kind === "BACKOFF") giveUp(draft);
      break;
    default:
      assertNever(input);
  }
  followHooks(draft, state, input);
  return draft.done();
}

function deadline(draft: ProcessDraft, gate: Gate): void {
  const { phase, program, now, hook } = draft;
  const at = deadlineOf(draft);
  // The deadline of an earlier phase, or too early.
  if (at === null || now.mono < at) return;
  if (hook !== null && now.mono >= hook.until) {
    hookLate(draft, hook);
    return;
  }
  switch (phase.kind) {
    case "SPAWNING":
      draft.effects.push({ kind: "give-up-start" });
      return;
    case "STARTING":
      run(draft, phase.pid);
      return;
    case "READYING":
      if (readyingDeadline(draft, phase)) fail(draft, notReadyText(program, phase));
      return;
    case "BACKOFF":
      start(draft, draft.history.reason?.by ?? "retry", gate);
      return;
    case "FATAL":
      start(draft, "retry", gate);
      return;
    case "EXITED":
      start(draft, "autorestart", gate);
      return;
    case "STOPPING":
    case "FAILING":
      escalate(draft, phase.pid);
      return;
    case "RUNNING":
      watchDue(draft, phase);
      return;
    case "STOPPED":
    case "WAITING":
    case "BLOCKED":
    case "UNKNOWN":
      return;
  }
}

const TOO_QUICKLY = "Exited too quickly (process log may have details)";

/** Handles an exit: the end of a stop, a failed start, or an end that a restart may follow. */
function exited(draft: ProcessDraft, outcome: ExitOutcome, at: Instant): void {
  const { program, phase } = draft;
  draft.remember({ stopWall: at.wall });
  switch (phase.kind) {
    case "STOPPING":
    case "UNKNOWN": {
      draft.remember({ exitStatus: outcome.exitCode ?? -1 });
      draft.enter({ kind: "STOPPED" }, { pid: phase.pid });
      const level = isExpected(outcome, program.exitCodes) ? "INFO" : "WARN";
      draft.log(level, messages.stopped(program.name, outcome));
      const again = phase.kind === "STOPPING" ? phase.again : null;
      if (again !== null && !delayRestart(draft, again)) {
        draft.effects.push({ kind: "start-again", by: again });
      }
      return;
    }
    case "READYING":
      draft.cancelCheck();
      startFailed(
        draft,
        outcome,
        at.mono < phase.upAt ? TOO_QUICKLY : "Exited before it was ready",
      );
      return;
    case "FAILING":
      startFailed(draft, outcome, draft.history.spawnErr);
      return;
    case "STARTING":
      if (at.mono < phase.runningAt) {
        startFailed(draft, outcome, TOO_QUICKLY);
        return;
      }
      // It was up for startsecs; the exit was only handled before the deadline.
      draft.enter({ kind: "RUNNING", pid: phase.pid, watch: null }, { pid: phase.pid });
      runEnded(draft, phase.pid, outcome, at);
      return;
    case "RUNNING":
      draft.cancelCheck();
      runEnded(draft, phase.pid, outcome, at);
      return;
    case "SPAWNING":
    case "WAITING":
    case "BLOCKED":
    case "STOPPED":
    case "EXITED":
    case "FATAL":
    case "BACKOFF":
      invariant(false, `a process in phase ${phase.kind} cannot exit`);
  }
}

function startFailed(draft: ProcessDraft, outcome: ExitOutcome, error: string): void {
  draft.remember({ spawnErr: error });
  draft.log("WARN", messages.exited(draft.program.name, outcome, false));
  backOff(draft);
}

function runEnded(draft: ProcessDraft, pid: number, outcome: ExitOutcome, at: Instant): void {
  const { program, now } = draft;
  const exitStatus = outcome.exitCode ?? -1;
  const expected = isExpected(outcome, program.exitCodes);
  const isOneshot = program.type === "oneshot";
  if (isOneshot && !expected) {
    oneshotFailed(draft, pid, outcome);
    return;
  }
  const { startMono } = draft.history;
  const isKept = program.enabled && !isOneshot;
  const again = isKept ? restartAt(program.autorestart, expected, startMono, now.mono) : null;
  const shortRuns = countShortRuns(draft.history, expected, at.mono);
  draft.remember({ backoff: 0, exitStatus, shortRuns });
  if (!expected) draft.remember({ spawnErr: `Bad exit code ${exitStatus}` });
  const delayed = again === null ? null : afterRestartDelay(draft, again);
  draft.enter({ kind: "EXITED", restartAt: delayed }, { expected: expected ? 1 : 0, pid });
  draft.log(expected ? "INFO" : "WARN", messages.exited(program.name, outcome, expected));
  if (again !== null && !expected) applyRestartLimit(draft);
}

/** The time of an automatic restart, at the earliest after restart_delay. */
function afterRestartDelay({ program, history, now }: ProcessDraft, at: number): number {
  if (program.restartDelay === null) return at;
  const failures = Math.max(1, history.shortRuns);
  return Math.max(at, now.mono + restartDelay(program, failures, now.wall));
}

/** Counts an unexpected exit against restart_limit. */
function applyRestartLimit(draft: ProcessDraft): void {
  const { program, now } = draft;
  if (program.restartLimit === null) return;
  const { failedAt, isTooMany } = countFailure(program, draft.history, 0, now.mono);
  draft.remember({ failedAt });
  if (!isTooMany) return;
  giveUp(draft);
  draft.log("INFO", messages.limitReached(program.name, program.restartLimit.count));
}

/** Retries a failed oneshot program like a failed start, unless it has autorestart=false or is disabled. */
function oneshotFailed(draft: ProcessDraft, pid: number, outcome: ExitOutcome): void {
  const { program, now } = draft;
  const exitStatus = outcome.exitCode ?? -1;
  const backoff = draft.history.backoff + 1;
  const { failedAt, isTooMany } = countFailure(program, draft.history, backoff, now.mono);
  const mayRetry = program.autorestart !== "never" && program.enabled;
  const isRetried = mayRetry && !isTooMany;
  draft.remember({ backoff, failedAt, exitStatus, spawnErr: `Bad exit code ${exitStatus}` });
  const again = isRetried ? now.mono + restartDelay(program, backoff, now.wall) : null;
  draft.enter({ kind: "EXITED", restartAt: again }, { expected: 0, pid });
  draft.log("WARN", messages.exited(program.name, outcome, false));
  if (isRetried) return;
  giveUp(draft);
  draft.log("INFO", messages.oneshotFailed(program.name, backoff));
}
