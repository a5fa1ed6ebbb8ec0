// The CPU of a program over time as a short text, from which the page of all programs draws a line.

import type { HistorySeries } from "../history/history.ts";
import { formatPercent } from "../usage/program-usage.ts";

/** A line has the height of the largest value, but what does nothing stays flat. Percent of one processor. */
export const LEAST_HEIGHT = 5;
/** The largest level: one digit with base 36. */
const TOP = 35;
const GAP = "-";

/** @returns a digit with base 36 for each step, `-` for a gap, and the largest value in words; null if nothing was measured */
export function trendOf({
  cpuMax,
}: Pick<HistorySeries, "cpuMax">): readonly [levels: string, most: string] | null {
  const most = cpuMax.reduce<number>((max, value) => Math.max(max, value ?? -1), -1);
  if (most < 0) return null;
  const height = Math.max(most, LEAST_HEIGHT);
  const levels = cpuMax.map((value) =>
    value === null ? GAP : Math.round((value / height) * TOP).toString(TOP + 1),
  );
  return [levels.join(""), formatPercent(most)];
}
