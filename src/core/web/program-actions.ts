// The buttons of a program on the web page.

import { isStoppedState, type ProcessStateName } from "../process/model.ts";

/** A button that sends an action. */
export interface ActionView {
  readonly action: string;
  readonly text: string;
  /** More of the address that the button sends to. */
  readonly query: string;
  /** A question before it; empty for none. */
  readonly ask: string;
}

/** The facts on which the buttons depend. */
interface Situation {
  readonly state: ProcessStateName;
  /** Seconds until it is started again by itself; null for not. */
  readonly nextStart: number | null;
  /** A stop would suspend its schedule. */
  readonly hasNextRun: boolean;
}

const plain = (action: string, text: string): ActionView => ({ action, text, query: "", ask: "" });
const START = plain("start", "Start");
const STOP = plain("stop", "Stop");
const RESTART = plain("restart", "Restart");

/** All buttons of a program. @param label its name, for questions */
export function actionsOf(situation: Situation, label: string): readonly ActionView[] {
  return [...ofState(situation.state, label), ...cancelling(situation, label)];
}

function ofState(state: ProcessStateName, label: string): readonly ActionView[] {
  switch (state) {
    case "RUNNING":
      return [RESTART, STOP];
    case "STARTING":
    case "BACKOFF":
      return [STOP];
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      return [START];
    case "STOPPING": {
      const ask = `Kill ${label} (SIGKILL)?`;
      return [{ action: "signal", text: "Kill", query: "&signal=KILL", ask }];
    }
    case "UNKNOWN":
      return [];
  }
}

/** The stop of a program that is down: it suspends its schedule, or cancels its next start. */
function cancelling(
  { state, hasNextRun, nextStart }: Situation,
  label: string,
): readonly ActionView[] {
  if (!isStoppedState(state) || state === "UNKNOWN") return [];
  const ask = `Suspend the schedule of ${label} until it is started?`;
  if (hasNextRun) return [{ ...STOP, text: "Suspend", ask }];
  return nextStart === null ? [] : [STOP];
}
