// In which wave each process is stopped: that of its priority, or a later one if others need it.

/** A process as far as that goes. */
export interface Ranked<K> {
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
