// Whether a series of figures is flat.

/** How much more the end may be than the middle. */
export interface Tolerance {
  readonly share: number;
  readonly constant: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * The growth from the second third to the last one, by their medians: the first third is warming up, and one sample that
 * garbage collection has not been to yet decides nothing.
 * @returns what to say of it; null when it is flat
 */
export function growth(name: string, values: readonly number[], allowed: Tolerance): string | null {
  const third = Math.floor(values.length / 3);
  const middle = median(values.slice(third, 2 * third));
  const end = median(values.slice(-third));
  if (end <= middle * (1 + allowed.share) + allowed.constant) return null;
  return `${name} grew from ${middle} to ${end}: ${values.join(" ")}`;
}
