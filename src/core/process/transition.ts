// The state machine of one process: (state, input, program, now) -> next state and effects. Nothing is done here; the
// supervisor's loop performs the effects; how a process is stopped is in stopping.ts.

import { assertNever, invariant } from "../base/assert.ts";
import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "./messages.ts";
import {
  deadlineOf,
  type ExitOutcome,
  type ProcessInput,
  type ProcessPhase,
  type ProcessState,
  START_LIMIT_MS,
  type Transition,
} from "./model.ts";
import { isExpected, restartAt } from "./restart-policy.ts";
import { Step } from "./step.ts";
import { escalate, killFailed, stop } from "./stopping.ts";

/** Decides what `input` does to a process. Inputs that do not apply to its state change nothing. */
export function transition(
  state: ProcessState,
  input: ProcessInput,
  program: ProcessConfig,
  now: Instant,
): Transition {
  const step = new Step(state);
  switch (input.kind) {
    case "start":
      start(step, program, now);
      break;
    case "spawned":
      spawned(step, input.pid, program, now);
      break;
    case "spawn-failed":
      spawnFailed(step, input, program, now);
      break;
    case "spawn-again":
      if (step.phase.kind === "SPAWNING") spawnAgain(step, now);
      break;
    case "exited":
      exited(step, input.outcome, program, now);
      break;
    case "stop":
      stop(step, program, now);
      break;
    case "kill-failed":
      killFailed(step, program, input.errno);
      break;
    case "deadline":
      deadline(step, program, now);
      break;
    case "give-up":
      if (step.phase.kind === "BACKOFF") giveUp(step);
      break;
    default:
      assertNever(input);
  }
  return step.done();
}

function start(step: Step, program: ProcessConfig, now: Instant): void {
  switch (step.phase.kind) {
    case "SPAWNING":
    case "STARTING":
    case "RUNNING":
    case "STOPPING":
    case "UNKNOWN":
      step.log("WARN", messages.alreadyRunning(program.name));
      return;
    case "STOPPED":
    case "EXITED":
    case "FATAL":
    case "BACKOFF":
      step.remember({
        startWall: now.wall,
        startMono: now.mono,
        spawnErr: "",
        exitStatus: null,
      });
      step.enter(spawning(now), { tries: triesOf(step) });
      step.effects.push({ kind: "spawn" });
  }
}

function spawnAgain(step: Step, now: Instant): void {
  step.phase = spawning(now);
  step.effects.push({ kind: "spawn" });
}

function spawning(now: Instant): ProcessPhase {
  return { kind: "SPAWNING", giveUpAt: now.mono + START_LIMIT_MS };
}

function spawned(step: Step, pid: number, program: ProcessConfig, now: Instant): void {
  expectSpawning(step.phase);
  const runningAt = now.mono + program.startSecs * SECOND;
  step.phase = { kind: "STARTING", pid, runningAt };
  step.remember({ hostFailures: 0 });
  step.log("INFO", messages.spawned(program.name, pid));
  if (runningAt <= now.mono) run(step, pid, program);
  step.effects.push({ kind: "executes" });
}

function spawnFailed(
  step: Step,
  { text, byHost = false }: Extract<ProcessInput, { kind: "spawn-failed" }>,
  program: ProcessConfig,
  now: Instant,
): void {
  expectSpawning(step.phase);
  if (byHost) {
    hostFailed(step, text, now);
    return;
  }
  step.remember({ spawnErr: text, hostFailures: 0 });
  step.log("INFO", messages.spawnErr(text));
  backOff(step, program, now);
}

/** The longest wait after a failure of the host, in seconds. */
const LONGEST_WAIT_SECS = 60;

/** A start that failed through the host. The wait before the next is 1, 2, 4 … seconds; it is never over. */
function hostFailed(step: Step, text: string, now: Instant): void {
  const hostFailures = step.history.hostFailures + 1;
  const seconds = Math.min(2 ** (hostFailures - 1), LONGEST_WAIT_SECS);
  step.remember({ hostFailures, spawnErr: messages.hostFailed(text) });
  step.log("INFO", messages.spawnErr(`${messages.hostFailed(text)}, next in ${seconds} s`));
  step.enter({ kind: "BACKOFF", retryAt: now.mono + seconds * SECOND }, { tries: triesOf(step) });
}

