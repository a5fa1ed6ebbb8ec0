// Merges logs by time. The lines of one log keep their order, regardless of their times.

/** One of several ordered sources. */
interface Source<T> {
  readonly index: number;
  readonly batches: AsyncIterator<readonly T[]>;
  batch: readonly T[];
  next: number;
  /** The time of the next line; at least that of the line before it. */
  time: number;
}

/**
 * Merges sources by time; of equal times, the first source comes first.
 * @param sources batches of lines
 * @returns runs of lines of one source, by its index
 */
export async function* mergeByTime<T extends { readonly time: number }>(
  sources: readonly AsyncIterator<readonly T[]>[],
): AsyncGenerator<{ readonly index: number; readonly lines: readonly T[] }> {
  const all = sources.map(
    (batches, index): Source<T> => ({
      ...{ index, batches, batch: [], next: 0 },
      time: Number.NEGATIVE_INFINITY,
    }),
  );
  const filled = await Promise.all(all.map((source) => fill(source)));
  let open = all.filter((_, index) => filled[index] === true);
  for (;;) {
    const [first, second] = earliest(open);
    if (first === null) return;
    const from = first.next;
    while (first.next < first.batch.length && (second === null || isBefore(first, second))) {
      first.next += 1;
      setTime(first);
    }
    yield { index: first.index, lines: first.batch.slice(from, first.next) };
    if (first.next === first.batch.length && !(await fill(first))) {
      open = open.filter((source) => source !== first);
    }
  }
}

/** The two sources with the earliest next lines. */
function earliest<T>(sources: readonly Source<T>[]): readonly [Source<T> | null, Source<T> | null] {
  let first: Source<T> | null = null;
  let second: Source<T> | null = null;
  for (const source of sources) {
    if (first === null || isBefore(source, first)) [first, second] = [source, first];
    else if (second === null || isBefore(source, second)) second = source;
  }
  return [first, second];
}

function isBefore<T>(a: Source<T>, b: Source<T>): boolean {
  return a.time < b.time || (a.time === b.time && a.index < b.index);
}

function setTime<T extends { readonly time: number }>(source: Source<T>): void {
  source.time = Math.max(source.time, source.batch[source.next]?.time ?? source.time);
}

/** Fetches the next batch that has lines. @returns false at the end of the source */
async function fill<T extends { readonly time: number }>(source: Source<T>): Promise<boolean> {
  do {
    const next = await source.batches.next();
    if (next.done === true) return false;
    source.batch = next.value;
    source.next = 0;
  } while (source.batch.length === 0);
  setTime(source);
  return true;
}
