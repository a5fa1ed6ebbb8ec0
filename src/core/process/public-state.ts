// What clients see of a phase. Supervisor's know eight states, by name and number: a phase that is tsv's own is shown as
// one of them, in every view, event, answer and log line.

import type { ProcessPhase, ProcessState } from "./model.ts";
import { isRunningState, isStoppedState, type ProcessStateName } from "./states.ts";

const PUBLIC_STATES: Readonly<Record<ProcessPhase["kind"], ProcessStateName>> = {
  STOPPED: "STOPPED",
  WAITING: "STARTING",
  // It is not on its way up, but may still come up without a request.
  BLOCKED: "BACKOFF",
  SPAWNING: "STARTING",
  STARTING: "STARTING",
  READYING: "STARTING",
  FAILING: "STARTING",
  RUNNING: "RUNNING",
  BACKOFF: "BACKOFF",
  STOPPING: "STOPPING",
  EXITED: "EXITED",
  FATAL: "FATAL",
  UNKNOWN: "UNKNOWN",
};

/** The state that clients see. */
export function publicState({ kind }: ProcessPhase): ProcessStateName {
  return PUBLIC_STATES[kind];
}

/** Down until a request or a policy starts it; UNKNOWN counts as down, although it may live. */
export function isDown({ phase }: Pick<ProcessState, "phase">): boolean {
  return isStoppedState(publicState(phase));
}

/** A stop would do something: it runs, or will be started again by itself. */
export function isStoppable({ phase }: Pick<ProcessState, "phase">): boolean {
  if (phase.kind === "EXITED") return phase.restartAt !== null;
  if (phase.kind === "FATAL") return phase.retryAt !== null;
  if (phase.kind === "STOPPING") return phase.again !== null;
  return isRunningState(publicState(phase));
}
