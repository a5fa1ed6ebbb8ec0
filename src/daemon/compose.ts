// The composition root of the daemon: it creates the services with their adapters, once per generation (a reload creates a new
// one).

import type { ReceiverState } from "../core/alerts/model.ts";
import { err, ok, type Result } from "../core/base/result.ts";
import type { Instant } from "../core/base/time.ts";
import type { Config, ConfigNotice } from "../core/config/model.ts";
import { joinPath, splitPath } from "../core/config/paths.ts";
import { serverUrlForPrograms } from "../core/config/server-address.ts";
import { historyPath } from "../core/config/state-directory.ts";
import { newEpoch } from "../core/event-log/event-log.ts";
import { type EventsInput, INITIAL_EVENTS } from "../core/events/model.ts";
import { linesOf } from "../core/logs/log-text.ts";
import type { AutoLog, Decision } from "../core/snapshot/journal.ts";
import type { Unrecorded } from "../core/snapshot/recover.ts";
import type { Snapshot } from "../core/snapshot/snapshot.ts";
import { createChecker } from "../host/checks/checker.ts";
import { CheckCommands } from "../host/checks/exec.ts";
import { withinLimit } from "../host/files/answers.ts";
import { readEnvFile, readSecret } from "../host/files/read-plain.ts";
import { createHttpServer } from "../host/http/http-server.ts";
import { createGuard, type Guard } from "../host/keeper/guard.ts";
import { daemonPid, kept } from "../host/keeper/keeper.ts";
import { isTerminal, posix } from "../host/posix.ts";
import { createConfigReader } from "../host/processes/config-reader.ts";
import { EnvCommands } from "../host/processes/env-commands.ts";
import { PipeFiles } from "../host/processes/exchange-files.ts";
import { createFileWatcher } from "../host/processes/file-watcher.ts";
import { createHelpers } from "../host/processes/helpers.ts";
import { createLeftovers } from "../host/processes/leftovers.ts";
import { createPipes } from "../host/processes/pipes.ts";
import { createProcessStats, createSharedMemory } from "../host/processes/process-stats.ts";
import { createProgramHost } from "../host/processes/program-host.ts";
import { createSpawner } from "../host/processes/spawner.ts";
import { createUnrelatedProcesses } from "../host/processes/unrelated-processes.ts";
import { createNotifyChannels } from "../host/sockets/notify-channels.ts";
import { createProgramSockets } from "../host/sockets/program-sockets.ts";
import { IS_STANDALONE, ownHostName } from "../host/system/identity.ts";
import { createTrimmer } from "../host/system/trim.ts";
import { STDERR } from "../host/terminal/output.ts";
import { createClock } from "../host/time/clock.ts";
import { localOffsetMinutes } from "../host/time/local-time.ts";
import { createRepeater } from "../host/time/pause.ts";
import { createWallAlarm } from "../host/time/wall-alarm.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { UnrelatedProcesses } from "../ports/orphans.ts";
import { Alerts } from "../services/alerts/alerts.ts";
import type { EventReader, EventWriter } from "../services/event-log/api.ts";
import { createEventLog, type EventLogService } from "../services/event-log/event-log.ts";
import { Events } from "../services/events/events.ts";
import { ListenerPipes } from "../services/events/listener-pipes.ts";
import { Findings } from "../services/findings/findings.ts";
import type { HistoryService } from "../services/history/history.ts";
import type { ActivityLog, LogsApi } from "../services/logs/api.ts";
import type { Logs } from "../services/logs/logs.ts";
import type { OnOutput } from "../services/logs/output/output-pipeline.ts";
import { createSupervisor, type Supervisor } from "../services/supervisor/supervisor.ts";
import type { GroupWait } from "../services/supervisor/whole-groups.ts";
import type { MemoryWatchInput } from "../services/usage/api.ts";
import { MemoryWatch } from "../services/usage/memory-watch.ts";
import { VERSION } from "../version.ts";
import { clearLogPath, complainLine, composeLogs, consoleOf, logOutlets } from "./logs.ts";
import { type RunTerminal, stdinReaderOf } from "./run-mode.ts";
import type { ServedSockets } from "./server-sockets.ts";
import { adoptSockets, claimRunSockets, claimSockets, releaseAll } from "./server-sockets.ts";
import { serve } from "./servers.ts";
import { composeUpgrade, type DaemonContext, snapshotOf, softFileLimit } from "./upgrade.ts";

