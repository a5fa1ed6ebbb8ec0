// The composition root of the daemon: everything concrete is named here, once per generation (a reload makes a new one).

import type { Result } from "../core/base/result.ts";
import { err, ok } from "../core/base/result.ts";
import type { Config, ConfigError, ConfigNotice, ServerConfig } from "../core/config/model.ts";
import { serverUrl } from "../core/config/server-url.ts";
import { localTime } from "../core/logs/record.ts";
import { createAccounts } from "../host/accounts.ts";
import { createClock } from "../host/clock.ts";
import { createHttpServer } from "../host/http-server.ts";
import { inheritedFileLimit } from "../host/limits.ts";
import { localOffsetMinutes } from "../host/local-time.ts";
import { createLogFiles } from "../host/log-files.ts";
import { printError } from "../host/output.ts";
import { createPipes } from "../host/pipes.ts";
import { posix } from "../host/posix.ts";
import { createProgramHost } from "../host/program-host.ts";
import { type ClaimedSocket, claimUnixSocket } from "../host/sockets.ts";
import { spawner } from "../host/spawner.ts";
import { createSyslog } from "../host/syslog.ts";
import { claimTcpSocket } from "../host/tcp-sockets.ts";
import { createTrimmer } from "../host/trim.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { HttpHandler, HttpListener } from "../ports/http-server.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { ActivityLog, LogsApi } from "../services/logs/api.ts";
import { createLogs, type Logs } from "../services/logs/logs.ts";
import { createHttpReports, createRoutes } from "../services/rpc/routes.ts";
import { createRpcService } from "../services/rpc/service.ts";
import { readNamespaces } from "../services/rpc/table.ts";
import { Supervisor } from "../services/supervisor/supervisor.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";

const BACKLOG = 1024;
/** How long a log that takes no bytes may hold up the end of the daemon. */
const FLUSH_MS = 2000;

export interface GenerationDeps {
  readonly config: Config;
  readonly readConfig: () => Result<Config, ConfigError>;
  readonly descriptors: DescriptorTable;
  /** Lines for the activity log about what was done before it was open. */
  readonly opening: readonly ConfigNotice[];
}

/** Logs, sockets and programs of one configuration, from start to the last program's end. */
export interface Generation {
  readonly supervisor: Supervisor;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  /** Starts the programs. @returns when every one was told to start */
  begin(): Promise<void>;
  /** The configuration to start over with, or null: shut down. */
  readonly ended: Promise<Config | null>;
  /** Closes the servers and writes out the logs. */
  close(): Promise<void>;
}

// One per process: they watch the process's own descriptors and time.
const clock = createClock();
const pipes = createPipes();
const trimmer = createTrimmer();

/** Builds a generation: logs open, sockets bound, nothing started. The error is the text after `Error: `. */
export async function createGeneration(deps: GenerationDeps): Promise<Result<Generation, string>> {
  const { config, descriptors } = deps;
  const logs = composeLogs(config);
  const opened = await logs.openMain();
  if (!opened.ok) return err(`the activity log cannot be opened: ${opened.error}`);
  for (const { level, text } of [...config.notices, ...deps.opening])
    logs.activity.log(level, text);
  const sockets = await claimSockets(config.servers, descriptors);
  if (!sockets.ok) return sockets;
  logs.cleanAutoLogs();

  let finish: (next: Config | null) => void = () => {};
  const ended = new Promise<Config | null>((resolve) => {
    finish = resolve;
  });
  const supervisor = composeSupervisor(deps, logs, finish);
  const serving = await serve(config, sockets.value, supervisor, logs);

  return ok({
    supervisor,
    logs,
    activity: logs.activity,
    begin: () => {
      trimmer.touched();
      return supervisor.begin();
    },
    ended,
    async close() {
      clock.setAlarm(null);
      await Promise.all(serving.map((listener) => listener.close()));
      for (const { socket } of sockets.value) {
        descriptors.remove(socket.fd);
        socket.release();
      }
      await logs.flush(AbortSignal.timeout(FLUSH_MS));
    },
  });
}

