// A queue that is a value: changing it makes another and leaves the old one as it was. Adding to a long one costs a
// short copy, not a long one, so that a pool with a large buffer may be flooded.

/** Items in order: `older` from `start` on, then `newer`. */
export interface Queue<T> {
  readonly older: readonly T[];
  readonly start: number;
  readonly newer: readonly T[];
}

/** Longest list that is copied for each item added. */
const SHORT = 128;

const EMPTY: Queue<never> = { older: [], start: 0, newer: [] };

/** Nothing is waiting. */
export function emptyQueue<T>(): Queue<T> {
  return EMPTY;
}

/** How many items wait. */
export function queueLength<T>({ older, start, newer }: Queue<T>): number {
  return older.length - start + newer.length;
}

/** The oldest item. */
export function queueHead<T>({ older, start, newer }: Queue<T>): T | undefined {
  return start < older.length ? older[start] : newer[0];
}

/** The queue with an item more at its end. */
export function pushed<T>(queue: Queue<T>, item: T): Queue<T> {
  const { older, start, newer } = queue;
  if (newer.length < SHORT) return { older, start, newer: [...newer, item] };
  return { older: [...older.slice(start), ...newer], start: 0, newer: [item] };
}

/** The queue with an item more at its head. */
export function unshifted<T>(queue: Queue<T>, item: T): Queue<T> {
  return { older: [item, ...queue.older.slice(queue.start)], start: 0, newer: queue.newer };
}

/** The queue without its oldest item. */
export function shifted<T>({ older, start, newer }: Queue<T>): Queue<T> {
  if (start + 1 < older.length) return compacted({ older, start: start + 1, newer });
  if (start < older.length) return { older: newer, start: 0, newer: [] };
  return { older: newer, start: Math.min(1, newer.length), newer: [] };
}

/** All that wait, the oldest first. For tests: it takes as long as the queue is. */
export function queueItems<T>({ older, start, newer }: Queue<T>): readonly T[] {
  return [...older.slice(start), ...newer];
}

/** Items that have left must not be kept alive by the list they were in. */
function compacted<T>(queue: Queue<T>): Queue<T> {
  const { older, start, newer } = queue;
  if (start < SHORT || start * 2 < older.length) return queue;
  return { older: older.slice(start), start: 0, newer };
}
