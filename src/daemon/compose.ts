// The composition root of the daemon: everything concrete is named here, once per generation (a reload makes a new one).

import { err, ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigError, ConfigNotice } from "../core/config/model.ts";
import { serverUrl } from "../core/config/server-url.ts";
import { INITIAL_EVENTS } from "../core/events/model.ts";
import { localTime } from "../core/logs/record.ts";
import { createLogFiles } from "../host/files/log-files.ts";
import { posix } from "../host/posix.ts";
import { createHelpers } from "../host/processes/helpers.ts";
import { createPipes } from "../host/processes/pipes.ts";
import { createProgramHost } from "../host/processes/program-host.ts";
import { spawner } from "../host/processes/spawner.ts";
import { createFcgiSockets } from "../host/sockets/fcgi-sockets.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { createSyslog } from "../host/system/syslog.ts";
import { createTrimmer } from "../host/system/trim.ts";
import { printError } from "../host/terminal/output.ts";
import { createClock } from "../host/time/clock.ts";
import { localOffsetMinutes } from "../host/time/local-time.ts";
import { createSharedAlarm } from "../host/time/shared-alarm.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import { Events } from "../services/events/events.ts";
import type { ActivityLog, LogsApi } from "../services/logs/api.ts";
import { createLogs, type Logs } from "../services/logs/logs.ts";
import type { OnOutput } from "../services/logs/output-pipeline.ts";
import { Supervisor, type SupervisorDeps } from "../services/supervisor/supervisor.ts";
import type { ChangeFeed } from "../services/web/api.ts";
import { createChangeFeed } from "../services/web/change-feed.ts";
import { composeUpgrade, type Succession, softFileLimit } from "./handover.ts";
import { listedLogFiles } from "./listed-log-files.ts";
import { whyUnstartable } from "./reload-check.ts";
import type { ServedSockets } from "./served-sockets.ts";
import { adoptSockets, claimSockets, giveBack, serve } from "./servers.ts";

/** How long a log that takes no bytes may hold up the end of the daemon. */
const FLUSH_MS = 2000;

export interface GenerationDeps {
  readonly config: Config;
  readonly readConfig: () => Result<Config, ConfigError>;
  readonly readProgram: SupervisorDeps["readProgram"];
  readonly descriptors: DescriptorTable;
  /** Takes the pid file, the lock of this daemon. @returns lines for the activity log, or why it cannot run */
  readonly claimPidfile: () => Result<readonly ConfigNotice[], string>;
  /**
   * Whether the activity log is told when the sockets cannot be had. Not by a first generation: whoever holds them
   * writes to that log too. Nor when another configuration is left to go on with.
   */
  readonly logsFailure: boolean;
  /** For the activity log: what was done before it was open. */
  readonly opening: readonly ConfigNotice[];
  readonly succession: Succession;
}

/** Logs, sockets and programs of one configuration, from start to the last program's end. */
export interface Generation {
  readonly supervisor: Supervisor;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly changes: Pick<ChangeFeed, "watch">;
  /** Starts the programs. @returns when every one was told to start */
  begin(): Promise<void>;
  /** Listens anew at addresses of servers that lead here no more. Done when it returns, or soon after. */
  renewSockets(): void;
  /** The configuration to start over with, or null: shut down. */
  readonly ended: Promise<Config | null>;
  /** Closes the servers and writes out the logs. */
  close(): Promise<void>;
}

// One per process: they watch the process's own descriptors and time.
const sharedAlarm = createSharedAlarm(createClock());
const clock = sharedAlarm();
const eventsClock = sharedAlarm();
const logsClock = sharedAlarm();
const pipes = createPipes();
const helpers = createHelpers(spawner, pipes);
const fcgiSockets = createFcgiSockets();
const trimmer = createTrimmer();

/** Of the next event: serials go on across reloads. */
let nextEventSerial = INITIAL_EVENTS.nextSerial;

