// Merges logs by time. The lines of one log keep their order, regardless of their times. A line of unknown time follows the
// line before it.

/** Something that has a time. */
interface Timed {
  readonly time: number | null;
}

/** One of several ordered sources. */
interface Source<T extends Timed> {
  readonly index: number;
  readonly batches: AsyncIterator<readonly T[]>;
  batch: readonly T[];
  at: number;
  /** The time of the next line; at least that of the line before it. */
  key: number;
}

/**
 * Merges sources by time; of equal times, the first source comes first.
 * @param sources batches of lines
 * @returns runs of lines of one source, by its index
 */
export async function* mergeByTime<T extends Timed>(
  sources: readonly AsyncIterator<readonly T[]>[],
): AsyncGenerator<{ readonly index: number; readonly lines: readonly T[] }> {
  const open = sources.map(
    (batches, index): Source<T> => ({
      index,
      batches,
      batch: [],
      at: 0,
      key: Number.NEGATIVE_INFINITY,
    }),
  );
  const filled = await Promise.all(open.map((source) => fill(source)));
  const heap = new Heap(open.filter((_, at) => filled[at] === true));
  for (let first = heap.first; first !== null; first = heap.first) {
    const next = heap.second;
    const from = first.at;
    while (first.at < first.batch.length && (next === null || isBefore(first, next)))
      advance(first);
    yield { index: first.index, lines: first.batch.slice(from, first.at) };
    if (first.at < first.batch.length || (await fill(first))) heap.sink();
    else heap.remove();
  }
}

function isBefore(a: Source<Timed>, b: Source<Timed>): boolean {
  return a.key < b.key || (a.key === b.key && a.index < b.index);
}

function advance(source: Source<Timed>): void {
  source.at += 1;
  source.key = Math.max(source.key, source.batch[source.at]?.time ?? source.key);
}

/** Fetches the next batch that has lines. @returns false at the end of the source */
async function fill<T extends Timed>(source: Source<T>): Promise<boolean> {
  do {
    const next = await source.batches.next();
    if (next.done === true) return false;
    source.batch = next.value;
    source.at = 0;
  } while (source.batch.length === 0);
  source.key = Math.max(source.key, source.batch[0]?.time ?? source.key);
  return true;
}

/** A binary heap of sources: the one with the earliest line is first. */
class Heap<T extends Timed> {
  readonly #sources: Source<T>[];

  constructor(sources: readonly Source<T>[]) {
    this.#sources = [...sources].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  get first(): Source<T> | null {
    return this.#sources[0] ?? null;
  }

  get second(): Source<T> | null {
    const [, left, right] = this.#sources;
    if (left === undefined || right === undefined) return left ?? null;
    return isBefore(left, right) ? left : right;
  }

  /** Restores the order after the first source has advanced. */
  sink(): void {
    const all = this.#sources;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const [a, b] = [all[child], all[least]];
        if (a !== undefined && b !== undefined && isBefore(a, b)) least = child;
      }
      const [here, there] = [all[at], all[least]];
      if (least === at || here === undefined || there === undefined) return;
      all[at] = there;
      all[least] = here;
      at = least;
    }
  }

  /** Removes the first source, which has ended. */
  remove(): void {
    const last = this.#sources.pop();
    if (last === undefined || this.#sources.length === 0) return;
    this.#sources[0] = last;
    this.sink();
  }
}
