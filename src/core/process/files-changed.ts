// watch=: a program whose files have changed is restarted, or started again if it has ended by itself. Failures of the old
// files do not count any more. A program that was stopped, or is disabled, stays down.

import type { ProcessDraft } from "./draft.ts";
import { healthMessages } from "./messages.ts";
import type { ProcessPhase } from "./model.ts";
import { stop, stopToRestart } from "./stopping.ts";

/** Phases that no change ends: the process stays down, or will start and read the new files then. */
const UNCHANGED: ReadonlySet<ProcessPhase["kind"]> = new Set([
  ...(["STOPPED", "STOPPING", "WAITING", "BLOCKED", "UNKNOWN"] as const),
]);

/** @param text names the files in one line */
export function filesChanged(draft: ProcessDraft, text: string): void {
  const { phase, program } = draft;
  if (!program.enabled || UNCHANGED.has(phase.kind)) return;
  const reason = { by: "watch", text } as const;
  draft.log("INFO", healthMessages.restarting(program.name, text));
  draft.remember({ reason, backoff: 0, hostFailures: 0, shortRuns: 0, failedAt: [] });
  if ("pid" in phase) {
    draft.notice({ about: "RESTART", details: { pid: phase.pid, reason: reason.by }, text });
  }
  if (phase.kind === "SPAWNING") {
    stopToRestart(draft, reason.by);
    return;
  }
  stop(draft);
  if (draft.phase.kind === "STOPPING") draft.phase = { ...draft.phase, again: reason.by };
  else draft.effects.push({ kind: "start-again", by: reason.by });
}
