// A program becomes disabled or enabled while it is active (enabled=). A disabled program is started on request
// only; a run that executes goes on.

import type { ProcessState } from "../process/model.ts";
import { namesOf } from "./dependencies.ts";
import { queueStart } from "./dependents.ts";
import type { Draft } from "./draft.ts";
import type { ProcessRecord } from "./model.ts";
import { resumeSchedule, suspendSchedule } from "./schedules.ts";
import { cancelStart } from "./starts.ts";

/** Applies a change of `enabled`. @param record has the new definition */
export function applyEnabled(draft: Draft, record: ProcessRecord): void {
  if (record.config.enabled) enable(draft, record);
  else disable(draft, record);
}

/** Cancels the next start, but for a requested one. */
function disable(draft: Draft, record: ProcessRecord): void {
  const { key, state } = record;
  suspendSchedule(draft, record);
  const wanted = draft.queued.get(key);
  if (wanted !== null && wanted.by !== "request") cancelStart(draft, key, "cancelled");
  if (isNextStartAutomatic(state)) draft.drive(key, { kind: "stop" });
}

/** Whether a stop would only cancel a start that no client has requested. */
function isNextStartAutomatic({ phase }: ProcessState): boolean {
  switch (phase.kind) {
    case "WAITING":
    case "BLOCKED":
      return phase.by !== "request";
    case "STOPPING":
    case "BACKOFF":
    case "EXITED":
    case "FATAL":
      return true;
    default:
      return false;
  }
}

/** Starts of others that were blocked because it was disabled are queued again, with their dependencies. */
function enable(draft: Draft, record: ProcessRecord): void {
  resumeSchedule(draft, record, "it is enabled");
  for (const key of namesOf(record).flatMap((name) => draft.dependents.get(name) ?? [])) {
    const dependent = draft.processes.get(key);
    const phase = dependent?.state.phase;
    if (dependent !== null && phase?.kind === "BLOCKED") queueStart(draft, dependent, phase.by);
  }
}
