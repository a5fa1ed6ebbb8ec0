// The queue of starts: starting takes time that others need too. An autostart begins in its turn. For a
// request of a client, the file of the command is found first, because a missing one leaves the process as it
// is. A stop or removal of the process cancels its start.

import type { ProcessKey } from "../base/ids.ts";
import type { CommandProblem } from "../process/launch.ts";
import { messages } from "../process/messages.ts";
import { isRunningState, publicState, type StartCause } from "../process/model.ts";
import { queueStart, touch } from "./dependents.ts";
import type { Draft } from "./draft.ts";
import { isStartWanted, type StartOutcome, type StartRejection } from "./model.ts";
import { resumeSchedule } from "./schedules.ts";

/** Queues a start on request, once, and resumes the schedule of the process. */
export function requestStart(draft: Draft, key: ProcessKey): void {
  const record = draft.processes.get(key);
  if (record === null) {
    settle(draft, key, "removed");
  } else if (draft.daemonState !== "RUNNING") {
    settle(draft, key, "shutting-down");
  } else {
    resumeSchedule(draft, record, "it was started on request");
    queueStart(draft, record, "request");
  }
}

/** Queues the starts of those processes that have autostart. */
export function queueAutostarts(draft: Draft, keys: readonly ProcessKey[]): void {
  for (const key of keys) {
    const record = draft.processes.get(key);
    if (record?.config.autostart === true) queueStart(draft, record, "autostart");
  }
}

/** Begins the first start of the queue. */
export function nextStart(draft: Draft): void {
  const [first] = draft.base.queued;
  if (first === undefined) return;
  const [key, wanted] = first;
  draft.queued.set(key, null);
  const phase = draft.processes.get(key)?.state.phase.kind;
  const continues = phase === "WAITING" || (phase === "BLOCKED" && wanted.by !== "request");
  if (continues || !(wanted.by === "autostart" || wanted.by === "request")) {
    begin(draft, key, wanted.by, rejectionOf(draft, key, true));
  } else if (wanted.by === "autostart") {
    autostart(draft, key);
  } else {
    draft.resolving.set(key, wanted);
    draft.effects.push({ kind: "resolve", key });
  }
}

/** Continues a requested start whose file was found, or not. */
export function resolved(
  draft: Draft,
  { key, problem }: { readonly key: ProcessKey; readonly problem: CommandProblem | null },
): void {
  if (!draft.resolving.has(key)) return;
  draft.resolving.set(key, null);
  begin(draft, key, "request", problem ?? rejectionOf(draft, key));
}

function begin(
  draft: Draft,
  key: ProcessKey,
  by: StartCause,
  rejection: StartRejection | null,
): void {
  if (rejection === null) draft.drive(key, { kind: "start", by });
  settle(draft, key, rejection ?? "begun");
}

/** A process that was started on request meanwhile is not started again. */
function autostart(draft: Draft, key: ProcessKey): void {
  const state = draft.processes.get(key)?.state;
  const isFirst = state?.phase.kind === "STOPPED" && state.history.startWall === 0;
  if (isFirst) draft.drive(key, { kind: "start", by: "autostart" });
  settle(draft, key, isFirst ? "already-started" : "cancelled");
}

/** Cancels the start of a process. */
export function cancelStart(draft: Draft, key: ProcessKey, reason: StartRejection): void {
  if (!isStartWanted(draft, key)) return;
  if (draft.queued.has(key)) draft.queued.set(key, null);
  if (draft.resolving.has(key)) draft.resolving.set(key, null);
  settle(draft, key, reason);
}

/** Cancels all starts. */
export function cancelStarts(draft: Draft): void {
  const { queued, resolving } = draft.base;
  const added = draft.queued.changes?.keys() ?? [];
  for (const key of [...queued.keys(), ...resolving.keys(), ...added]) {
    cancelStart(draft, key, "shutting-down");
  }
}

/** Why a process cannot be started in its state. @param continuesWaiting whether a start that is WAITING continues */
function rejectionOf(
  draft: Draft,
  key: ProcessKey,
  continuesWaiting = false,
): StartRejection | null {
  const record = draft.processes.get(key);
  if (record === null) return "removed";
  const { kind } = record.state.phase;
  // A blocked start is repeated, with its dependencies.
  if (kind === "BLOCKED" || (continuesWaiting && kind === "WAITING")) return null;
  const state = publicState(record.state.phase);
  if (isRunningState(state)) return "already-started";
  if (state === "UNKNOWN") return "unknown-state";
  if (state !== "STOPPING") return null;
  draft.log("WARN", messages.alreadyRunning(record.config.name));
  return "stopping";
}

/** Reports the outcome. Dependents are notified too, because the start is no longer wanted. */
function settle(draft: Draft, key: ProcessKey, outcome: StartOutcome): void {
  const record = draft.processes.get(key);
  if (record !== null) touch(draft, record);
  draft.effects.push({ kind: "start-settled", key, outcome });
}
