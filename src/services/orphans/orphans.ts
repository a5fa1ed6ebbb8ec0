// Orphans, programs of the previous daemon: found through its record, reported, and stopped if configured.

import type { LogLevel, OrphanPolicy } from "../../core/config/model.ts";
import { orphanLines, orphanMessages } from "../../core/orphans/messages.ts";
import { decodeRecord, orphansOf, type RecordedProgram } from "../../core/orphans/record.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import type {
  HeldProcess,
  ProcessFacts,
  RecordFile,
  UnrelatedProcesses,
} from "../../ports/orphans.ts";

interface OrphansDeps {
  readonly file: Pick<RecordFile, "read">;
  readonly facts: ProcessFacts;
  readonly unrelated: UnrelatedProcesses;
  readonly policy: OrphanPolicy;
  readonly log: (level: LogLevel, text: string) => void;
}

/** Limit for the exit of a killed process; one that waits for a disk takes longer. */
const KILL_MS = 2000;

/**
 * Reports orphans and stops them if `policy` says so, before anything is started.
 * @param abort ends the wait for orphans that are being stopped: the daemon ends
 */
export async function dealWithOrphans(deps: OrphansDeps, abort: AbortSignal): Promise<void> {
  const { file, facts, policy, log } = deps;
  const written = await file.read();
  const record = written === null ? null : decodeRecord(written);
  if (record === null) return;
  const orphans = orphansOf(record, facts);
  for (const line of orphanLines(record, orphans, policy, facts.uptimeSecs())) log("WARN", line);
  if (policy === "stop") await Promise.all(orphans.map((each) => stop(deps, each, abort)));
}

async function stop(deps: OrphansDeps, orphan: RecordedProgram, abort: AbortSignal): Promise<void> {
  const { facts, unrelated, log } = deps;
  const held = unrelated.hold(orphan.pid);
  if (typeof held === "string") {
    if (held !== "ESRCH") log("WARN", orphanMessages.refused(orphan, held));
    return;
  }
  try {
    // Before it was held, the pid might have become that of another process; now it cannot.
    if (facts.startTicks(orphan.pid) === orphan.startTicks)
      await bringDown(deps, orphan, held, abort);
  } finally {
    held.release();
  }
}

async function bringDown(
  { log }: OrphansDeps,
  orphan: RecordedProgram,
  held: HeldProcess,
  abort: AbortSignal,
): Promise<void> {
  const { stopSignal, stopWaitSecs, stopAsGroup, killAsGroup } = orphan;
  log("INFO", orphanMessages.signalled(orphan));
  const refused = held.signal(stopSignal, stopAsGroup ? "group" : "process");
  if (refused !== null && refused !== "ESRCH") {
    log("WARN", orphanMessages.refused(orphan, refused));
    return;
  }
  if (!(await held.exited(stopWaitSecs * 1000, abort))) {
    if (abort.aborted) return;
    log("WARN", orphanMessages.killing(orphan));
    held.signal(SIGKILL, killAsGroup ? "group" : "process");
    if (!(await held.exited(KILL_MS, abort))) {
      log("CRIT", orphanMessages.survived(orphan));
      return;
    }
  }
  log("INFO", orphanMessages.stopped(orphan));
}
