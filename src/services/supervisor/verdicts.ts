// What a command that waits answers, decided from the state of its process alone.

import { displayName } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isDown, publicState } from "../../core/process/public-state.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";

export type Answer = Result<true, Fault>;

export const DONE: Answer = ok(true);

/** What a command that waits answers when another daemon takes over before it is complete. */
export function abandonedVerdict(): Answer {
  return err(
    fault(
      "FAILED",
      "the daemon is being replaced by another version, and goes on with this; ask for the state",
    ),
  );
}

/** A process the way clients name it. */
export function nameOf(record: ProcessRecord): string {
  return displayName(record.group, record.config.name);
}

/** What a waiting start answers in a state; undefined while it is still on its way up. */
export function startVerdict(record: ProcessRecord | null, name: string): Answer | undefined {
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