/** Limit for opening the activity log. */
const OPEN_MS = 10_000;
/** Limit for a log that accepts no output when the daemon ends. */
const FLUSH_MS = 2000;

/** Limit for the removal of the sockets of programs when the daemon ends. */
const CLOSE_MS = 2000;

/** Limit for cleaning the directory of AUTO logs at a start. */
const CLEAN_MS = 5000;

export interface GenerationDeps {
  readonly config: Config;
  readonly descriptors: DescriptorTable;
  /** Takes the pid file, the lock of this daemon. @returns lines for the activity log, or why it cannot run */
  readonly claimPidfile: () => Promise<Result<readonly ConfigNotice[], string>>;
  /**
   * The activity log reports that sockets are not available. False in the first generation, because the process that holds them
   * writes to that log too, and while another configuration is left to continue with.
   */
  readonly logsFailure: boolean;
  /** What a predecessor that has died did not record; null without such a one. */
  readonly unrecorded: Unrecorded | null;
  /** Keeps each decision, before it has effects. */
  readonly record: (decision: Decision) => void;
  readonly recordEvent: (input: EventsInput, now: Instant) => void;
  readonly recordAuto: (...auto: AutoLog) => void;
  /** The configuration that was read last has changed. */
  readonly configured: (config: Config) => void;
  /** A part of the snapshot has changed that is not recorded. */
  readonly touch: () => void;
  /** Lines for the activity log from before it was open. */
  readonly opening: readonly ConfigNotice[];
  readonly context: DaemonContext;
  /** See DaemonDeps. */
  readonly run?: RunTerminal | null;
}

/** Logs, sockets and programs of one configuration, from start to the last program's end. */
export interface Generation {
  readonly supervisor: Supervisor;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly eventLog: Pick<EventReader, "watch">;
  readonly unrelated: UnrelatedProcesses;
  /** Starts the programs and serves, or continues with those of a predecessor. @returns when every start was requested */
  begin(): Promise<void>;
  /** Its state, outside of any turn. */
  state(): Snapshot;
  /** Upgrades to a fresh copy of the daemon. @returns only if that is refused: why */
  renew(): Promise<string | null>;
  /** Listens again at addresses whose socket was removed or replaced. It continues after the return. */
  renewSockets(): void;
  /** Prints a line of tsv itself on the terminal of `tsv run`. */
  say(text: string): void;
  /** The configuration to start over with, or null: shut down. */
  readonly ended: Promise<Config | null>;
  /** Closes the servers and writes out the logs. @param isLast the daemon ends */
  close(isLast: boolean): Promise<void>;
}

// One per process: they watch the process's own descriptors and time.
const clock = createClock();
const eventsClock = createClock();
const alertsClock = createClock();
const exchangeFiles = new PipeFiles();
const pipes = createPipes(exchangeFiles);
const wallAlarm = createWallAlarm(pipes);
const outlets = logOutlets(pipes);
const alertsWallAlarm = createWallAlarm(pipes);
const http = createHttpServer(`tsv/${VERSION}`);
const spawner = createSpawner(pipes, () => http.dropConnection());
const helpers = createHelpers(spawner, pipes);
const unrelated = createUnrelatedProcesses(pipes);
const programSockets = createProgramSockets();
const leftovers = createLeftovers({ stats: createProcessStats(), unrelated });
const programHost = createProgramHost();
const notifyChannels = createNotifyChannels(pipes);
const envCommands = new EnvCommands(helpers);
const checker = createChecker(new CheckCommands(helpers, programHost), pipes);
const trimmer = createTrimmer();

/** See `createGuard`. */
export function guardPrograms(failed: (reason: string) => void): Guard | string {
  return createGuard(spawner.starts, failed);
}

/** Reaps helpers between two generations. */
export function reapHelpers(): void {
  for (const _ of helpers.spawner.reap());
}

/** Ends all helpers of the daemon, which exits. */
export function endHelpers(): void {
  helpers.endAll();
}

/** The serial number of the next event: serials continue across reloads. */
let nextEventSerial = INITIAL_EVENTS.nextSerial;

