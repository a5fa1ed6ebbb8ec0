// Sums of comparisons with Supervisor, one line each in a file that the last step of `make test` adds up. Without the
// variable that names the file nothing is written.

import { appendFileSync } from "node:fs";

/** What a comparison came to. */
export interface Sums {
  readonly compared: number;
  readonly equal: number;
  /** Rows that differ on purpose. */
  readonly deliberateRows?: number;
}

/** Areas of scenarios by their names; any other is an area of its own. */
const AREAS: readonly (readonly [RegExp, string])[] = [
  [/^(?:states|groups|environment|restart)/, "states"],
  [/^(?:faults|system)$/, "faults"],
  [/^event/, "events"],
  [/ctl|^shell$|^small-programs$/, "ctl output"],
  [/^logs?\b/, "log bytes"],
  [/^activity/, "activity log"],
  [/^(?:http|authentication|web)/, "http"],
  [/^startup/, "startup errors"],
];

/** The area that a scenario of test/e2e/differential counts for. */
export function areaOf(scenario: string): string {
  return AREAS.find(([pattern]) => pattern.test(scenario))?.[1] ?? scenario;
}

/**
 * Adds a line to the file named by TSV_COMPARISONS.
 * @param area what was compared, such as `states` or `ctl output`
 */
export function recordComparison(area: string, name: string, sums: Sums): void {
  const path = process.env["TSV_COMPARISONS"];
  if (path === undefined) return;
  const { compared, equal, deliberateRows = 0 } = sums;
  const line = { area, name, compared, equal, deliberate: deliberateRows };
  // One short write to a file opened for appending: the lines of several processes do not mix.
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}
