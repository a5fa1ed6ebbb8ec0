// How a process is brought down: the stop signal, and SIGKILL when stopwaitsecs are over.

import { type Instant, SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "./messages.ts";
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
    case "EXITED":
      // It would be started again in a moment: the stop must not be lost.
      if (step.phase.restartAt !== null) step.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "SPAWNING":
      abandon(step, program, now);
      return;
    case "STARTING":
    case "RUNNING": {
      const target = program.stopAsGroup ? "group" : "process";
      const { pid } = step.phase;
      kill(step, { pid, signal: program.stopSignal, target }, program, now);
      return;
    }
    case "STOPPED":
    case "STOPPING":
    case "FATAL":
    case "UNKNOWN":
      return;
  }
}

/** Nothing of the program has run, so there is nothing to wait for. Clients see the states of any other stop. */
function abandon(step: Step, program: ProcessConfig, now: Instant): void {
  step.effects.push({ kind: "abandon" });
  step.enter({ kind: "STOPPING", pid: 0, killAt: now.mono }, { pid: 0 });
  step.enter({ kind: "STOPPED" }, { pid: 0 });
  step.log("INFO", messages.startAbandoned(program.name));
}

/** A signal could not be sent: nobody knows any more what the process does. */
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
  const phase = { kind: "STOPPING", pid, killAt: now.mono + waitSecs * SECOND } as const;
  if (step.phase.kind === "STOPPING") step.phase = phase;
  else step.enter(phase, { pid });
  step.effects.push({ kind: "kill", ...order });
}
