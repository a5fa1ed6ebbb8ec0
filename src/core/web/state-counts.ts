// The number of programs in each state, and the number of unstable ones.

import type { ProcessStateName } from "../process/model.ts";
import { isUnstable, type ProgramFacts, stateClass } from "./status-view.ts";

/** The facts that counts need. */
export type Stated = Pick<
  ProgramFacts,
  "state" | "now" | "total" | "last" | "nextStart" | "isUnhealthy" | "isScheduled"
>;

interface CountView {
  readonly count: number;
  readonly state: string;
  readonly stateClass: string;
}

/** The count of programs that run and do not stay up. */
const UNSTABLE = "unstable";

const ALL_STATES: readonly ProcessStateName[] = [
  "RUNNING",
  "FATAL",
  "BACKOFF",
  "UNKNOWN",
  "STARTING",
  "STOPPING",
  "EXITED",
  "STOPPED",
];

/** How many programs are in each state, those that run first, then what needs a look. */
export function countViews(programs: readonly Stated[]): readonly CountView[] {
  const counts = ALL_STATES.flatMap((state) => {
    const count = programs.filter((facts) => facts.state === state).length;
    if (count === 0 && state !== "RUNNING") return [];
    return [{ count, state: state.toLowerCase(), stateClass: stateClass(state) }];
  });
  const count = unstableCount(programs);
  return count === 0 ? counts : [...counts, { count, state: UNSTABLE, stateClass: UNSTABLE }];
}

function unstableCount(programs: readonly Stated[]): number {
  return programs.filter(isUnstable).length;
}

/** `3 of 5 running, 1 failing`, for titles and those who listen instead of looking. */
export function summaryText(programs: readonly Stated[]): string {
  const running = programs.filter((facts) => facts.state === "RUNNING").length;
  const failed = programs.filter((facts) => stateClass(facts.state) === "statuserror").length;
  const unstable = unstableCount(programs);
  return [
    `${running} of ${programs.length} running`,
    ...(failed === 0 ? [] : [`${failed} failing`]),
    ...(unstable === 0 ? [] : [`${unstable} ${UNSTABLE}`]),
  ].join(", ");
}
