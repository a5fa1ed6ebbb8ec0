// The web page in the daemon: what it is made with, loaded with the first request for it. A daemon that nobody looks at
// has only the function that knows its paths.

import { hostname } from "node:os";
import type { ServerConfig } from "../core/config/model.ts";
import { localTime } from "../core/logs/record.ts";
import { isForeign, isTrustedHost, requestOrigin } from "../core/web/origin.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpReply, HttpRequest } from "../ports/http-server.ts";
import type { ActivityLog, LogsApi } from "../services/logs/api.ts";
import { createRpcService } from "../services/rpc/service.ts";
import type { SupervisorApi } from "../services/supervisor/api.ts";
import type { ChangeFeed } from "../services/web/api.ts";
import type { WebPolicy } from "../services/web/deps.ts";
import { isWebRequest } from "../services/web/paths.ts";
import type { Web } from "../services/web/web.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";

export interface WebDaemonDeps {
  readonly supervisor: SupervisorApi;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly changes: ChangeFeed;
  readonly now: Clock["now"];
}

/** Answers for one server section; null for what is not the web page's. */
export type WebRoute = (request: HttpRequest) => Promise<HttpReply> | null;

/** Makes the routes of all sections: they share one page. */
export function createWebRoutes(deps: WebDaemonDeps): (server: ServerConfig) => WebRoute {
  let web: Promise<Web> | null = null;
  return (server) => {
    const policy = policyOf(server);
    return (request) => {
      if (!isWebRequest(request.method, request.target)) return null;
      web ??= loadWeb(deps);
      return web.then((loaded) => loaded.answer(request, policy));
    };
  };
}

const FOREIGN_CALL = refusal("A page of another site may not call methods.\n");
const STRANGE_CALL = refusal(
  "Anybody could have made this name point to this host, and no password is asked for: use the host's address or own " +
    "name, or set username and password.\n",
);

function refusal(body: string): HttpReply {
  const headers = [["Content-Type", "text/plain;charset=utf-8"]] as const;
  return { kind: "whole", status: 403, headers, body };
}

/**
 * Refuses RPC calls that pages make a browser send: those of another site, with the visitor's password for all we know,
 * and those of a site whose name was made to point here.
 * @remarks Clients of RPC are programs, and send none of the headers that tell; a browser always does.
 */
export function refuseForeignCalls(
  server: ServerConfig,
): (request: HttpRequest) => HttpReply | null {
  const { ownNames } = policyOf(server);
  return (request) => {
    if (!request.target.startsWith("/RPC2")) return null;
    const from = requestOrigin((name) => request.header(name));
    if (isForeign(from)) return FOREIGN_CALL;
    const isBrowser = from.origin !== null || from.fetchSite !== null;
    const isStrange = ownNames !== null && !isTrustedHost(from.host, ownNames);
    return isBrowser && isStrange ? STRANGE_CALL : null;
  };
}

/** With a password nobody can make use of a name of his own for this host: browsers do not know the password for it. */
function policyOf(server: ServerConfig): WebPolicy {
  const { section, legacyGetActions } = server;
  const isOpen = server.kind === "inet" && server.credentials === null;
  const ownNames = server.kind === "inet" ? [hostname(), server.host] : [];
  return { section, legacyGetActions, ownNames: isOpen ? ownNames : null };
}

async function loadWeb(deps: WebDaemonDeps): Promise<Web> {
  const { supervisor, logs, changes, activity, now } = deps;
  const [{ Web }, { createAssets }, { createProcessStats }, { createRepeater }, { createSecrets }] =
    await Promise.all([
      import("../services/web/web.ts"),
      import("../host/files/assets.ts"),
      import("../host/processes/process-stats.ts"),
      import("../host/time/repeater.ts"),
      import("../host/system/secrets.ts"),
    ]);
  const { localOffsetMinutes } = await import("../host/time/local-time.ts");
  // Of its own: the page works whatever [rpcinterface:x] sections there are.
  const rpc = createRpcService({
    supervisor,
    logs,
    pid: process.pid,
    version: SUPERVISOR_VERSION,
    namespaces: ["supervisor"],
  });
  return new Web({
    supervisor,
    logs,
    changes,
    call: rpc.call,
    assets: createAssets(),
    stats: createProcessStats(),
    repeater: createRepeater((error) => {
      activity.log("ERRO", `looking at what programs use failed: ${String(error)}`);
    }),
    secrets: createSecrets(),
    now,
    localTime: (wallMs) => localTime(wallMs, localOffsetMinutes(wallMs)),
    defer: (run) => void setImmediate(run),
    version: VERSION,
  });
}