function composeLogs(config: Config): Logs {
  const { daemon } = config;
  return createLogs({
    files: createLogFiles(),
    pipes,
    clock,
    syslog: createSyslog({
      ident: "supervisord",
      sendDatagram: (path, bytes) => posix().sendDatagram(path, bytes),
    }),
    offsetMinutes: localOffsetMinutes,
    complain: (text) => printError(`${text}\n`),
    onOutput: () => {},
    options: daemon,
    console: daemon.nodaemon && !daemon.silent,
  });
}

function composeSupervisor(
  deps: GenerationDeps,
  logs: Logs,
  onAllStopped: (next: Config | null) => void,
): Supervisor {
  const { config, readConfig, descriptors } = deps;
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(process.env)) {
    if (value !== undefined) environment[key] = value;
  }
  return new Supervisor({
    clock,
    spawner,
    pipes,
    logs,
    activity: logs.activity,
    descriptors,
    config,
    readConfig,
    onAllStopped,
    host: createProgramHost(createAccounts()),
    localTime: (wallMs) => localTime(wallMs, localOffsetMinutes(wallMs)),
    defer: (run) => void setImmediate(run),
    context: {
      environment,
      serverUrl: serverUrl(config.servers),
      softFileLimit: Math.max(config.daemon.minfds, inheritedFileLimit()),
    },
  });
}

interface ServerSocket {
  readonly server: ServerConfig;
  readonly socket: ClaimedSocket;
}

/** All or none: the sockets of the servers before a bad one are given back. */
async function claimSockets(
  servers: readonly ServerConfig[],
  descriptors: DescriptorTable,
): Promise<Result<readonly ServerSocket[], string>> {
  const claimed: ServerSocket[] = [];
  for (const server of servers) {
    const result =
      server.kind === "unix"
        ? claimUnixSocket({ ...server, backlog: BACKLOG })
        : await claimTcpSocket({ ...server, backlog: BACKLOG });
    if (!result.ok) {
      for (const { socket } of claimed) {
        descriptors.remove(socket.fd);
        posix().close(socket.fd);
        socket.release();
      }
      return err(`${result.error.summary}\n${result.error.detail}`);
    }
    const owner = server.kind === "unix" ? server.path : `${server.host}:${server.port}`;
    descriptors.add(result.value.fd, { role: "listener", owner });
    claimed.push({ server, socket: result.value });
  }
  return ok(claimed);
}

async function serve(
  config: Config,
  sockets: readonly ServerSocket[],
  supervisor: Supervisor,
  logs: Logs,
): Promise<readonly HttpListener[]> {
  const log = logs.activity;
  const namespaces = readNamespaces(config.rpcInterfaces);
  for (const { name, factory, origin } of namespaces.unknown) {
    log.log(
      "WARN",
      `[rpcinterface:${name}] (${origin.file}, line ${origin.line}) names the Python factory ${factory}, which tsv cannot load: its methods are not served`,
    );
  }
  const rpc = createRpcService({
    supervisor,
    logs,
    pid: process.pid,
    version: SUPERVISOR_VERSION,
    namespaces: namespaces.served,
  });
  const http = createHttpServer(`tsv/${VERSION}`);
  const listeners: HttpListener[] = [];
  for (const { server, socket } of sockets) {
    const { credentials } = server;
    const guard = credentials === null ? null : { credentials, secrets: await loadSecrets() };
    const routes = createRoutes({ rpc, supervisor, logs, log, guard });
    const handler: HttpHandler = (request) => {
      trimmer.touched();
      return routes(request);
    };
    listeners.push(await http.listen(socket.fd, handler, createHttpReports(log)));
    for (const name of namespaces.served) log.log("INFO", `RPC interface '${name}' initialized`);
    if (credentials === null) {
      const text = `Server '${server.section}' running without any HTTP authentication checking`;
      log.log("CRIT", text);
    }
  }
  return listeners;
}

/** node:crypto is a megabyte of memory that a daemon without passwords does not need. */
async function loadSecrets(): Promise<Secrets> {
  return (await import("../host/secrets.ts")).createSecrets();
}