/** The alerts of the last generation, which continue across reloads. */
let alertStates: readonly ReceiverState[] = [];

let eventLogOfAll: EventLogService | null = null;

/** The event log continues across reloads and upgrades. */
function eventLogOf(snapshot: Snapshot | null): EventLogService {
  const fresh = { epoch: newEpoch(clock.now().wall, process.pid), next: 1, events: [] };
  eventLogOfAll ??= createEventLog(snapshot?.eventLog ?? fresh, () => clock.now().wall);
  return eventLogOfAll;
}

/** Builds a generation: logs open, sockets bound, nothing started. The error is the text after `Error: `. */
export async function createGeneration(deps: GenerationDeps): Promise<Result<Generation, string>> {
  const { config, descriptors, context } = deps;
  const { snapshot } = context;
  const unclaimed: ConfigNotice[] = [];
  const sockets =
    snapshot === null
      ? await claim(deps, unclaimed)
      : ok(adoptSockets(config, snapshot.servers, descriptors));
  if (!sockets.ok && !deps.logsFailure) return sockets;
  const locked = await deps.claimPidfile();
  if (!locked.ok) {
    if (sockets.ok) releaseAll(sockets.value, descriptors);
    return locked;
  }
  const path = await clearLogPath(snapshot === null ? config.daemon.logfile : null, sockets);
  const logs = composeLogs(deps, pipes, outlets, (...output) => routeOutput(events, ...output));
  // It is already open in a successor, or after a reported error.
  const opened = snapshot === null ? await withinLimit(logs.openMain(), OPEN_MS) : ok(true);
  if (opened === null) {
    if (sockets.ok) releaseAll(sockets.value, descriptors);
    return err(`the activity log cannot be opened: ${config.daemon.logfile} does not answer`);
  }
  if (!opened.ok) {
    if (sockets.ok) releaseAll(sockets.value, descriptors);
    return err(`the activity log cannot be opened: ${path.problem ?? opened.error}\n${OTHER_LOG}`);
  }
  const early = [
    ...config.notices,
    ...deps.opening,
    ...locked.value,
    ...path.notices,
    ...unclaimed,
  ];
  for (const { level, text } of early) logs.activity.log(level, text);
  if (!sockets.ok) return await endAfterReload(logs, sockets.error);
  if (snapshot === null) await logs.cleanAutoLogs(AbortSignal.timeout(CLEAN_MS));

  let finish: (next: Config | null) => void = () => {};
  const ended = new Promise<Config | null>((resolve) => {
    finish = resolve;
  });
  const events = new Events({
    clock: eventsClock,
    activity: logs.activity,
    writeEvent: (key, bytes) => supervisor.writeEvent(key, bytes),
    deliver: (key) => supervisor.deliver(key),
    withdraw: (key) => supervisor.withdraw(key),
    print: (bytes) => logs.print(bytes),
    identifier: config.daemon.identifier,
    record: deps.recordEvent,
    initial: snapshot?.events ?? { ...INITIAL_EVENTS, nextSerial: nextEventSerial },
  });
  const eventLog = eventLogOf(snapshot);
  const listenerPipes = composeListenerPipes(deps, events);
  const alerts: Alerts = composeAlerts(deps, { logs, eventLog, supervisor: () => supervisor });
  const configured = (next: Config): void => {
    alerts.configure(supervisor.config().receivers);
    deps.configured(next);
  };
  const supervisor = composeSupervisor(
    { ...deps, configured },
    { logs, events, eventLog, listenerPipes },
    finish,
  );
  const parts = { config, supervisor, logs, events, eventLog, alerts, descriptors };
  const id = context.last.state === "none" ? 0 : context.last.id;
  const identity = { id, executable: context.calling.origin };
  const upgrade = composeUpgrade({
    ...{ ...parts, context, helpers, serving: () => serving },
    isRun: Boolean(deps.run),
  });
  const history = await composeHistory(deps, supervisor, logs);
  const serving: ServedSockets = await serve({
    ...parts,
    history,
    sockets: sockets.value,
    http,
    upgrade,
    isNew: snapshot === null,
    ...{ eventLog, alerts },
    findings: composeFindings(deps),
    now: clock.now,
    touched: () => trimmer.touched(),
  });

  return ok({
    supervisor,
    logs,
    activity: logs.activity,
    eventLog,
    unrelated,
    async begin() {
      alerts.configure(supervisor.config().receivers);
      const touched = (): void => trimmer.touched();
      if (snapshot === null) {
        // First the programs: their files are opened while the servers are made.
        await Promise.all([supervisor.begin(), serving.listenAgain().then(touched)]);
        alerts.prune();
        return;
      }
      touched();
      logs.upgrade.resume();
      events.resume();
      const { unrecorded } = deps;
      if (unrecorded === null) await supervisor.upgrade.resume();
      else {
        // Before more output comes.
        for (const output of unrecorded.unwritten) logs.upgrade.reportLost(output);
        kept()?.programs.forgetUnwritten();
        events.recover(unrecorded, () => supervisor.upgrade.announce(unrecorded.announcements));
        const begun = supervisor.upgrade.recover(unrecorded);
        events.compare((key) => supervisor.stateOf(key));
        await begun;
      }
    },
    state: () => snapshotOf({ ...parts, context, serving: () => serving }, identity, null),
    renew: () => upgrade.renew(),
    renewSockets: () => serving.renew(),
    say: (text) => logs.say(text),
    ended,
    async close(isLast) {
      clock.setAlarm(null);
      wallAlarm.set(null);
      const historyClosed = history?.close(isLast);
      alerts.close();
      alertStates = alerts.state();
      events.end();
      nextEventSerial = events.state.nextSerial;
      await logs.upgrade.flushed(AbortSignal.timeout(FLUSH_MS));
      context.closing();
      supervisor.close();
      const socketsClosed = withinLimit(programSockets.closed(), CLOSE_MS);
      await Promise.all([historyClosed, serving.close(), socketsClosed]);
      await logs.close(AbortSignal.timeout(FLUSH_MS));
    },
  });
}

