// The daemon's HTTP servers: RPC, log tails, metrics and the web page. Metrics and the page are loaded with the first request for
// them: a daemon without visitors has only the functions that know their paths.

import { may } from "../core/access/permissions.ts";
import { err } from "../core/base/result.ts";
import { createTurns } from "../core/base/turns.ts";
import type { Config, ServerConfig } from "../core/config/model.ts";
import {
  asksForPassword,
  PRIVATE_SECTION,
  privateInterfaces,
} from "../core/config/server-address.ts";
import { localTime } from "../core/logs/calendar.ts";
import { tlsFilesOf } from "../core/net/certificates.ts";
import { type AdmissionRules, admit, rejectionText } from "../core/web/admission.ts";
import { fault } from "../core/xmlrpc/faults.ts";
import { createModuleLoader } from "../host/files/module-loader.ts";
import { daemonPid, kept } from "../host/keeper/keeper.ts";
import { limitCountsOf } from "../host/processes/cgroups.ts";
import { createProcessStats } from "../host/processes/process-stats.ts";
import { ownHostName } from "../host/system/identity.ts";
import { limitOf } from "../host/system/limits.ts";
import { createRepeater, startPause } from "../host/time/pause.ts";
import type { Clock } from "../ports/clock.ts";
import type { Decompress } from "../ports/decompress.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type {
  HttpHandler,
  HttpListener,
  HttpReply,
  HttpRequest,
  HttpServer,
} from "../ports/http-server.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { AlertsApi } from "../services/alerts/api.ts";
import type { EventReader } from "../services/event-log/api.ts";
import type { EventPools } from "../services/events/api.ts";
import type { FindingsApi } from "../services/findings/api.ts";
import type { HistoryApi } from "../services/history/api.ts";
import type { ActivityLog } from "../services/logs/api.ts";
import type { Logs } from "../services/logs/logs.ts";
import type { Metrics, MetricsDeps } from "../services/metrics/metrics.ts";
import { metricsPermission } from "../services/metrics/paths.ts";
import { authenticate, createAudit, type Guard, signIn } from "../services/rpc/auth.ts";
import { loadInterfaces } from "../services/rpc/interfaces/load.ts";
import { PasswordChecks } from "../services/rpc/password-checks.ts";
import { createHttpReports, createRoutes, type Route } from "../services/rpc/routes.ts";
import { createScopes, type Scopes, type Sources } from "../services/rpc/scope.ts";
import { createRpcService, type RpcService, readNamespaces } from "../services/rpc/service.ts";
import { Sessions } from "../services/rpc/sessions.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import type { UpgradeApi } from "../services/upgrade/api.ts";
import { LIVE_MS, Sampler } from "../services/usage/sampler.ts";
import type { WebDeps, WebPolicy } from "../services/web/deps.ts";
import { signInReply, webPermission } from "../services/web/paths.ts";
import type { Web } from "../services/web/web.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";
import { ServedSockets, type ServerSocket, type ServingSocket } from "./server-sockets.ts";

const SILENT: Pick<ActivityLog, "log"> = { log() {} };
const TOO_EARLY = fault("FAILED", "a module cannot call methods while it is being loaded");

interface ServeDeps {
  readonly config: Config;
  readonly sockets: readonly ServerSocket[];
  readonly http: HttpServer;
  readonly descriptors: DescriptorTable;
  readonly supervisor: Supervisor;
  readonly logs: Logs;
  readonly events: EventPools;
  readonly upgrade: UpgradeApi;
  /** Servers that are new are logged, and not served before `listenAgain`: clients wait in the queues of the sockets. */
  readonly isNew: boolean;
  readonly eventLog: EventReader;
  /** Null with history=off. */
  readonly history: HistoryApi | null;
  readonly alerts: AlertsApi;
  readonly findings: FindingsApi;
  readonly now: Clock["now"];
  /** A request has come in. */
  readonly touched: () => void;
}

