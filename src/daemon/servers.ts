// The daemon's HTTP servers: what answers on their sockets.

import { err } from "../core/base/result.ts";
import { createTurns } from "../core/base/turns.ts";
import type { Config } from "../core/config/model.ts";
import { PRIVATE_SECTION, privateInterfaces } from "../core/config/private-server.ts";
import { fault } from "../core/xmlrpc/faults.ts";
import { createModuleLoader } from "../host/files/module-loader.ts";
import { DEFAULT_LIMITS, type HttpLimits } from "../host/http/http-limits.ts";
import { createHttpServer } from "../host/http/http-server.ts";
import { createProcessStats } from "../host/processes/process-stats.ts";
import { limitOf } from "../host/system/limits.ts";
import { startPause } from "../host/time/pause.ts";
import { createRepeater } from "../host/time/repeater.ts";
import type { Clock } from "../ports/clock.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { HttpHandler, HttpListener } from "../ports/http-server.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { EventReader } from "../services/event-log/api.ts";
import type { EventPools } from "../services/events/api.ts";
import type { ActivityLog } from "../services/logs/api.ts";
import type { Logs } from "../services/logs/logs.ts";
import { createAudit } from "../services/rpc/audit.ts";
import { authenticate } from "../services/rpc/auth.ts";
import { loadInterfaces } from "../services/rpc/interfaces/load.ts";
import { createHttpReports, createRoutes } from "../services/rpc/routes.ts";
import { createRpcService, type RpcService } from "../services/rpc/service.ts";
import { readNamespaces } from "../services/rpc/table.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import type { UpgradeApi } from "../services/upgrade/api.ts";
import { Sampler } from "../services/usage/sampler.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";
import { createAdmission } from "./admission.ts";
import { ServedSockets, type ServerSocket, type ServingSocket } from "./served-sockets.ts";
import { createWebRoutes } from "./web.ts";

const SILENT: Pick<ActivityLog, "log"> = { log() {} };
const TOO_EARLY = fault("FAILED", "a module cannot call methods while it is being loaded");

interface ServeDeps {
  readonly config: Config;
  readonly sockets: readonly ServerSocket[];
  readonly descriptors: DescriptorTable;
  readonly supervisor: Supervisor;
  readonly logs: Logs;
  readonly events: EventPools;
  readonly upgrade: UpgradeApi;
  /** Servers that are new: they are logged. */
  readonly isNew: boolean;
  readonly eventLog: EventReader;
  readonly now: Clock["now"];
  /** A request has come in. */
  readonly touched: () => void;
}

/** Serves RPC, log tails and the web page on every socket. */
export async function serve(deps: ServeDeps): Promise<ServedSockets> {
  const { config, sockets, descriptors, supervisor, logs, eventLog, now, touched } = deps;
  const log = logs.activity;
  const isPrivate = sockets.some(({ server }) => server.section === PRIVATE_SECTION);
  const { rpcInterfaces } = config;
  const namespaces = readNamespaces(isPrivate ? privateInterfaces(rpcInterfaces) : rpcInterfaces);
  let rpc: RpcService | null = null;
  const interfaces = await loadInterfaces(namespaces.unknown, {
    activity: log,
    loader: createModuleLoader(),
    call: (...call) => rpc?.callAs(...call) ?? Promise.resolve(err(TOO_EARLY)),
  });
  const defer = (run: () => void): void => void setImmediate(run);
  const usage = new Sampler({
    supervisor,
    stats: createProcessStats(),
    repeater: createRepeater((error) => {
      log.log("ERRO", `measuring the resource usage of programs failed: ${String(error)}`);
    }),
  });
  rpc = createRpcService({
    supervisor,
    logs,
    turns: createTurns({ now: () => now().mono, defer }),
    events: deps.events,
    eventLog,
    usage,
    upgrade: deps.upgrade,
    pid: process.pid,
    version: SUPERVISOR_VERSION,
    now,
    namespaces: namespaces.served,
    interfaces,
  });
  const http = createHttpServer(`tsv/${VERSION}`, connectionLimit(sockets.length));
  const audit = createAudit({ log, now, startPause });
  const web = createWebRoutes({ supervisor, logs, eventLog, usage, rpc, now });
  const served = [...namespaces.served, ...interfaces.map(({ name }) => name)];
  const listen = async ({ server, socket }: ServerSocket): Promise<HttpListener> => {
    const { section, credentials } = server;
    const guard = credentials === null ? null : { credentials, secrets: await loadSecrets() };
    const entrance = { section, guard };
    const routes = createRoutes({
      ...{ rpc, supervisor, logs, eventLog, log, audit },
      authenticate: (request) => authenticate(entrance, request),
      routes: [web(server, audit.asked)],
    });
    const refuse = createAdmission(server);
    const handler: HttpHandler = async (request) => {
      touched();
      return refuse(request) ?? routes(request);
    };
    return await http.listen(socket.fd, handler, createHttpReports(log));
  };
  const listeners: ServingSocket[] = [];
  for (const claimed of sockets) {
    const { section, credentials } = claimed.server;
    const log = deps.isNew && !isPrivate ? logs.activity : SILENT;
    listeners.push({ ...claimed, listener: await listen(claimed) });
    for (const name of served) log.log("INFO", `RPC interface '${name}' initialized`);
    if (credentials === null) {
      const text = `Server '${section}' running without any HTTP authentication checking`;
      log.log("CRIT", text);
    }
  }
  return new ServedSockets(listeners, { listen, descriptors, log });
}

/**
 * At most half of the descriptors are for connections, of all servers together: a client that holds them open, without any
 * password, must not keep programs from being started.
 */
function connectionLimit(servers: number): Partial<HttpLimits> {
  const { soft } = limitOf("files");
  if (soft < 0) return {};
  const share = Math.max(1, Math.floor(soft / 2 / servers));
  return { maxConnections: Math.min(DEFAULT_LIMITS.maxConnections, share) };
}

/** node:crypto is a megabyte of memory that a daemon without passwords does not need. */
async function loadSecrets(): Promise<Secrets> {
  return (await import("../host/system/secrets.ts")).createSecrets();
}
