// Cycles in the graph of processes and what they need.

import { dependenciesOf, hasDependencies } from "./dependencies.ts";
import type { Member, Members } from "./dependency-members.ts";
import type { ProcessConfig } from "./model.ts";

/** A node of the graph: a process, or a name that stands for many. That way there are no more edges than names are written. */
type Node = Member | string;

/**
 * A cycle of processes, in the order in which each needs the next; null when there is none. A depth-first search that holds
 * its own stack, because a chain may have as many members as a configuration has processes.
 */
export function findCycle(members: Members): readonly Member[] | null {
  const done = new Set<Node>();
  for (const start of members.all) {
    if (done.has(start) || !hasDependencies(start.config)) continue;
    const path: Node[] = [start];
    const onPath = new Set<Node>(path);
    const rest: Iterator<Node>[] = [nextOf(start, members)];
    for (let top = rest.at(-1); top !== undefined; top = rest.at(-1)) {
      const { value: next, done: isOver = false } = top.next();
      if (isOver) {
        const left = path.pop();
        rest.pop();
        if (left === undefined) continue;
        onPath.delete(left);
        done.add(left);
      } else if (onPath.has(next)) {
        const cycle = path.slice(path.indexOf(next));
        return cycle.filter((node) => typeof node !== "string");
      } else if (!done.has(next)) {
        path.push(next);
        onPath.add(next);
        rest.push(nextOf(next, members));
      }
    }
  }
  return null;
}

/**
 * A cycle that one of these processes is in, and that begins with it; null when there is none. Those that need the same names, as
 * the processes of one program do, share one search.
 */
export function findCycleThrough(
  members: Members,
  configs: ReadonlySet<ProcessConfig>,
): readonly Member[] | null {
  const searches = new Map<string, Member[]>();
  for (const member of members.all) {
    if (!configs.has(member.config) || !hasDependencies(member.config)) continue;
    const needs = dependenciesOf(member.config).map(({ name }) => name);
    const key = needs.join("\n");
    const alike = searches.get(key);
    if (alike === undefined) searches.set(key, [member]);
    else alike.push(member);
  }
  for (const alike of searches.values()) {
    const cycle = findWayBack(members, alike);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** The shortest way from any of these to one of them, which need the same. */
function findWayBack(members: Members, alike: readonly Member[]): readonly Member[] | null {
  const [start] = alike;
  if (start === undefined) return null;
  const ends = new Set<Node>(alike);
  const queue: Node[] = [start];
  const reachedFrom = new Map<Node, Node>();
  for (const node of queue) {
    for (const next of nextOf(node, members)) {
      if (typeof next !== "string" && ends.has(next)) return [next, ...wayTo(node, reachedFrom)];
      if (reachedFrom.has(next)) continue;
      reachedFrom.set(next, node);
      queue.push(next);
    }
  }
  return null;
}

/** The processes after the start of a search, up to `end`. */
function wayTo(end: Node, reachedFrom: ReadonlyMap<Node, Node>): readonly Member[] {
  const way: Member[] = [];
  let node: Node = end;
  for (let from = reachedFrom.get(node); from !== undefined; from = reachedFrom.get(node)) {
    if (typeof node !== "string") way.push(node);
    node = from;
  }
  return way.reverse();
}

function nextOf(node: Node, members: Members): IteratorObject<Node> {
  const next: readonly Node[] =
    typeof node === "string"
      ? members.named(node)
      : dependenciesOf(node.config).map(({ name }) => name);
  return next[Symbol.iterator]();
}