/** Serves RPC, log tails and the web page on every socket. */
export async function serve(deps: ServeDeps): Promise<ServedSockets> {
  const { config, sockets, http, descriptors, supervisor, logs, eventLog, alerts, now, touched } =
    deps;
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
    intervalMs: LIVE_MS,
    repeater: createRepeater((error) => {
      log.log("ERRO", `measuring the resource usage of programs failed: ${String(error)}`);
    }),
  });
  const scopes = createScopes({ supervisor, eventLog, usage, events: deps.events });
  rpc = createRpcService({
    supervisor,
    scopes,
    logs,
    turns: createTurns({ now: () => now().mono, defer }),
    events: deps.events,
    ...{ eventLog, alerts, usage, findings: deps.findings },
    history: deps.history,
    upgrade: deps.upgrade,
    pid: daemonPid(),
    version: SUPERVISOR_VERSION,
    now,
    namespaces: namespaces.served,
    interfaces,
  });
  http.limitConnections(() => connectionLimit(supervisor.runningCount()));
  const audit = createAudit({ log, now, startPause });
  const web = createWebRoutes({
    ...{ scopes, logs, rpc, now },
    ...{ history: deps.history, findings: deps.findings, asked: audit.recent },
  });
  const metrics = createMetricsRoute({ scopes, logs, rpc, alerts });
  const guards = createGuards(supervisor, now);
  const served = [...namespaces.served, ...interfaces.map(({ name }) => name)];
  const listen = async ({ server, socket }: ServerSocket): Promise<HttpListener> => {
    const { section } = server;
    const guardOf = guards(server);
    const readers = readersOf(server);
    const routes = createRoutes({
      ...{ rpc, scopes, logs, log, audit },
      async authenticate(request) {
        const guard = await guardOf();
        return await authenticate({ section, guard, readers }, request);
      },
      signIn: signInReply,
      routes: [metrics, web(server, audit.asked, signingOf(server, guardOf, audit.refused))],
    });
    const refuse = createAdmission(server, guardOf.isGuarded);
    const handler: HttpHandler = async (request) => {
      touched();
      return refuse(request) ?? routes(request);
    };
    const reports = createHttpReports(log);
    const listener = await http.listen(socket.fd, handler, reports, tlsFilesOf(server));
    kept()?.listen(socket.fd);
    return listener;
  };
  const listeners: ServingSocket[] = [];
  for (const claimed of sockets) {
    const { section } = claimed.server;
    const log = deps.isNew && !isPrivate ? logs.activity : SILENT;
    listeners.push({ ...claimed, listener: deps.isNew ? null : await listen(claimed) });
    for (const name of served) log.log("INFO", `RPC interface '${name}' initialized`);
    const needsCertificate = (tlsFilesOf(claimed.server)?.clientCa ?? null) !== null;
    if (!needsCertificate && !asksForPassword(claimed.server, supervisor.hadUsers())) {
      const text = `Server '${section}' running without any HTTP authentication checking`;
      log.log("CRIT", text);
    }
  }
  return new ServedSockets(listeners, { listen, descriptors, log });
}

/** Descriptors of the daemon itself, without connections. */
const OWN_DESCRIPTORS = 80;
/** Of a process: its three pipes and two logs. */
const EACH_DESCRIPTORS = 5;
/** Commands must be answered, however few descriptors there are. */
const LEAST_CONNECTIONS = 8;

/**
 * How many connections there may be: half of the descriptors that processes leave. A client that holds them open, without any
 * password, must not keep programs from being started.
 */
function connectionLimit(processes: number): number {
  const { soft } = limitOf("nofile");
  if (soft < 0) return Number.POSITIVE_INFINITY;
  const left = soft - OWN_DESCRIPTORS - EACH_DESCRIPTORS * processes;
  return Math.max(LEAST_CONNECTIONS, Math.floor(left / 2));
}

/** The members of read_group=, on a unix socket that asks for no password. */
function readersOf(server: ServerConfig): { readonly gid: number; readonly ownUid: number } | null {
  if (server.kind !== "unix" || server.readGroup === null) return null;
  return { gid: server.readGroup, ownUid: process.geteuid?.() ?? 0 };
}

/** How a server recognizes its users; null while it asks for no password. */
interface GuardOf {
  (): Promise<Guard | null>;
  readonly isGuarded: () => boolean;
}

/**
 * Makes the guard of each section. They share the comparisons of passwords. Users are those of the configuration as last read;
 * a server that has asked once does not open because they are gone from its files.
 */
function createGuards(
  { config, hadUsers }: Pick<Supervisor, "config" | "hadUsers">,
  now: Clock["now"],
): (server: ServerConfig) => GuardOf {
  let shared: Promise<Pick<Guard, "secrets" | "checks" | "sessions">> | null = null;
  const load = async () => {
    const secrets = await loadSecrets();
    return {
      secrets,
      checks: new PasswordChecks({ secrets, now, startPause }),
      sessions: new Sessions({ secrets, now }),
    };
  };
  return (server) => {
    const isGuarded = () => asksForPassword(server, hadUsers());
    const guardOf = async () => {
      if (!isGuarded()) return null;
      shared ??= load();
      const cookie = cookieOf(server);
      return { credentials: server.credentials, users: config().users, cookie, ...(await shared) };
    };
    return Object.assign(guardOf, { isGuarded });
  };
}

/** Of one host, all ports get the same cookies. */
function cookieOf(server: ServerConfig): string {
  return `tsv_${server.kind === "inet" ? server.port : 0}`;
}

function signingOf(
  server: ServerConfig,
  guardOf: GuardOf,
  refused: WebPolicy["signing"]["refused"],
): WebPolicy["signing"] {
  return {
    cookie: cookieOf(server),
    isTls: tlsFilesOf(server) !== null,
    refused,
    async in({ peer }, given) {
      const guard = await guardOf();
      return guard === null ? null : await signIn({ section: server.section, peer }, guard, given);
    },
    out: async (id) => (await guardOf())?.sessions.end(id),
  };
}

/** node:crypto is a megabyte of memory that a daemon without passwords does not need. */
async function loadSecrets(): Promise<Secrets> {
  return (await import("../host/system/secrets.ts")).createSecrets();
}

