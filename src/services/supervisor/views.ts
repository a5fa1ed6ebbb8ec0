// The part of SupervisorApi that changes nothing: views computed from the state when a client requests them.

import { displayKey, type ProcessKey, processKey } from "../../core/base/ids.ts";
import { epochSeconds, type Instant } from "../../core/base/time.ts";
import { disabledText, scaleOf } from "../../core/config/decisions.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { listenVariables } from "../../core/config/sockets.ts";
import {
  environmentLayers,
  type Gathered,
  type Layer,
  NOTHING_GATHERED,
} from "../../core/environment/layers.ts";
import { type LocalTime, localTime, type OffsetMinutes } from "../../core/logs/calendar.ts";
import {
  describe,
  healthOf,
  type ReportedStatus,
  reportedText,
  restartReasonOf,
  startedAt,
  watchedDescription,
  withReportedStatus,
} from "../../core/process/describe.ts";
import type { LaunchContext } from "../../core/process/launch.ts";
import { deadlineOf, isDown, isStoppable, pidOf, publicState } from "../../core/process/model.ts";
import { startCount } from "../../core/process/runs.ts";
import { unreadyText } from "../../core/process/starting.ts";
import { describeSchedule, hasNextRun, reportSchedule } from "../../core/schedules/report.ts";
import { awaitedText, awaitsConnection } from "../../core/supervisor/connections.ts";
import { neededStarts } from "../../core/supervisor/dependencies.ts";
import {
  type GroupRecord,
  isStartWanted,
  livePid,
  type ProcessRecord,
  type SupervisorState,
} from "../../core/supervisor/model.ts";
import { groupsInStartOrder } from "../../core/supervisor/shutdown.ts";
import type { ProcessReport } from "../../core/why/program-history.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ProgramHost, UserAnswer } from "../../ports/program-host.ts";
import type { LogsApi } from "../logs/api.ts";
import type { EnvironmentView, GroupView, ProcessInfo, ProcessView, SupervisorApi } from "./api.ts";
import type { Children } from "./children.ts";
import type { Configuration } from "./configuration.ts";
import { NOT_KEPT, NOT_KEPT_TEXT } from "./gathered.ts";
import type { Loop } from "./loop.ts";
import type { Notifications } from "./notifications.ts";

interface ViewsDeps {
  readonly loop: Pick<Loop, "state">;
  readonly configuration: Pick<Configuration, "current">;
  readonly clock: Clock;
  readonly offsetMinutes: OffsetMinutes;
  readonly logs: Pick<LogsApi, "path">;
  readonly notifications: Pick<Notifications, "status">;
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
  const { loop, configuration, clock, notifications } = deps;
  const recordOf = (key: ProcessKey): ProcessRecord | null => loop.state.processes.get(key) ?? null;
  return {
    state: () => loop.state.daemonState,
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
      return record === null ? null : processInfo(record, deps);
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
        : {
            ...processReport(record, loop.state, clock.now(), notifications.status(key)),
            disabled: disabledText(record.config, configuration.current.decisions),
            scaled: scaleOf(record.config, configuration.current.decisions),
          };
    },
  };
}

