// The figures that stand for a series of runs. The median is what a user meets; the minimum is what a noisy machine
// disturbs least.

/** The value in the middle, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error("there is no median of no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** `median 12.3 ms, least 11.9, most 14.0, 20 runs`: what a note says of a series. */
export function describeSeries(values: readonly number[], unit: string): string {
  const fixed = (value: number) => value.toFixed(value < 100 ? 2 : 0);
  const least = fixed(Math.min(...values));
  const most = fixed(Math.max(...values));
  return `median ${fixed(median(values))} ${unit}, least ${least}, most ${most}, ${values.length} runs`;
}
