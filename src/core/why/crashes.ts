// Programs that crash again and again.

import type { ProgramHistory, ProgramRun } from "./program-history.ts";

const HOUR_S = 3600;
const MOST_CRASHES = 5;
/** Runs shorter than this count as crashes. */
const SHORT_MS = 60_000;

/** Whether it crashes again and again, late enough to count as started. */
export function isFlapping(history: Pick<ProgramHistory, "runs" | "now">): boolean {
  return crashesOf(history).length >= MOST_CRASHES;
}

/** The crashes of the last hour. */
export function crashesOf({
  runs,
  now,
}: Pick<ProgramHistory, "runs" | "now">): readonly ProgramRun[] {
  return runs.filter(
    ({ cause, ending, end, expected, upMs }) =>
      // Runs of a schedule follow each other as they should.
      cause !== "schedule" &&
      ending === "exited" &&
      now - end < HOUR_S &&
      (!expected || upMs < SHORT_MS),
  );
}
