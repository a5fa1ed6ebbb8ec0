// The order of starts and stops. Starting: ascending (priority, name) of groups, definition order inside. Stopping everything:
// descending priority, and groups of one priority together, because no order was promised between them.

import type { ProcessKey } from "../base/ids.ts";
import { compareText } from "../base/printable.ts";
import { dependenciesOf } from "../config/dependencies.ts";
import { namesOf } from "./links.ts";
import type { GroupRecord, ProcessRecord, SupervisorState } from "./model.ts";

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

// In which wave each process is stopped: that of its priority, or a later one if others need it.

/** A process as far as that goes. */
interface Ranked<K> {
  readonly id: K;
  /** The wave of its priority, from 0 on. */
  readonly wave: number;
  /** By which others may need it. */
  readonly names: readonly string[];
  /** Names that it needs. */
  readonly needs: readonly string[];
}

/** A node is a process, or a name that stands for many: that way there are no more edges than names are written. */
type Node<K> = Ranked<K> | string;

/**
 * For each process the wave that it is stopped in: that of its priority, or a later one, after the last of those that need it.
 * Nodes are taken once all that need them were (Kahn's algorithm). Those of a cycle never are, which a configuration cannot have,
 * but two configurations can that are half in force; they keep the wave of their priority.
 */
export function stopRanks<K>(all: readonly Ranked<K>[]): ReadonlyMap<K, number> {
  const ranks = new Map(all.map(({ id, wave }) => [id, wave]));
  const needers = new Map<string, number>();
  for (const { needs } of all) for (const name of needs) add(needers, name, 1);
  if (needers.size === 0) return ranks;
  const members = new Map<string, Ranked<K>[]>();
  const left = new Map<K, number>();
  const ready: Node<K>[] = [];
  for (const each of all) {
    const needed = each.names.filter((name) => needers.has(name));
    for (const name of needed) join(members, name, each);
    left.set(each.id, needed.length);
    if (needed.length === 0) ready.push(each);
  }
  const nameRanks = new Map<string, number>();
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    if (typeof node === "string") {
      const rank = nameRanks.get(node) ?? 0;
      for (const member of members.get(node) ?? []) {
        ranks.set(member.id, Math.max(ranks.get(member.id) ?? 0, rank));
        if (add(left, member.id, -1) === 0) ready.push(member);
      }
      continue;
    }
    const next = (ranks.get(node.id) ?? 0) + 1;
    for (const name of node.needs) {
      nameRanks.set(name, Math.max(nameRanks.get(name) ?? 0, next));
      if (add(needers, name, -1) === 0) ready.push(name);
    }
  }
  return ranks;
}

function join<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

function add<K>(counts: Map<K, number>, key: K, change: number): number {
  const count = (counts.get(key) ?? 0) + change;
  counts.set(key, count);
  return count;
}
