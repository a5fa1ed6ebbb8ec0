// Stops a process: pre_stop, then stop_command or the stop signal, then SIGKILL after stopwaitsecs.

import { SECOND } from "../base/time.ts";
import type { ProcessDraft } from "./draft.ts";
import { beginHook, cancelHook, hookLimitMs } from "./hooks.ts";
import { messages } from "./messages.ts";
import type { ProcessInput, StartCause } from "./model.ts";
import { SIGKILL } from "./signals.ts";

/** Stops a process, or cancels its next start. @param killBy as of the input `stop` */
export function stop(draft: ProcessDraft, killBy: number | null = null): void {
  const { program, phase } = draft;
  switch (phase.kind) {
    case "BACKOFF":
      draft.log("DEBG", messages.killedInBackoff(program.name));
      draft.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "BLOCKED":
      draft.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "WAITING":
      stopWithoutChild(draft);
      return;
    case "EXITED":
      if (phase.restartAt !== null) draft.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "SPAWNING":
      abandon(draft);
      return;
    case "FAILING":
      // The stop signal was sent already.
      draft.enter({ ...phase, kind: "STOPPING", again: null }, { pid: phase.pid });
      return;
    case "STARTING":
    case "READYING":
    case "RUNNING":
      draft.cancelCheck();
      beginStop(draft, phase.pid, killBy !== null && killBy <= draft.now.mono);
      return;
    case "STOPPING":
      draft.phase = { ...phase, again: null };
      return;
    case "FATAL":
      if (phase.retryAt !== null) draft.enter({ kind: "STOPPED" }, { pid: 0 });
      return;
    case "STOPPED":
    case "UNKNOWN":
      return;
  }
}

/** Limits a stop in progress, or the hook after it. @param killBy monotonic milliseconds; null changes nothing */
export function limitStop(draft: ProcessDraft, killBy: number | null): void {
  const { phase, hook } = draft;
  if (killBy === null) return;
  if (phase.kind === "STOPPING") draft.phase = { ...phase, killAt: Math.min(phase.killAt, killBy) };
  else if (hook !== null) {
    // No other follows it when the time is over.
    const next = killBy <= draft.now.mono ? null : hook.next;
    draft.hook = { ...hook, until: Math.min(hook.until, killBy), next };
  }
}

/** @param isOver there is no time for hooks */
function beginStop(draft: ProcessDraft, pid: number, isOver: boolean): void {
  const { program, now } = draft;
  cancelHook(draft);
  if (isOver) signalStop(draft, pid);
  else if (beginHook(draft, "pre_stop")) {
    const killAt = now.mono + hookLimitMs(program) + program.stopWaitSecs * SECOND;
    draft.enter({ kind: "STOPPING", pid, killAt, again: null }, { pid });
  } else continueStop(draft, pid);
}

/** Stops a process whose pre_stop is over: stopwaitsecs begin. */
export function continueStop(draft: ProcessDraft, pid: number): void {
  const { program, now, phase } = draft;
  if (!beginHook(draft, "stop_command")) {
    signalStop(draft, pid);
    return;
  }
  const killAt = now.mono + program.stopWaitSecs * SECOND;
  if (phase.kind === "STOPPING") limitStop(draft, killAt);
  else draft.enter({ kind: "STOPPING", pid, killAt, again: null }, { pid });
}

/** Sends the stop signal. A stop in progress becomes no longer. */
export function signalStop(draft: ProcessDraft, pid: number): void {
  const { phase } = draft;
  sendStopSignal(draft, pid);
  if (phase.kind === "STOPPING") limitStop(draft, phase.killAt);
}

/** Programs can extend a limit to so many times its value, so that one that hangs is killed in the end. */
const MAX_EXTENSION = 10;

