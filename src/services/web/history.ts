// The history of a program for its page, from the records of supervision.

import { epochSeconds } from "../../core/base/time.ts";
import { recordedRun } from "../../core/why/describe-state.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import type { ProcessReport } from "../supervisor/api.ts";

export function historyOf(report: ProcessReport): ProgramHistory {
  const { config, runs } = report;
  return {
    group: report.group,
    name: config.name,
    state: report.state,
    pid: report.pid,
    now: epochSeconds(report.now),
    start: epochSeconds(report.start),
    spawnError: report.spawnErr,
    waits: report.waits,
    unready: report.unready,
    said: report.reportedStatus,
    blockedBy: report.blockedBy,
    health: report.health,
    restartReason: report.restartReason,
    cause: runs.cause ?? "",
    failures: report.failures,
    nextStartMs: report.nextStart,
    schedule: report.schedule?.text ?? "",
    nextRun: epochSeconds(report.schedule?.next ?? 0),
    isSuspended: report.schedule?.isSuspended ?? false,
    isQueued: report.schedule?.isQueued ?? false,
    signals: runs.signals,
    total: runs.total,
    runs: runs.ended.map(recordedRun),
    type: config.type,
    startSecs: config.startSecs,
    startRetries: config.startRetries,
    isLimited: config.restartLimit !== null,
    stopWaitSecs: config.stopWaitSecs,
    autostart: config.autostart,
    autorestart: config.autorestart,
    exitCodes: config.exitCodes,
  };
}