export function processView(record: ProcessRecord, state: SupervisorState): ProcessView {
  return {
    key: record.key,
    group: record.group,
    config: record.config,
    state: publicState(record.state.phase),
    pid: livePid(record),
    stoppable:
      isStoppable(record.state) ||
      isStartWanted(state, record.key) ||
      hasNextRun(state.schedules.get(record.key)) ||
      awaitsConnection(state, record),
    starts: startCount(record.runs),
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

/** What getProcessInfo shows. */
function processInfo(
  record: ProcessRecord,
  { loop, clock, offsetMinutes, logs, notifications }: ViewsDeps,
): ProcessInfo {
  const { config, state, key } = record;
  const now = clock.now();
  const showTime = (wallMs: number): LocalTime => localTime(wallMs, offsetMinutes(wallMs));
  const schedule = reportSchedule(config.schedule, loop.state.schedules.get(key), now);
  const error = state.phase.kind === "FATAL" ? state.history.spawnErr : "";
  const isShown = schedule !== null && isDown(state) && state.phase.kind !== "UNKNOWN";
  const scheduled = isShown ? describeSchedule(schedule, error, showTime) : null;
  const awaited = awaitsConnection(loop.state, record) ? `waits for ${awaitedText(config)}` : null;
  const isOff = !config.enabled && state.phase.kind === "STOPPED";
  const plain = isOff
    ? "disabled"
    : (scheduled ?? awaited ?? describe(config.name, state, now.mono, showTime));
  const watched = watchedDescription(plain, config, state, now.mono);
  return {
    name: config.name,
    group: record.group,
    start: epochSeconds(startedAt(state, now)),
    stop: epochSeconds(state.history.stopWall),
    now: epochSeconds(now.wall),
    state: publicState(state.phase),
    spawnErr: state.history.spawnErr,
    exitStatus: state.history.exitStatus ?? 0,
    stdoutLogfile: logs.path(key, "stdout") ?? "",
    stderrLogfile: logs.path(key, "stderr") ?? "",
    pid: livePid(record),
    description: withReportedStatus(watched, state, notifications.status(key)),
  };
}

/** What getProcessHistory shows. */
function processReport(
  record: ProcessRecord,
  supervision: SupervisorState,
  now: Instant,
  status: ReportedStatus,
): Omit<ProcessReport, "disabled" | "scaled"> {
  const { config, state, runs, group, key } = record;
  const { phase, history } = state;
  const isWaiting = ["BACKOFF", "EXITED", "FATAL"].includes(phase.kind);
  const deadline = isWaiting ? deadlineOf({ phase, hook: null }) : null;
  return {
    group,
    state: publicState(phase),
    pid: livePid(record),
    config,
    now: now.wall,
    start: startedAt(state, now),
    spawnError: history.spawnErr,
    said: reportedText(status),
    unready: phase.kind === "READYING" ? unreadyText(config, phase.lastResult) : "",
    blockedBy: phase.kind === "BLOCKED" ? phase.on : "",
    waits: phase.kind === "WAITING" || phase.kind === "BLOCKED" ? phase.text : "",
    awaits: awaitsConnection(supervision, record) ? awaitedText(config) : "",
    health: healthOf(config, state, now.mono),
    restartReason: restartReasonOf(state),
    failures: history.backoff,
    nextStart: deadline === null ? null : Math.max(0, deadline - now.mono),
    schedule: reportSchedule(config.schedule, supervision.schedules.get(key), now),
    nextKill: phase.kind === "STOPPING" ? Math.max(0, phase.killAt - now.mono) : null,
    runs,
  };
}

// What a program gets as its environment: that of its run, or of the next start. Looking starts nothing and runs no command.

/** Files and the user database may take so long, milliseconds. */
const LIMIT_MS = 3000;

interface EnvironmentViewDeps {
  readonly loop: Pick<Loop, "state">;
  readonly children: Pick<Children, "gathered" | "variables">;
  readonly notifications: Pick<Notifications, "variables">;
  readonly sources: Pick<EnvironmentSources, "withinLimit">;
  readonly host: ProgramHost;
  readonly context: LaunchContext;
}

export function createEnvironmentView(
  deps: EnvironmentViewDeps,
): Pick<SupervisorApi, "environment"> {
  return {
    async environment(key, ofNext) {
      const record = deps.loop.state.processes.get(key);
      if (record === undefined) return null;
      const gathered = ofNext ? null : deps.children.gathered(key);
      return gathered === null
        ? await viewOfNext(deps, record)
        : viewOfRun(deps, key, record, gathered);
    },
  };
}

function viewOfRun(
  { context, notifications }: EnvironmentViewDeps,
  key: ProcessKey,
  { config, group, state }: ProcessRecord,
  kept: Gathered | typeof NOT_KEPT,
): EnvironmentView {
  const [gathered, problem] = kept === NOT_KEPT ? [NOTHING_GATHERED, NOT_KEPT_TEXT] : [kept, ""];
  const notify: Layer = {
    source: "notify",
    variables: notifications.variables(key, config),
    placeOf: () => null,
  };
  const pid = pidOf(state);
  const layers = [
    ...environmentLayers(config, group, context, gathered),
    ...[notify, socketLayer(config, pid)],
  ];
  return { group, name: config.name, pid, layers, problem, command: "" };
}

/** LISTEN_PID is that of a process; a start has none yet. */
function socketLayer(config: ProcessConfig, pid: number): Layer {
  const { LISTEN_PID, ...others } = listenVariables(config, String(pid));
  const variables = LISTEN_PID === undefined || pid === 0 ? others : { ...others, LISTEN_PID };
  return { source: "socket", variables, placeOf: () => null };
}

async function viewOfNext(
  { context, host, sources, children }: EnvironmentViewDeps,
  { config, group }: ProcessRecord,
): Promise<EnvironmentView> {
  const { envFiles, userEnv, envCommand } = config;
  const uid = config.uid ?? host.ownUid;
  const [files, user] = await Promise.all([
    sources.withinLimit(children.variables.read(envFiles), LIMIT_MS),
    userEnv ? sources.withinLimit(lookUp(host, uid), LIMIT_MS) : null,
  ]);
  const gathered: Gathered = {
    ...NOTHING_GATHERED,
    files: files?.ok === true ? files.value : [],
    user: user !== null && !("errno" in user) ? user.entry : null,
  };
  const late = "a file of env_file is on a file system that does not answer";
  const problem = files === null ? late : files.ok ? "" : files.error.text;
  const layers = [...environmentLayers(config, group, context, gathered), socketLayer(config, 0)];
  return { group, name: config.name, pid: 0, layers, problem, command: envCommand ?? "" };
}

function lookUp(host: ProgramHost, uid: number): Promise<UserAnswer> {
  return new Promise((resolve) => void host.user(uid, resolve));
}
