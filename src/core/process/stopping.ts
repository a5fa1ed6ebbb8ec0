// Stops a process: the stop signal, then SIGKILL after stopwaitsecs.

import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "./messages.ts";
import type { StartCause } from "./model.ts";
import { endChecks } from "./readiness.ts";
import { SIGKILL } from "./signals.ts";
import type { Step } from "./step.ts";

interface KillOrder {
  readonly pid: number;
  readonly signal: number;
  readonly target: "process" | "group";
}

/** Asks a process to end; forgets one that only waits to be started again. */
export function stop(step: Step, program: ProcessConfig, now: Instant): void {
  switch (step.phase.kind) {
    case "BACKOFF":
      step.log("DEBG", messages.killedInBackoff(program.name));
      step.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "BLOCKED":
      step.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "WAITING":
      // Clients see the states of any other stop.
      step.enter({ kind: "STOPPING", pid: 0, killAt: now.mono, again: null }, { pid: 0 });
      step.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "EXITED":
      // It would be started again in a moment: the stop must not be lost.
      if (step.phase.restartAt !== null) step.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "SPAWNING":
      abandon(step, program, now);
      return;
    case "FAILING":
      // It was sent the signal already.
      step.enter({ ...step.phase, kind: "STOPPING", again: null }, { pid: step.phase.pid });
      return;
    case "STARTING":
    case "READYING":
    case "RUNNING": {
      endChecks(step);
      const target = program.stopAsGroup ? "group" : "process";
      const { pid } = step.phase;
      kill(step, { pid, signal: program.stopSignal, target }, program, now);
      return;
    }
    case "STOPPING":
      step.phase = { ...step.phase, again: null };
      return;
    case "FATAL":
      if (step.phase.retryAt !== null) step.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "STOPPED":
    case "UNKNOWN":
      return;
  }
}

/** The time of a stop is over at `killBy`, monotonic milliseconds, or before; null changes nothing. */
export function hurry(step: Step, killBy: number | null): void {
  const { phase } = step;
  if (killBy === null || phase.kind !== "STOPPING") return;
  step.phase = { ...phase, killAt: Math.min(phase.killAt, killBy) };
}

/** A start has failed although the process executes: it is stopped, and then tried again. */
export function fail(step: Step, text: string, program: ProcessConfig, now: Instant): void {
  if (!("pid" in step.phase)) return;
  const { pid } = step.phase;
  endChecks(step);
  step.remember({ spawnErr: text });
  step.log("WARN", messages.startFailed(program.name, text));
  const target = program.stopAsGroup ? "group" : "process";
  step.phase = { kind: "FAILING", pid, killAt: now.mono };
  kill(step, { pid, signal: program.stopSignal, target }, program, now);
}

/** Stops a process that executes or is about to, to be started again once it is down. */
export function stopToRestart(
  step: Step,
  by: StartCause,
  program: ProcessConfig,
  now: Instant,
): void {
  if (step.phase.kind === "SPAWNING") {
    abandon(step, program, now);
    step.effects.push({ kind: "start-again", by });
    return;
  }
  const executes = ["STARTING", "READYING", "RUNNING"].includes(step.phase.kind);
  if (!executes) return;
  stop(step, program, now);
  if (step.phase.kind === "STOPPING") step.phase = { ...step.phase, again: by };
}

/** Nothing of the program has run, so there is nothing to wait for. Clients see the states of any other stop. */
function abandon(step: Step, program: ProcessConfig, now: Instant): void {
  step.effects.push({ kind: "abandon" });
  step.enter({ kind: "STOPPING", pid: 0, killAt: now.mono, again: null }, { pid: 0 });
  step.enter({ kind: "STOPPED" }, { pid: 0 });
  step.log("INFO", messages.startAbandoned(program.name));
}

/** A signal could not be sent: the state of the process is unknown. */
export function killFailed(step: Step, program: ProcessConfig, errno: string): void {
  if (!("pid" in step.phase) || step.phase.kind === "UNKNOWN") return;
  const pid = step.phase.pid;
  const text = messages.killFailed(program.name, pid, errno);
  step.remember({ spawnErr: text });
  step.log("CRIT", text);
  step.enter({ kind: "UNKNOWN", pid }, {});
}

/** The process has not ended in time. */
export function escalate(step: Step, pid: number, program: ProcessConfig, now: Instant): void {
  step.log("WARN", messages.escalating(program.name, pid));
  const target = program.killAsGroup ? "group" : "process";
  kill(step, { pid, signal: SIGKILL, target }, program, now);
}

function kill(step: Step, order: KillOrder, program: ProcessConfig, now: Instant): void {
  const { pid, signal, target } = order;
  step.log("DEBG", messages.killing(program.name, pid, target, signal));
  // A first stop with stopwaitsecs=0 may kill at once, but repeating an unanswered SIGKILL must not take a core.
  const waitSecs = signal === SIGKILL ? Math.max(program.stopWaitSecs, 1) : program.stopWaitSecs;
  const killAt = now.mono + waitSecs * SECOND;
  const { phase } = step;
  if (phase.kind === "STOPPING" || phase.kind === "FAILING") step.phase = { ...phase, killAt };
  else step.enter({ kind: "STOPPING", pid, killAt, again: null }, { pid });
  step.effects.push({ kind: "kill", ...order });
}
