// How a process comes up: a start waits for the programs that it needs, is begun, and its outcome leads to STARTING, RUNNING or to
// another try.

import { invariant } from "../base/result.ts";
import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { beginWatch } from "./health.ts";
import { messages } from "./messages.ts";
import type { Gate, ProcessInput, ProcessPhase, StartCause } from "./model.ts";
import { beginReadying } from "./readiness.ts";
import { backOff, triesOf } from "./restart-policy.ts";
import { startLimitMs } from "./spawn-errors.ts";
import type { Step } from "./step.ts";

export function start(
  step: Step,
  by: StartCause,
  program: ProcessConfig,
  now: Instant,
  gate: Gate,
): void {
  switch (step.phase.kind) {
    case "SPAWNING":
    case "STARTING":
    case "READYING":
    case "FAILING":
    case "RUNNING":
    case "STOPPING":
    case "UNKNOWN":
      step.log("WARN", messages.alreadyRunning(program.name));
      return;
    case "STOPPED":
    case "EXITED":
    case "FATAL":
    case "BACKOFF":
    case "WAITING":
    case "BLOCKED":
      if (gate.kind === "open") begin(step, by, program, now);
      else awaitOthers(step, program, gate, by);
  }
}

function begin(step: Step, by: StartCause, program: ProcessConfig, now: Instant): void {
  const reason = step.history.reason?.by === by ? step.history.reason : null;
  const started = { startWall: now.wall, startMono: now.mono };
  step.remember({ ...started, spawnErr: "", exitStatus: null, reason });
  step.enter(spawning(program, now), { tries: triesOf(step) });
  step.effects.push({ kind: "spawn" });
}

/** The start waits for other programs. @param by null: one that already waits gets their present states */
export function awaitOthers(
  step: Step,
  program: ProcessConfig,
  gate: Gate,
  by: StartCause | null = null,
): void {
  const { phase } = step;
  const cause = phase.kind === "WAITING" || phase.kind === "BLOCKED" ? phase.by : by;
  if (cause === null || gate.kind === "open") return;
  const { text } = gate;
  const isBlocked = gate.kind === "blocked";
  const next: ProcessPhase = isBlocked
    ? { kind: "BLOCKED", by: cause, text, on: gate.on }
    : { kind: "WAITING", by: cause, text };
  step.remember({ spawnErr: isBlocked ? text : "" });
  if (phase.kind === next.kind) {
    step.phase = next;
    return;
  }
  step.enter(next, { tries: triesOf(step) });
  step.log(isBlocked ? "WARN" : "INFO", messages.waits(program.name, text));
}

export function spawnAgain(step: Step, program: ProcessConfig, now: Instant): void {
  step.phase = spawning(program, now);
  step.effects.push({ kind: "spawn" });
}

function spawning(program: ProcessConfig, now: Instant): ProcessPhase {
  return { kind: "SPAWNING", giveUpAt: now.mono + startLimitMs(program) };
}

export function spawned(step: Step, pid: number, program: ProcessConfig, now: Instant): void {
  expectSpawning(step.phase);
  const runningAt = now.mono + upSecsOf(program) * SECOND;
  step.phase = { kind: "STARTING", pid, runningAt };
  step.remember({ hostFailures: 0 });
  step.log("INFO", messages.spawned(program.name, pid));
  if (program.readyCheck !== null) beginReadying(step, pid, runningAt, program, now);
  else if (runningAt <= now.mono) run(step, pid, program, now);
  step.effects.push({ kind: "executes" });
}

export function spawnFailed(
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
  step.remember({ hostFailures, spawnErr: messages.hostFailed(text), reason: null });
  step.log("INFO", messages.spawnErr(`${messages.hostFailed(text)}, next in ${seconds} s`));
  step.enter({ kind: "BACKOFF", retryAt: now.mono + seconds * SECOND }, { tries: triesOf(step) });
}

/** The outcome of a spawn belongs to a process that was just decided to be spawned, and to no other. */
function expectSpawning({ kind }: ProcessPhase): void {
  invariant(
    kind === "SPAWNING",
    `the outcome of a spawn arrived for a process that is ${kind} already`,
  );
}

/** It has answered. If startsecs are not over it has to stay up for the rest of them. */
export function ready(step: Step, program: ProcessConfig, now: Instant): void {
  if (step.phase.kind !== "READYING") return;
  const { pid, upAt } = step.phase;
  step.log("INFO", messages.ready(program.name));
  step.notice({ about: "READY", details: { pid }, text: "" });
  step.phase = { kind: "STARTING", pid, runningAt: upAt };
  if (upAt <= now.mono) run(step, pid, program, now);
}

/** How long it must be up to be RUNNING, in seconds. A oneshot program may be done sooner. */
function upSecsOf({ type, startSecs }: ProcessConfig): number {
  return type === "oneshot" ? 0 : startSecs;
}

export function run(step: Step, pid: number, program: ProcessConfig, now: Instant): void {
  // That it runs is no success of a oneshot program yet.
  if (program.type !== "oneshot") step.remember({ backoff: 0 });
  const watch = beginWatch(program, step.history.startMono, now);
  step.enter({ kind: "RUNNING", pid, watch }, { pid });
  step.log("INFO", messages.success(program.name, upSecsOf(program)));
}
