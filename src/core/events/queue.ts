// A queue that is a value: changing it makes another and leaves the old one as it was. Adding and removing make one cell for
// each item, however many wait, so that a pool with a large buffer may be flooded.
// Okasaki, Purely Functional Data Structures, 5.2.

interface Cell<T> {
  readonly item: T;
  readonly next: Cell<T> | null;
}

/** Items in order: those of `front`, then those of `back` in reverse. `front` is null only if nothing waits. */
export interface Queue<T> {
  readonly front: Cell<T> | null;
  readonly back: Cell<T> | null;
  readonly length: number;
}

const EMPTY: Queue<never> = { front: null, back: null, length: 0 };

/** Nothing is waiting. */
export function emptyQueue<T>(): Queue<T> {
  return EMPTY;
}

/** The oldest item. */
export function queueHead<T>({ front }: Queue<T>): T | undefined {
  return front?.item;
}

/** The queue with an item more at its end. */
export function pushed<T>(queue: Queue<T>, item: T): Queue<T> {
  const { front, back, length } = queue;
  if (front === null) return unshifted(queue, item);
  return { front, back: { item, next: back }, length: length + 1 };
}

/** The queue with an item more at its head. */
export function unshifted<T>({ front, back, length }: Queue<T>, item: T): Queue<T> {
  return { front: { item, next: front }, back, length: length + 1 };
}

/** The queue without its oldest item. */
export function shifted<T>(queue: Queue<T>): Queue<T> {
  const { front, back, length } = queue;
  if (front === null) return queue;
  if (front.next !== null) return { front: front.next, back, length: length - 1 };
  return { front: reversed(back), back: null, length: length - 1 };
}

/** All that wait, the oldest first. It takes as long as the queue is. */
export function queueItems<T>({ front, back }: Queue<T>): readonly T[] {
  const items: T[] = [];
  for (let cell = front; cell !== null; cell = cell.next) items.push(cell.item);
  for (let cell = reversed(back); cell !== null; cell = cell.next) items.push(cell.item);
  return items;
}

function reversed<T>(cells: Cell<T> | null): Cell<T> | null {
  let result: Cell<T> | null = null;
  for (let cell = cells; cell !== null; cell = cell.next)
    result = { item: cell.item, next: result };
  return result;
}