/** Builds a generation: logs open, sockets bound, nothing started. The error is the text after `Error: `. */
export async function createGeneration(deps: GenerationDeps): Promise<Result<Generation, string>> {
  const { config, descriptors, succession } = deps;
  const { carried } = succession;
  const sockets =
    carried === null
      ? await claimSockets(config.servers, descriptors)
      : ok(adoptSockets(config.servers, carried.servers));
  if (!sockets.ok && !deps.logsFailure) return sockets;
  const locked = deps.claimPidfile();
  if (!locked.ok) {
    if (sockets.ok) giveBack(sockets.value, descriptors);
    return locked;
  }
  const logs = composeLogs(deps, (...output) => tellOutput(events, ...output));
  // It is open already in a daemon that takes over, or in a trouble that was told.
  const opened = carried === null ? await logs.openMain() : ok(true);
  if (!opened.ok) {
    if (sockets.ok) giveBack(sockets.value, descriptors);
    return err(`the activity log cannot be opened: ${opened.error}`);
  }
  for (const { level, text } of [...config.notices, ...deps.opening, ...locked.value]) {
    logs.activity.log(level, text);
  }
  if (!sockets.ok) return await endAfterReload(logs, sockets.error);
  if (carried === null) logs.cleanAutoLogs();

  let finish: (next: Config | null) => void = () => {};
  const ended = new Promise<Config | null>((resolve) => {
    finish = resolve;
  });
  const events = composeEvents(deps, logs, (key, bytes) => supervisor.writeEvent(key, bytes));
  const changes = createChangeFeed();
  const supervisor = composeSupervisor(deps, { logs, events, changes }, finish);
  const parts = { config, supervisor, logs, events, descriptors };
  const serving: ServedSockets = await serve({
    ...parts,
    sockets: sockets.value,
    upgrade: composeUpgrade({ ...parts, succession, helpers, serving: () => serving }),
    isNew: carried === null,
    changes,
    now: clock.now,
    touched: () => trimmer.touched(),
  });

  return ok({
    supervisor,
    logs,
    activity: logs.activity,
    changes,
    begin: () => {
      trimmer.touched();
      if (carried === null) return supervisor.begin();
      logs.handover.resume();
      events.resume();
      supervisor.handover.resume();
      return Promise.resolve();
    },
    renewSockets: () => serving.renew(),
    ended,
    async close() {
      clock.setAlarm(null);
      events.end();
      nextEventSerial = events.state.nextSerial;
      supervisor.close();
      await serving.close();
      await logs.close(AbortSignal.timeout(FLUSH_MS));
    },
  });
}

async function endAfterReload(logs: Logs, reason: string): Promise<Result<never, string>> {
  logs.activity.log("CRIT", `the daemon ends after its reload: ${reason}`);
  await logs.close(AbortSignal.timeout(FLUSH_MS));
  return err(reason);
}

function tellOutput(events: Events, ...[kind, source, bytes]: Parameters<OnOutput>): void {
  if (kind === "log") events.processLogged(source, bytes);
  else if (kind === "communication") events.processCommunicated(source, bytes);
  else events.listenerSaid(source.key, bytes);
}

function composeEvents(
  { config, succession }: GenerationDeps,
  logs: Logs,
  writeEvent: Supervisor["writeEvent"],
): Events {
  return new Events({
    clock: eventsClock,
    activity: logs.activity,
    listeners: { writeEvent },
    identifier: config.daemon.identifier,
    initial: succession.carried?.events ?? { ...INITIAL_EVENTS, nextSerial: nextEventSerial },
  });
}

function composeLogs(deps: GenerationDeps, onOutput: OnOutput): Logs {
  const { config, descriptors, succession } = deps;
  const { daemon } = config;
  return createLogs({
    carried: succession.carried?.logs ?? null,
    files: listedLogFiles(createLogFiles(), descriptors),
    pipes,
    clock: logsClock,
    syslog: createSyslog({
      ident: "supervisord",
      sendDatagram: (path, bytes) => posix().sendDatagram(path, bytes),
    }),
    offsetMinutes: localOffsetMinutes,
    complain: (text) => printError(`${text}\n`),
    onOutput,
    options: daemon,
    console: daemon.nodaemon && !daemon.silent,
  });
}

function composeSupervisor(
  deps: GenerationDeps,
  parts: { readonly logs: Logs; readonly events: Events; readonly changes: ChangeFeed },
  onAllStopped: (next: Config | null) => void,
): Supervisor {
  const { config, readConfig, readProgram, descriptors } = deps;
  const { logs, events, changes } = parts;
  const { carried } = deps.succession;
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(process.env)) {
    if (value !== undefined) environment[key] = value;
  }
  return new Supervisor({
    clock,
    spawner: helpers.spawner,
    pipes,
    logs,
    events,
    activity: logs.activity,
    descriptors,
    sockets: fcgiSockets,
    config,
    carried,
    readConfig,
    readProgram,
    whyUnstartable: (next) => whyUnstartable(next, config),
    onAllStopped,
    onChange: changes.tell,
    host: createProgramHost(createAccounts()),
    localTime: (wallMs) => localTime(wallMs, localOffsetMinutes(wallMs)),
    defer: (run) => void setImmediate(run),
    context: {
      environment,
      serverUrl: serverUrl(config.servers),
      softFileLimit: Math.max(config.daemon.minfds, softFileLimit(carried)),
    },
  });
}