/** What the events of STARTING and BACKOFF tell. */
function triesOf({ history }: Step): number {
  return history.backoff + history.hostFailures;
}

/** The outcome of a spawn belongs to a process that was just decided to be spawned, and to no other. */
function expectSpawning({ kind }: ProcessPhase): void {
  invariant(
    kind === "SPAWNING",
    `the outcome of a spawn arrived for a process that is ${kind} already`,
  );
}

function run(step: Step, pid: number, program: ProcessConfig): void {
  step.remember({ backoff: 0 });
  step.enter({ kind: "RUNNING", pid }, { pid });
  step.log("INFO", messages.success(program.name, program.startSecs));
}

/** A failed start. The wait before attempt n+1 is n seconds; after startretries+1 attempts it is over. */
function backOff(step: Step, program: ProcessConfig, now: Instant): void {
  const backoff = step.history.backoff + 1;
  step.remember({ backoff });
  step.enter({ kind: "BACKOFF", retryAt: now.mono + backoff * SECOND }, { tries: triesOf(step) });
  if (backoff <= program.startRetries) return;
  giveUp(step);
  step.log("INFO", messages.gaveUp(program.name));
}

function giveUp(step: Step): void {
  step.remember({ backoff: 0, hostFailures: 0 });
  step.enter({ kind: "FATAL" }, {});
}

function exited(step: Step, outcome: ExitOutcome, program: ProcessConfig, now: Instant): void {
  step.remember({ stopWall: now.wall });
  const exitStatus = outcome.exitCode ?? -1;
  switch (step.phase.kind) {
    case "STOPPING":
    case "UNKNOWN": {
      const pid = step.phase.pid;
      step.remember({ exitStatus });
      step.enter({ kind: "STOPPED" }, { pid });
      const level = isExpected(outcome, program.exitCodes) ? "INFO" : "WARN";
      step.log(level, messages.stopped(program.name, outcome));
      return;
    }
    case "STARTING": {
      const { pid, runningAt } = step.phase;
      if (now.mono < runningAt) {
        step.remember({ spawnErr: "Exited too quickly (process log may have details)" });
        step.log("WARN", messages.exited(program.name, outcome, false));
        backOff(step, program, now);
        return;
      }
      // It did stay up for startsecs; only the alarm that says so comes after the death.
      step.enter({ kind: "RUNNING", pid }, { pid });
      ended(step, pid, outcome, program, now);
      return;
    }
    case "RUNNING":
      ended(step, step.phase.pid, outcome, program, now);
      return;
    case "SPAWNING":
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
  const again = restartAt(program.autorestart, expected, step.history.startMono, now.mono);
  step.remember({ backoff: 0, exitStatus });
  if (!expected) step.remember({ spawnErr: `Bad exit code ${exitStatus}` });
  step.enter({ kind: "EXITED", restartAt: again }, { expected: expected ? 1 : 0, pid });
  step.log(expected ? "INFO" : "WARN", messages.exited(program.name, outcome, expected));
}

function deadline(step: Step, program: ProcessConfig, now: Instant): void {
  const at = deadlineOf(step);
  // A deadline of an earlier phase, or too early: not this one's.
  if (at === null || now.mono < at) return;
  switch (step.phase.kind) {
    case "SPAWNING":
      step.effects.push({ kind: "give-up-start" });
      return;
    case "STARTING":
      run(step, step.phase.pid, program);
      return;
    case "BACKOFF":
    case "EXITED":
      start(step, program, now);
      return;
    case "STOPPING":
      escalate(step, step.phase.pid, program, now);
      return;
    case "STOPPED":
    case "RUNNING":
    case "FATAL":
    case "UNKNOWN":
      return;
  }
}
