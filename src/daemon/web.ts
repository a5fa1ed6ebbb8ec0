// The web page in the daemon: what it is made with, loaded with the first request for it. A daemon that nobody looks at
// has only the function that knows its paths.

import type { ServerConfig } from "../core/config/model.ts";
import { localTime } from "../core/logs/record.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpReply, HttpRequest } from "../ports/http-server.ts";
import type { ActivityLog, LogsApi } from "../services/logs/api.ts";
import { createRpcService } from "../services/rpc/service.ts";
import type { ChangeFeed, SupervisorApi } from "../services/supervisor/api.ts";
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
export function createWebRoutes(
  deps: WebDaemonDeps,
): (server: ServerConfig, asked: WebPolicy["asked"]) => WebRoute {
  let web: Promise<Web> | null = null;
  return ({ section, legacyGetActions }, asked) => {
    const policy = { section, legacyGetActions, asked };
    return (request) => {
      if (!isWebRequest(request.method, request.target)) return null;
      web ??= loadWeb(deps);
      return web.then((loaded) => loaded.answer(request, policy));
    };
  };
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
    now,
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
