// An index of deadlines. The states contain the deadlines; index entries that no longer match them are dropped
// when they surface.

import type { ProcessKey } from "../base/ids.ts";

interface Entry {
  readonly at: number;
  readonly key: ProcessKey;
}

/** Number of entries below which stale ones do not matter. */
const SMALL = 256;

/** A binary heap: adding and taking cost O(log n), the earliest is free. */
export class DeadlineIndex {
  #heap: Entry[] = [];
  #sweepAt = SMALL;

  /** Number of entries, including stale ones. */
  get size(): number {
    return this.#heap.length;
  }

  /** Adds a deadline. Earlier entries of the key become stale. */
  add(key: ProcessKey, at: number): void {
    const heap = this.#heap;
    const entry: Entry = { at, key };
    let hole = heap.push(entry) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = entry;
  }

  /**
   * The earliest deadline that is not stale, or null.
   * @param current the present deadline of a process
   */
  earliest(current: (key: ProcessKey) => number | null): number | null {
    if (this.#heap.length >= this.#sweepAt) this.#sweep(current);
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (current(top.key) === top.at) return top.at;
      this.#pop();
    }
    return null;
  }

  /** Takes one process whose deadline is at or before `now`; null if there is none. */
  takeDue(now: number, current: (key: ProcessKey) => number | null): ProcessKey | null {
    const at = this.earliest(current);
    if (at === null || at > now) return null;
    return this.#pop()?.key ?? null;
  }

  /** Drops stale entries far in the future, which would never surface: with a long stopwaitsecs, each restart leaves one. */
  #sweep(current: (key: ProcessKey) => number | null): void {
    const held = new Map<ProcessKey, number>();
    for (const { key, at } of this.#heap) if (current(key) === at) held.set(key, at);
    this.#heap = [];
    for (const [key, at] of held) this.add(key, at);
    this.#sweepAt = Math.max(SMALL, 2 * this.#heap.length);
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        below = right;
        child += 1;
      }
      if (!isBefore(below, last)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = last;
    return top;
  }
}

/** Orders equal deadlines by name, not by age, so that a successor handles them in the same order. */
function isBefore(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.key < right.key);
}
