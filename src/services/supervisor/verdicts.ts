// The answer of a waiting command, decided from the state of its process alone.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isDown, publicState } from "../../core/process/public-state.ts";
import type { ProcessRecord, StartRefusal } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";

export type Answer = Result<true, Fault>;

export const DONE: Answer = ok(true);

/** What a command that waits answers when another daemon takes over before it is complete. */
export function abandonedVerdict(): Answer {
  return err(
    fault(
      "FAILED",
      "the daemon is being upgraded; the operation continues, query the process state later",
    ),
  );
}

/** A process the way clients name it. */
export function nameOf(record: ProcessRecord): string {
  return displayKey(record.key);
}

/** Why a start is refused. @param record null for a process that is not there, or no more */
export function refusal(why: StartRefusal, record: ProcessRecord | null, key: ProcessKey): Fault {
  if (record === null || why === "removed") return fault("BAD_NAME", key);
  const name = displayKey(key);
  switch (why) {
    case "shutting-down":
      return fault("SHUTDOWN_STATE");
    case "already-started":
      return fault("ALREADY_STARTED", name);
    case "unknown-state":
      return fault("FAILED", `${name} is in an unknown process state`);
    case "cancelled":
    case "stopping":
      return fault("ABNORMAL_TERMINATION", name);
    default:
      return fault(why.kind === "not-found" ? "NO_FILE" : "NOT_EXECUTABLE", why.text);
  }
}

/** What a waiting start answers in a state; undefined while it is still on its way up. */
export function startVerdict(record: ProcessRecord | null, key: ProcessKey): Answer | undefined {
  const name = displayKey(key);
  if (record === null) return err(fault("ABNORMAL_TERMINATION", name));
  switch (publicState(record.state.phase)) {
    case "RUNNING":
      return DONE;
    case "STARTING":
      return undefined;
    case "BACKOFF":
    case "FATAL":
      return err(fault("SPAWN_ERROR", name));
    case "EXITED":
      return err(
        fault(record.state.history.spawnErr === "" ? "ABNORMAL_TERMINATION" : "SPAWN_ERROR", name),
      );
    case "STOPPED":
    case "STOPPING":
    case "UNKNOWN":
      return err(fault("ABNORMAL_TERMINATION", name));
  }
}

/** What a waiting stop answers in a state; undefined while the process still lives. */
export function stopVerdict(record: ProcessRecord | null): Answer | undefined {
  if (record === null) return DONE;
  const { phase, history } = record.state;
  if (phase.kind === "UNKNOWN") return err(fault("FAILED", history.spawnErr));
  return isDown(record.state) ? DONE : undefined;
}
