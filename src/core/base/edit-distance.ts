// "Did you mean": the nearest of some words, by the number of letters to change.

/**
 * Letters to insert, delete, replace or swap with a neighbour to turn one word into the other.
 * @param enough returned for any distance that is not below it
 */
function editDistance(left: string, right: string, enough: number): number {
  const width = right.length + 1;
  // The last three rows of the table. Far from its diagonal, distances are not below `enough`.
  const empty = (): Uint16Array => new Uint16Array(width).fill(enough);
  let [beforeLast, last, current] = [empty(), empty(), empty()];
  for (let column = 0; column < Math.min(width, enough); column += 1) last[column] = column;
  let leastOfLast = 0;
  for (let row = 1; row <= left.length; row += 1) {
    let least = row;
    current.fill(enough);
    if (row < enough) current[0] = row;
    const end = Math.min(right.length, row + enough - 1);
    for (let column = Math.max(1, row - enough + 1); column <= end; column += 1) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1);
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      )
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current[column] = best;
      if (best < least) least = best;
    }
    // A swap goes back two rows.
    if (least >= enough && leastOfLast >= enough) return enough;
    leastOfLast = least;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return Math.min(last[right.length] ?? 0, enough);
}

/** The candidate nearest to `word`, or null when none is near enough to be what was meant. */
export function closest<T extends string>(word: string, candidates: readonly T[]): T | null {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: T | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    // Each letter more or fewer is a change.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Wrong names beyond these get no suggestion, and names beyond those are not compared: it takes time. */
const MOST_SUGGESTIONS = 20;
const MOST_COMPARED = 2000;

/** Suggests one of many names for wrong ones, as far as time permits; a known name is itself. */
export function createSuggestions(names: readonly string[]): (written: string) => string | null {
  const known = new Set(names);
  const compared = names.slice(0, MOST_COMPARED);
  let left = MOST_SUGGESTIONS;
  return (written) => {
    if (known.has(written)) return written;
    left -= 1;
    return left < 0 ? null : closest(written, compared);
  };
}

// The programs of one type of a Procfile: `web.1` and `web.2` of `web`.

/** Those of the names that are a number of the type. */
export function numberedNames(type: string, names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => name.startsWith(`${type}.`) && /^[0-9]+$/.test(name.slice(type.length + 1)),
  );
}
