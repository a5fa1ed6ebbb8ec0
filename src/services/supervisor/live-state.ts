// The state of supervision: changed only here, and only by complete patches.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ScheduleState } from "../../core/schedules/model.ts";
import { type EndRules, NO_RULES } from "../../core/supervisor/end-rules.ts";
import type {
  GroupRecord,
  ProcessRecord,
  SupervisorPatch,
  SupervisorState,
  WantedStart,
} from "../../core/supervisor/model.ts";

export interface LiveState extends SupervisorState {
  mood: SupervisorState["mood"];
  readonly groups: Map<string, GroupRecord>;
  readonly processes: Map<ProcessKey, ProcessRecord>;
  readonly pids: Map<number, ProcessKey>;
  readonly queued: Map<ProcessKey, WantedStart>;
  readonly looking: Map<ProcessKey, WantedStart>;
  stopPlan: SupervisorState["stopPlan"];
  readonly programs: Map<string, readonly ProcessKey[]>;
  readonly dependents: Map<string, readonly ProcessKey[]>;
  readonly held: Map<ProcessKey, readonly ProcessKey[]>;
  readonly witnesses: Map<string, ProcessKey>;
  readonly schedules: Map<ProcessKey, ScheduleState>;
  ending: SupervisorState["ending"];
}

/** The state of a daemon that knows no group yet, or that of the daemon it takes over from, with its rules. */
export function createLiveState(
  carried: SupervisorState | null = null,
  rules: EndRules = NO_RULES,
): LiveState {
  return {
    mood: carried?.mood ?? "RUNNING",
    groups: new Map(carried?.groups),
    processes: new Map(carried?.processes),
    pids: new Map(carried?.pids),
    queued: new Map(carried?.queued),
    looking: new Map(carried?.looking),
    stopPlan: carried?.stopPlan ?? null,
    programs: new Map(carried?.programs),
    dependents: new Map(carried?.dependents),
    held: new Map(carried?.held),
    witnesses: new Map(carried?.witnesses),
    schedules: new Map(carried?.schedules),
    rules: carried?.rules ?? rules,
    ending: carried?.ending ?? null,
  };
}

/** Makes a patch true. */
export function commit(state: LiveState, patch: SupervisorPatch): void {
  if (patch.mood !== undefined) state.mood = patch.mood;
  if (patch.stopPlan !== undefined) state.stopPlan = patch.stopPlan;
  if (patch.ending !== undefined) state.ending = patch.ending;
  merge(state.groups, patch.groups);
  merge(state.processes, patch.processes);
  merge(state.pids, patch.pids);
  merge(state.queued, patch.queued);
  merge(state.looking, patch.looking);
  merge(state.programs, patch.programs);
  merge(state.dependents, patch.dependents);
  merge(state.held, patch.held);
  merge(state.witnesses, patch.witnesses);
  merge(state.schedules, patch.schedules);
}

function merge<K, V>(target: Map<K, V>, changes: ReadonlyMap<K, V | null> | undefined): void {
  for (const [key, value] of changes ?? []) {
    if (value === null) target.delete(key);
    else target.set(key, value);
  }
}