/** Extends the time for the start or the stop of a program on its request (EXTEND_TIMEOUT_USEC of sd_notify). */
export function extend(
  draft: ProcessDraft,
  { pid, ms, killBy = null }: Extract<ProcessInput, { kind: "extend" }>,
): void {
  const { program, now, phase } = draft;
  if (!("pid" in phase) || phase.pid !== pid) return;
  const until = now.mono + ms;
  if (phase.kind === "READYING") {
    const most = draft.history.startMono + MAX_EXTENSION * program.readyTimeout * SECOND;
    draft.phase = { ...phase, giveUpAt: Math.max(phase.giveUpAt, Math.min(until, most)) };
  } else if (phase.kind === "STOPPING" || phase.kind === "FAILING") {
    const own = now.mono + MAX_EXTENSION * program.stopWaitSecs * SECOND;
    const most = Math.min(own, killBy ?? own);
    draft.phase = { ...phase, killAt: Math.max(phase.killAt, Math.min(until, most)) };
  }
}

/** Fails a start whose process executes: the process is stopped, and the start is retried. */
export function fail(draft: ProcessDraft, text: string): void {
  const { program, now, phase } = draft;
  if (!("pid" in phase)) return;
  draft.cancelCheck();
  draft.remember({ spawnErr: text });
  draft.log("WARN", messages.startFailed(program.name, text));
  draft.phase = { kind: "FAILING", pid: phase.pid, killAt: now.mono };
  sendStopSignal(draft, phase.pid);
}

/** Stops a process that executes or is being spawned; it starts again once it is down. */
export function stopToRestart(draft: ProcessDraft, by: StartCause): void {
  if (draft.phase.kind === "SPAWNING") {
    abandon(draft);
    draft.effects.push({ kind: "start-again", by });
    return;
  }
  const executes = ["STARTING", "READYING", "RUNNING"].includes(draft.phase.kind);
  if (!executes) return;
  stop(draft);
  if (draft.phase.kind === "STOPPING") draft.phase = { ...draft.phase, again: by };
}

/** Abandons a start. Nothing of the program has run, so there is nothing to wait for. */
function abandon(draft: ProcessDraft): void {
  draft.effects.push({ kind: "abandon" });
  stopWithoutChild(draft);
  draft.log("INFO", messages.startAbandoned(draft.program.name));
}

/** Clients see the states of any other stop. */
function stopWithoutChild(draft: ProcessDraft): void {
  draft.enter({ kind: "STOPPING", pid: 0, killAt: draft.now.mono, again: null }, { pid: 0 });
  draft.enter({ kind: "STOPPED" }, { pid: 0 });
}

/** Enters UNKNOWN after kill(2) failed. */
export function killFailed(draft: ProcessDraft, errno: string): void {
  const { phase } = draft;
  if (!("pid" in phase) || phase.kind === "UNKNOWN") return;
  const text = messages.killFailed(draft.program.name, phase.pid, errno);
  draft.remember({ spawnErr: text });
  draft.log("CRIT", text);
  draft.enter({ kind: "UNKNOWN", pid: phase.pid }, {});
}

/** Sends SIGKILL to a process that has not exited in time. */
export function escalate(draft: ProcessDraft, pid: number): void {
  const { program, hook } = draft;
  if (hook !== null) {
    draft.log("WARN", messages.hookFailed(program.name, hook.name, messages.notStopped));
    cancelHook(draft);
  }
  draft.log("WARN", messages.escalating(program.name, pid));
  kill(draft, pid, SIGKILL, program.killAsGroup ? "group" : "process");
}

function sendStopSignal(draft: ProcessDraft, pid: number): void {
  const { stopSignal, stopAsGroup } = draft.program;
  kill(draft, pid, stopSignal, stopAsGroup ? "group" : "process");
}

function kill(draft: ProcessDraft, pid: number, signal: number, target: "process" | "group"): void {
  const { program, now, phase } = draft;
  draft.log("DEBG", messages.killing(program.name, pid, target, signal));
  // A first stop with stopwaitsecs=0 may kill at once, but repeating an unanswered SIGKILL must not take a core.
  const waitSecs = signal === SIGKILL ? Math.max(program.stopWaitSecs, 1) : program.stopWaitSecs;
  const killAt = now.mono + waitSecs * SECOND;
  if (phase.kind === "STOPPING" || phase.kind === "FAILING") draft.phase = { ...phase, killAt };
  else draft.enter({ kind: "STOPPING", pid, killAt, again: null }, { pid });
  draft.effects.push({ kind: "kill", pid, signal, target });
}
