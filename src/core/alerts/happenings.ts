// What an event of the event log means for alerts.

import type { ProcessKey } from "../base/ids.ts";
import type { Happening } from "../event-log/event-log.ts";
import type { StartCause } from "../process/model.ts";
import type { AlertInput } from "./model.ts";

/** What is known of the process of an event, at its time. */
export interface ProcessFacts {
  /** type=oneshot, also by a schedule. */
  readonly isJob: boolean;
  /** An exit is followed by a start. */
  readonly isRestarted: boolean;
  /** Of its last start; null for none. */
  readonly cause: StartCause | null;
  /** The daemon stops it to start it again. */
  readonly isRestarting: boolean;
  /** Why it is down, one line; empty if that is not known. */
  readonly problem: string;
}

const AUTOMATIC: readonly (StartCause | null)[] = ["retry", "autorestart", "health", "memory"];

/** @param facts null for a process that is not there any more */
export function inputsOf(
  what: Happening,
  facts: (key: ProcessKey) => ProcessFacts | null,
): AlertInput | null {
  switch (what.kind) {
    case "state":
      return ofState(what, facts(what.key));
    case "executes": {
      const { cause = null, problem = "" } = facts(what.key) ?? {};
      if (!AUTOMATIC.includes(cause)) return null;
      return { kind: "restarted", key: what.key, reason: problem };
    }
    case "notice":
      return ofNotice(what);
    case "process-removed":
      return { kind: "forget", key: what.key };
    default:
      return null;
  }
}

function ofState(
  { key, to, details }: Extract<Happening, { kind: "state" }>,
  facts: ProcessFacts | null,
): AlertInput | null {
  if (facts === null) return null;
  const { isJob, isRestarted, isRestarting, problem } = facts;
  switch (to) {
    case "FATAL":
      return { kind: "began", incident: isJob ? "failed" : "fatal", key, reason: problem };
    case "EXITED":
      if (details["expected"] === 1) {
        return isJob ? { kind: "over", incidents: ["fatal", "failed"], key } : null;
      }
      // A job that has failed becomes FATAL in the end.
      if (isJob || isRestarted) return null;
      return { kind: "began", incident: "failed", key, reason: problem };
    case "RUNNING":
      return isJob ? null : { kind: "over", incidents: ["fatal", "failed"], key };
    case "STOPPED":
      return isRestarting ? null : { kind: "forget", key };
    default:
      return null;
  }
}

function ofNotice({
  key,
  notice: { about, details, text },
}: Extract<Happening, { kind: "notice" }>): AlertInput | null {
  if (about !== "HEALTH") return null;
  return details["to"] === "unhealthy"
    ? { kind: "began", incident: "unhealthy", key, reason: text }
    : { kind: "over", incidents: ["unhealthy"], key };
}
