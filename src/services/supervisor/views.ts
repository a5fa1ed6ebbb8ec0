// The part of SupervisorApi that changes nothing: views computed from the state when a client requests them.

import { displayKey, type ProcessKey, processKey } from "../../core/base/ids.ts";
import { epochSeconds, type Instant } from "../../core/base/time.ts";
import type { LocalTime } from "../../core/logs/record.ts";
import { describe } from "../../core/process/describe.ts";
import { healthOf, restartReasonOf, watchedDescription } from "../../core/process/health-report.ts";
import { deadlineOf, pidOf } from "../../core/process/model.ts";
import { isDown, isStoppable, publicState } from "../../core/process/public-state.ts";
import { unreadyText } from "../../core/process/readiness.ts";
import { type SaidStatus, saidDescription, saidText } from "../../core/process/said-status.ts";
import { startedAt } from "../../core/process/started-at.ts";
import type { ScheduleReport } from "../../core/schedules/model.ts";
import { describeSchedule, hasNextRun, reportSchedule } from "../../core/schedules/report.ts";
import { neededStarts } from "../../core/supervisor/conditions.ts";
import type { GroupRecord, ProcessRecord, SupervisorState } from "../../core/supervisor/model.ts";
import { groupsInStartOrder } from "../../core/supervisor/order.ts";
import { isStartWanted } from "../../core/supervisor/wanted.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogsApi } from "../logs/api.ts";
import type { GroupView, ProcessInfo, ProcessReport, ProcessView, SupervisorApi } from "./api.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import type { SaidReady } from "./said-ready.ts";

interface ViewsDeps {
  readonly loop: Pick<Loop, "state">;
  readonly configuration: Pick<Configuration, "current">;
  readonly clock: Clock;
  readonly localTime: (wallMs: number) => LocalTime;
  readonly logs: Pick<LogsApi, "path">;
  readonly said: Pick<SaidReady, "status">;
}

type Views = Pick<
  SupervisorApi,
  | "state"
  | "identifier"
  | "config"
  | "groups"
  | "group"
  | "process"
  | "info"
  | "report"
  | "neededStarts"
>;

export function createViews(deps: ViewsDeps): Views {
  const { loop, configuration, clock, localTime, logs, said } = deps;
  const recordOf = (key: ProcessKey): ProcessRecord | null => loop.state.processes.get(key) ?? null;
  return {
    state: () => loop.state.mood,
    identifier: () => configuration.current.daemon.identifier,
    config: () => configuration.current,
    groups: () => groupsInStartOrder(loop.state).map((group) => groupView(group, loop.state)),
    group(name) {
      const group = loop.state.groups.get(name);
      return group === undefined ? null : groupView(group, loop.state);
    },
    process(group, name) {
      const record = recordOf(processKey(group, name));
      return record === null ? null : processView(record, loop.state);
    },
    info(key) {
      const record = recordOf(key);
      if (record === null) return null;
      const now = clock.now();
      const schedule = reportSchedule(record.config.schedule, loop.state.schedules.get(key), now);
      const logfile = (channel: "stdout" | "stderr") => logs.path(key, channel);
      return processInfo(record, { now, localTime, schedule, logfile, said: said.status(key) });
    },
    neededStarts(key) {
      const record = recordOf(key);
      if (record === null) return [];
      return neededStarts(loop.state, record).map((each) => displayKey(each.key));
    },
    report(key) {
      const record = recordOf(key);
      return record === null
        ? null
        : processReport(record, loop.state, clock.now(), said.status(key));
    },
  };
}

export function processView(record: ProcessRecord, state: SupervisorState): ProcessView {
  return {
    key: record.key,
    group: record.group,
    config: record.config,
    state: publicState(record.state.phase),
    pid: pidOf(record.state),
    stoppable:
      isStoppable(record.state) ||
      isStartWanted(state, record.key) ||
      hasNextRun(state.schedules.get(record.key)),
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

interface InfoParts {
  readonly said: SaidStatus;
  readonly now: Instant;
  readonly localTime: (wallMs: number) => LocalTime;
  readonly schedule: ScheduleReport | null;
  /** Path of a channel's log, or null. */
  readonly logfile: (channel: "stdout" | "stderr") => string | null;
}

/** What getProcessInfo shows. */
function processInfo(record: ProcessRecord, parts: InfoParts): ProcessInfo {
  const { config, state } = record;
  const { now, localTime, schedule, logfile, said } = parts;
  const error = state.phase.kind === "FATAL" ? state.history.spawnErr : "";
  const isTold = schedule !== null && isDown(state) && state.phase.kind !== "UNKNOWN";
  const scheduled = isTold ? describeSchedule(schedule, error, localTime) : null;
  const plain = scheduled ?? describe(config.name, state, now.mono, localTime);
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
    description: saidDescription(watchedDescription(plain, config, state), state, said),
  };
}

/** What getProcessHistory shows. */
function processReport(
  record: ProcessRecord,
  { schedules }: SupervisorState,
  now: Instant,
  said: SaidStatus,
): ProcessReport {
  const { config, state, runs, group, key } = record;
  const { phase, history } = state;
  const isWaiting = ["BACKOFF", "EXITED", "FATAL"].includes(phase.kind);
  const deadline = isWaiting ? deadlineOf(state) : null;
  return {
    group,
    state: publicState(phase),
    pid: pidOf(state),
    config,
    now: now.wall,
    start: startedAt(state, now),
    spawnErr: history.spawnErr,
    said: saidText(said),
    unready: phase.kind === "READYING" ? unreadyText(config, phase.said) : "",
    blockedBy: phase.kind === "BLOCKED" ? phase.on : "",
    waits: phase.kind === "WAITING" || phase.kind === "BLOCKED" ? phase.text : "",
    health: healthOf(config, state),
    restartReason: restartReasonOf(state),
    failures: history.backoff,
    nextStart: deadline === null ? null : Math.max(0, deadline - now.mono),
    schedule: reportSchedule(config.schedule, schedules.get(key), now),
    nextKill: phase.kind === "STOPPING" ? Math.max(0, phase.killAt - now.mono) : null,
    runs,
  };
}
