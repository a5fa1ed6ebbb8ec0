// "Did you mean": the nearest of some words, by the number of letters to change.

/** Letters to insert, delete, replace or swap with a neighbour to turn one word into the other. */
function editDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped)
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

/** The candidate nearest to `word`, or null when none is near enough to be what was meant. */
export function closest<T extends string>(word: string, candidates: readonly T[]): T | null {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: T | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    // Each letter more or fewer is a change.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

// The programs of one type of a Procfile: `web.1` and `web.2` of `web`.

/** Those of the names that are a number of the type. */
export function numberedNames(type: string, names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => name.startsWith(`${type}.`) && /^[0-9]+$/.test(name.slice(type.length + 1)),
  );
}