/** For a root that is read-only, as of a container; 80 columns at most. */
const OTHER_LOG =
  "To run without that file, set these in [supervisord], or use -l /dev/stdout:\n" +
  "  logfile=/dev/stdout\n  logfile_maxbytes=0";

async function claim(
  { config, descriptors, run = null, context }: GenerationDeps,
  notices: ConfigNotice[],
): ReturnType<typeof claimSockets> {
  if (run === null) {
    const claimed = await claimSockets(config, descriptors, notices);
    // With a console, the log goes there; after the start, standard error is no terminal any more.
    const isSeen = consoleOf(config.daemon) === "none" && isTerminal(STDERR);
    if (isSeen) for (const { text } of notices) complainLine(`Warning: ${text}`);
    return claimed;
  }
  const { cwd } = context.calling;
  return ok(await claimRunSockets(config, { cwd, ...run }, descriptors, notices));
}

async function endAfterReload(logs: Logs, reason: string): Promise<Result<never, string>> {
  logs.activity.log("CRIT", linesOf(`the daemon exits after its reload: ${reason}`));
  await logs.close(AbortSignal.timeout(FLUSH_MS));
  return err(reason);
}

function routeOutput(events: Events, ...[kind, source, bytes]: Parameters<OnOutput>): void {
  if (kind === "log") events.processLogged(source, bytes);
  else if (kind === "communication") events.processCommunicated(source, bytes);
  else events.listenerPrinted(source.key, bytes);
}

/** The files of the pipes of event listeners; null where nothing outlives the daemon. */
function composeListenerPipes(
  { descriptors }: GenerationDeps,
  events: Events,
): ListenerPipes | null {
  if (kept() === null) return null;
  const receivedFrom: Events["receivedFrom"] = (key) => events.receivedFrom(key);
  const pipesOfListeners = new ListenerPipes({ files: exchangeFiles, descriptors, receivedFrom });
  pipesOfListeners.restore(events.state.poolOf.keys());
  return pipesOfListeners;
}

function ownEnvironment(): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(process.env)) {
    if (value !== undefined) environment[key] = value;
  }
  return environment;
}

