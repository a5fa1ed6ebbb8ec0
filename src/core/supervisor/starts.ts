// Starts that are wanted and have not begun. They wait in a queue, since starting takes time that others need too. In its
// turn an autostart begins; a start that a client asked for has its file looked for first, because one that is missing
// leaves the process as it is. Whatever stops or removes the process meanwhile takes its start out of the queue.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { CommandProblem } from "../process/launch.ts";
import { messages } from "../process/messages.ts";
import type { StartCause } from "../process/model.ts";
import { isRunningState, publicState } from "../process/model.ts";
import { touch, want } from "./dependents.ts";
import type { Draft, Drive } from "./draft.ts";
import type { StartOutcome, StartRefusal, SupervisorState } from "./model.ts";
import { resume } from "./schedules.ts";
import { isStartWanted } from "./wanted.ts";

/** A client wants a process started. One that is wanted already is not wanted twice. Its schedule counts again in any case. */
export function wantStart(draft: Draft, key: ProcessKey, now: Instant): void {
  const record = draft.processes.get(key);
  if (record === null) {
    settle(draft, key, "removed");
  } else if (draft.daemonState !== "RUNNING") {
    settle(draft, key, "shutting-down");
  } else {
    resume(draft, record, now);
    want(draft, record, "request");
  }
}

/** Those of them that have autostart are wanted. */
export function wantAutostarts(draft: Draft, keys: readonly ProcessKey[]): void {
  if (draft.daemonState !== "RUNNING") return;
  for (const key of keys) {
    const record = draft.processes.get(key);
    if (record?.config.autostart === true) want(draft, record, "autostart");
  }
}

/** The first of the queue has its turn. */
export function nextStart(draft: Draft, state: SupervisorState, now: Instant, drive: Drive): void {
  const [first] = state.queued;
  if (first === undefined) return;
  const [key, wanted] = first;
  draft.queued.set(key, null);
  const phase = draft.processes.get(key)?.state.phase.kind;
  const continues = phase === "WAITING" || (phase === "BLOCKED" && wanted.by !== "request");
  if (continues || !(wanted.by === "autostart" || wanted.by === "request")) {
    startInTurn(draft, key, wanted.by, now, drive);
  } else if (wanted.by === "autostart") {
    autostart(draft, key, now, drive);
  } else {
    draft.looking.set(key, wanted);
    draft.effects.push({ kind: "look", key });
  }
}

/** A start that waited for others continues, or one that another process made necessary begins. */
function startInTurn(
  draft: Draft,
  key: ProcessKey,
  by: StartCause,
  now: Instant,
  drive: Drive,
): void {
  const refusal = refusalOf(draft, key, true);
  if (refusal === null) drive(draft, key, { kind: "start", by }, now);
  settle(draft, key, refusal ?? "begun");
}

/** The file of a process was looked for. */
export function looked(
  draft: Draft,
  { key, problem }: { readonly key: ProcessKey; readonly problem: CommandProblem | null },
  now: Instant,
  drive: Drive,
): void {
  if (!draft.looking.has(key)) return;
  draft.looking.set(key, null);
  const refusal = problem ?? refusalOf(draft, key);
  if (refusal === null) drive(draft, key, { kind: "start", by: "request" }, now);
  settle(draft, key, refusal ?? "begun");
}

/** The start of the process is cancelled. */
export function dropStart(draft: Draft, key: ProcessKey, why: StartRefusal): void {
  if (!isStartWanted(draft, key)) return;
  if (draft.queued.has(key)) draft.queued.set(key, null);
  if (draft.looking.has(key)) draft.looking.set(key, null);
  settle(draft, key, why);
}

/** Everything is being stopped. */
export function dropStarts(draft: Draft, { queued, looking }: SupervisorState): void {
  const added = draft.queued.changes?.keys() ?? [];
  for (const key of [...queued.keys(), ...looking.keys(), ...added]) {
    dropStart(draft, key, "shutting-down");
  }
}

/** Requests for the same start that arrived meanwhile are answered: the process was started without them. */
function autostart(draft: Draft, key: ProcessKey, now: Instant, drive: Drive): void {
  const state = draft.processes.get(key)?.state;
  const isFirst = state?.phase.kind === "STOPPED" && state.history.startWall === 0;
  if (isFirst) drive(draft, key, { kind: "start", by: "autostart" }, now);
  settle(draft, key, isFirst ? "already-started" : "cancelled");
}

/** Why a process cannot be started in the state that it is in. @param isWaited whether one that is WAITING continues */
function refusalOf(draft: Draft, key: ProcessKey, isWaited = false): StartRefusal | null {
  const record = draft.processes.get(key);
  if (record === null) return "removed";
  const { kind } = record.state.phase;
  // One that is blocked is tried again, with what it needs.
  if (kind === "BLOCKED" || (isWaited && kind === "WAITING")) return null;
  const state = publicState(record.state.phase);
  if (isRunningState(state)) return "already-started";
  if (state === "UNKNOWN") return "unknown-state";
  if (state !== "STOPPING") return null;
  draft.log("WARN", messages.alreadyRunning(record.config.name));
  return "stopping";
}

/** The start is not wanted any more, which counts for those who need the process, whatever has become of it. */
function settle(draft: Draft, key: ProcessKey, outcome: StartOutcome): void {
  const record = draft.processes.get(key);
  if (record !== null) touch(draft, record);
  draft.effects.push({ kind: "start-settled", key, outcome });
}