/** Refuses what a page of another site makes a browser send; null for what may be answered. */
function createAdmission(
  server: ServerConfig,
  asksForPassword: () => boolean,
): (request: HttpRequest) => HttpReply | null {
  const others = rulesOf(server);
  return (request) => {
    const rules = { ...others, asksForPassword: asksForPassword() };
    const admission = admit(request, rules);
    if (admission === "allowed") return null;
    const headers = [["Content-Type", "text/plain;charset=utf-8"]] as const;
    const body = rejectionText(admission, rules, request.header("host"));
    return { kind: "whole", status: 403, headers, body };
  };
}

function rulesOf(server: ServerConfig): Omit<AdmissionRules, "asksForPassword"> {
  const { section, kind } = server;
  const isInet = kind === "inet";
  return {
    section,
    kind,
    address: isInet ? server.host : "",
    ownNames: isInet ? [ownHostName(), server.host].filter((name) => name !== "") : [],
    allowedHosts: isInet ? server.allowedHosts : [],
  };
}

type MetricsDaemonDeps = Pick<MetricsDeps, "logs" | "alerts"> & {
  readonly scopes: Scopes;
  readonly rpc: Pick<RpcService, "calls" | "turns">;
};

/** Makes the route of metrics and health, which all sections share for clients that see the same. */
function createMetricsRoute({ rpc, scopes, logs, alerts }: MetricsDaemonDeps): Route {
  const metrics = new WeakMap<Sources, Promise<Metrics>>();
  const load = async (sources: Sources): Promise<Metrics> => {
    const { Metrics } = await import("../services/metrics/metrics.ts");
    return new Metrics({
      ...{ ...sources, logs, alerts, limits: limitCountsOf },
      turns: rpc.turns,
      daemon() {
        const { user, system } = process.cpuUsage();
        const [cpuMs, residentBytes] = [(user + system) / 1000, process.memoryUsage.rss()];
        const startWall = performance.timeOrigin;
        return { version: VERSION, startWall, cpuMs, residentBytes, calls: rpc.calls };
      },
    });
  };
  return {
    permission: ({ method, target }) => metricsPermission(method, target),
    answer(request, client) {
      // The health of all programs is told to clients without a name, too; no program is named then.
      const sources = scopes(may(client, "read") ? client : { programs: null });
      const loading = metrics.get(sources) ?? load(sources);
      metrics.set(sources, loading);
      return loading.then((loaded) => loaded.answer(request, client));
    },
  };
}

type WebDaemonDeps = Pick<WebDeps, "logs" | "now" | "history" | "findings" | "asked"> & {
  readonly scopes: Scopes;
  /** The page works whatever [rpcinterface:x] sections there are. */
  readonly rpc: Pick<RpcService, "callBuiltIn" | "turns">;
};

/** Makes the routes of all sections: they share one page for all clients that see the same. */
function createWebRoutes(
  deps: WebDaemonDeps,
): (server: ServerConfig, asked: WebPolicy["asked"], signing: WebPolicy["signing"]) => Route {
  const pages = new WeakMap<Sources, Promise<Web>>();
  let loaded: Promise<(sources: Sources) => Web> | null = null;
  const pageOf = (sources: Sources): Promise<Web> => {
    loaded ??= loadWeb(deps);
    const page = pages.get(sources) ?? loaded.then((make) => make(sources));
    pages.set(sources, page);
    return page;
  };
  return ({ section, legacyGetActions }, asked, signing) => {
    const policy = { section, legacyGetActions, asked, signing };
    return {
      permission: ({ method, target }) => webPermission(method, target),
      answer(request, client) {
        return pageOf(deps.scopes(client)).then((web) => web.answer(request, client, policy));
      },
    };
  };
}

const decompress: Decompress = async function* (compression, source) {
  // Most logs have no compressed backups.
  const loaded = await import("../host/files/decompress.ts");
  yield* loaded.decompress(compression, source);
};

const compress = async (text: string): Promise<Uint8Array> => {
  const { gzipped } = await import("../host/files/gzip.ts");
  return await gzipped(text);
};

async function loadWeb({ scopes: _, ...deps }: WebDaemonDeps): Promise<(sources: Sources) => Web> {
  const [{ Web }, { createAssets }, secrets, { localOffsetMinutes }] = await Promise.all([
    import("../services/web/web.ts"),
    import("../host/files/assets.ts"),
    loadSecrets(),
    import("../host/time/local-time.ts"),
  ]);
  const shared = {
    ...deps,
    secrets,
    callAs: deps.rpc.callBuiltIn,
    turns: deps.rpc.turns,
    assets: createAssets(),
    ...{ compress, decompress },
    localTime: (wallMs: number) => localTime(wallMs, localOffsetMinutes(wallMs)),
    defer: (run: () => void) => void setImmediate(run),
    hostName: ownHostName(),
    version: VERSION,
  };
  return (sources) => new Web({ ...shared, ...sources });
}