function composeSupervisor(
  deps: GenerationDeps,
  parts: {
    readonly logs: Logs;
    readonly events: Events;
    readonly eventLog: EventWriter;
    readonly listenerPipes: ListenerPipes | null;
  },
  onAllStopped: (next: Config | null) => void,
): Supervisor {
  const { config, descriptors } = deps;
  const { logs, events, eventLog, listenerPipes } = parts;
  const { snapshot, calling } = deps.context;
  return createSupervisor({
    clock,
    wallAlarm,
    spawner: helpers.spawner,
    checker,
    commandsReaped: helpers.commandsReaped,
    pipes,
    ...{ exchangeFiles, listenerPipes },
    logs,
    events,
    activity: logs.activity,
    descriptors,
    sockets: programSockets,
    sources: {
      ...{ readFile: readEnvFile, withinLimit },
      runCommand: envCommands.runCommand,
    },
    notifyChannels,
    config,
    restored: snapshot,
    record: deps.record,
    configured: deps.configured,
    configReader: createConfigReader({ helpers, calling }),
    onAllStopped,
    eventLog,
    memoryWatch: (input) => composeMemoryWatch(logs, input),
    fileWatcher: (listener) => createFileWatcher(helpers, listener),
    leftovers,
    groupWait: groupWaitOf(deps),
    host: programHost,
    offsetMinutes: localOffsetMinutes,
    defer: (run) => void setImmediate(run),
    context: {
      environment: ownEnvironment(),
      builtInCommand: IS_STANDALONE ? process.execPath : null,
      serverUrl: serverUrlForPrograms(config.servers),
      softFileLimit: Math.max(config.daemon.minfds, softFileLimit(snapshot)),
      stdinReader: deps.run ? stdinReaderOf(config) : null,
    },
  });
}

function composeAlerts(
  { config, context, touch }: GenerationDeps,
  parts: Pick<ConstructorParameters<typeof Alerts>[0], "eventLog" | "supervisor"> & {
    readonly logs: Logs;
  },
): Alerts {
  const { snapshot } = context;
  return new Alerts({
    ...{ ...parts, checker, readSecret, withinLimit, changed: touch },
    ...{ clock: alertsClock, wallAlarm: alertsWallAlarm, offsetMinutes: localOffsetMinutes },
    activity: parts.logs.activity,
    sender: { host: ownHostName(), daemon: config.daemon.identifier },
    initial: snapshot?.alerts ?? alertStates,
    context: { environment: ownEnvironment(), softFileLimit: softFileLimit(snapshot) },
  });
}

/** Where it cannot become a subreaper (macOS), the daemon would not learn when a group has ended. */
function groupWaitOf({ run }: GenerationDeps): GroupWait {
  const isPidOne = daemonPid() === 1;
  if (run && (isPidOne || posix().becomeSubreaper() === 0)) return "every-stop";
  return isPidOne ? "shutdown" : "none";
}

/** Loaded only with a history, or where a daemon before had that. @returns null for history=off */
async function composeHistory(
  { config, descriptors }: GenerationDeps,
  supervisor: Supervisor,
  { activity }: Logs,
): Promise<HistoryService | null> {
  const isOn = config.daemon.history !== "off";
  const wasOn = [...descriptors.values()].some(({ role }) => role === "history");
  if (!isOn && !wasOn) return null;
  const { dropHistory, openHistory } = await import("./history.ts");
  const path = historyPath(config.daemon);
  if (isOn) return openHistory({ descriptors, supervisor, activity, now: clock.now, path });
  dropHistory(descriptors);
  return null;
}

function composeFindings({ config, run = null }: GenerationDeps): Findings {
  const { here, configFile } = config.daemon;
  const path = joinPath(here, splitPath(configFile).tail);
  const ofRun = "tsv doctor examines daemons and services, and this is a tsv run";
  return new Findings({
    now: clock.now,
    async runDoctor() {
      if (run !== null) return err(ofRun);
      return await (await import("../host/processes/run-doctor.ts")).runDoctor(helpers, path);
    },
  });
}

function composeMemoryWatch({ activity }: Logs, input: MemoryWatchInput): MemoryWatch {
  return new MemoryWatch({
    ...input,
    stats: createProcessStats(),
    shared: createSharedMemory(),
    repeater: createRepeater((error) => {
      activity.log("ERRO", `measuring the memory of programs failed: ${String(error)}`);
    }),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  });
}
