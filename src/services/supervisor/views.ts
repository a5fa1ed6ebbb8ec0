// Supervision as clients see it: read-only views computed from the state when asked for.

import { epochSeconds, type Instant } from "../../core/base/time.ts";
import type { LocalTime } from "../../core/logs/record.ts";
import { describe } from "../../core/process/describe.ts";
import { deadlineOf, pidOf } from "../../core/process/model.ts";
import { isStoppable, publicState } from "../../core/process/public-state.ts";
import { startedAt } from "../../core/process/started-at.ts";
import type { GroupRecord, ProcessRecord, SupervisorState } from "../../core/supervisor/model.ts";
import { isStartWanted } from "../../core/supervisor/starts.ts";
import type { GroupView, ProcessInfo, ProcessReport, ProcessView } from "./api.ts";

export function processView(record: ProcessRecord, state: SupervisorState): ProcessView {
  return {
    key: record.key,
    group: record.group,
    config: record.config,
    state: publicState(record.state.phase),
    pid: pidOf(record.state),
    stoppable: isStoppable(record.state) || isStartWanted(state, record.key),
  };
}

export function groupView(group: GroupRecord, state: SupervisorState): GroupView {
  const processes: ProcessView[] = [];
  for (const key of group.keys) {
    const record = state.processes.get(key);
    if (record !== undefined) processes.push(processView(record, state));
  }
  return { config: group.config, processes };
}

/** What getProcessInfo shows. @param logfile path of a channel's log, or null */
export function processInfo(
  record: ProcessRecord,
  now: Instant,
  localTime: (wallMs: number) => LocalTime,
  logfile: (channel: "stdout" | "stderr") => string | null,
): ProcessInfo {
  const { config, state } = record;
  return {
    name: config.name,
    group: record.group,
    start: epochSeconds(startedAt(state, now)),
    stop: epochSeconds(state.history.stopWall),
    now: epochSeconds(now.wall),
    state: publicState(state.phase),
    spawnErr: state.history.spawnErr,
    exitStatus: state.history.exitStatus ?? 0,
    stdoutLogfile: logfile("stdout") ?? "",
    stderrLogfile: logfile("stderr") ?? "",
    pid: pidOf(state),
    description: describe(config.name, state, now.mono, localTime),
  };
}

/** What getProcessHistory shows. */
export function processReport(record: ProcessRecord, now: Instant): ProcessReport {
  const { config, state, runs, group } = record;
  const { phase, history } = state;
  const isWaiting = phase.kind === "BACKOFF" || phase.kind === "EXITED";
  const deadline = isWaiting ? deadlineOf(state) : null;
  return {
    group,
    state: publicState(phase),
    pid: pidOf(state),
    config,
    now: now.wall,
    start: startedAt(state, now),
    spawnErr: history.spawnErr,
    failures: history.backoff,
    nextStart: deadline === null ? null : Math.max(0, deadline - now.mono),
    runs,
  };
}
