// Whether a program is as it should be: up and healthy, or down because that is intended.

import type { ProcessStateName } from "../process/model.ts";

/** The facts that decide. */
export interface ProgramCondition {
  readonly state: ProcessStateName;
  /** It runs, or will start without a request. */
  readonly stoppable: boolean;
  /** A schedule starts it: it is down between its runs. */
  readonly isScheduled: boolean;
  /** A connection starts it. */
  readonly isOnDemand: boolean;
  /** It does not pass its health_check. */
  readonly isUnhealthy: boolean;
  /** Its last run ended by itself with an exit status that `exitcodes` does not list. */
  readonly hasFailed: boolean;
}

/** Why a program is not as it should be, in a word: its state, or `unhealthy`. Null if it is. */
export function whyNotReady(program: ProgramCondition): string | null {
  const { state, stoppable, isScheduled, isOnDemand, isUnhealthy, hasFailed } = program;
  if (isUnhealthy) return "unhealthy";
  if (isScheduled) return null;
  switch (state) {
    case "RUNNING":
      return null;
    case "STARTING":
    case "BACKOFF":
    case "FATAL":
    case "UNKNOWN":
      return state;
    case "EXITED":
      return !isOnDemand && (stoppable || hasFailed) ? state : null;
    // On request, unless it starts again.
    case "STOPPED":
    case "STOPPING":
      return !isOnDemand && stoppable ? state : null;
  }
}
