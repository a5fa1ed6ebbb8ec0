// The order of starts and stops. Starting: ascending (priority, name) of groups, definition order inside. Stopping everything:
// descending priority, and groups of one priority together, because no order was promised between them.

import type { ProcessKey } from "../base/ids.ts";
import { compareText } from "../base/text-order.ts";
import { dependenciesOf } from "../config/dependencies.ts";
import { namesOf } from "./links.ts";
import type { GroupRecord, ProcessRecord, SupervisorState } from "./model.ts";
import { type Ranked, stopRanks } from "./stop-ranks.ts";

/** Active groups, ascending by (priority, name). */
export function groupsInStartOrder(state: SupervisorState): readonly GroupRecord[] {
  return [...state.groups.values()].sort(
    (a, b) => a.config.priority - b.config.priority || compareText(a.config.name, b.config.name),
  );
}

/** Processes of one group in the order in which they are stopped: descending priority, later definitions first. */
function stopOrder(group: GroupRecord, state: SupervisorState): readonly ProcessKey[] {
  const records: ProcessRecord[] = [];
  for (const key of group.keys) {
    const record = state.processes.get(key);
    if (record !== undefined) records.push(record);
  }
  return records
    .reverse()
    .sort((a, b) => b.config.priority - a.config.priority)
    .map((record) => record.key);
}

/** The waves of a complete stop. Every active process is in exactly one, and in a later one than all that need it. */
export function stopWaves(state: SupervisorState): readonly ReadonlySet<ProcessKey>[] {
  const waves = wavesByPriority(state);
  return state.dependents.size === 0 ? waves : wavesByNeed(state, waves);
}

function wavesByPriority(state: SupervisorState): readonly ReadonlySet<ProcessKey>[] {
  const waves: Set<ProcessKey>[] = [];
  let priority: number | null = null;
  for (const group of [...groupsInStartOrder(state)].reverse()) {
    const keys = stopOrder(group, state);
    const last = waves.at(-1);
    if (last === undefined || group.config.priority !== priority) waves.push(new Set(keys));
    else for (const key of keys) last.add(key);
    priority = group.config.priority;
  }
  return waves;
}

/** Moves what others need behind them. Beyond that the waves of the priorities stay. */
function wavesByNeed(
  state: SupervisorState,
  waves: readonly ReadonlySet<ProcessKey>[],
): readonly ReadonlySet<ProcessKey>[] {
  const all: Ranked<ProcessKey>[] = [];
  for (const [wave, keys] of waves.entries()) {
    for (const id of keys) {
      const record = state.processes.get(id);
      if (record === undefined) continue;
      const needs = dependenciesOf(record.config).map(({ name }) => name);
      all.push({ id, wave, names: namesOf(record), needs });
    }
  }
  const ranks = stopRanks(all);
  const moved: Set<ProcessKey>[] = [];
  for (const { id } of all) {
    const rank = ranks.get(id) ?? 0;
    while (moved.length <= rank) moved.push(new Set());
    moved[rank]?.add(id);
  }
  return moved.filter((keys) => keys.size > 0);
}
