// The web page in the daemon: what it is made with, loaded with the first request for it. A daemon without visitors
// has only the function that knows its paths.

import type { ServerConfig } from "../core/config/model.ts";
import { localTime } from "../core/logs/record.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventReader } from "../services/event-log/api.ts";
import type { LogsApi } from "../services/logs/api.ts";
import type { Route } from "../services/rpc/routes.ts";
import type { RpcService } from "../services/rpc/service.ts";
import type { SupervisorApi } from "../services/supervisor/api.ts";
import type { UsageApi } from "../services/usage/api.ts";
import type { WebPolicy } from "../services/web/deps.ts";
import { webPermission } from "../services/web/paths.ts";
import type { Web } from "../services/web/web.ts";
import { VERSION } from "../version.ts";

interface WebDaemonDeps {
  readonly supervisor: SupervisorApi;
  readonly logs: LogsApi;
  readonly eventLog: EventReader;
  readonly usage: UsageApi;
  /** The page works whatever [rpcinterface:x] sections there are. */
  readonly rpc: Pick<RpcService, "callBuiltIn" | "turns">;
  readonly now: Clock["now"];
}

/** Makes the routes of all sections: they share one page. */
export function createWebRoutes(
  deps: WebDaemonDeps,
): (server: ServerConfig, asked: WebPolicy["asked"]) => Route {
  let web: Promise<Web> | null = null;
  return ({ section, legacyGetActions }, asked) => {
    const policy = { section, legacyGetActions, asked };
    return {
      permission: ({ method, target }) => webPermission(method, target),
      answer(request, client) {
        web ??= loadWeb(deps);
        return web.then((loaded) => loaded.answer(request, client, policy));
      },
    };
  };
}

async function loadWeb(deps: WebDaemonDeps): Promise<Web> {
  const { supervisor, logs, eventLog, usage, rpc, now } = deps;
  const [{ Web }, { createAssets }, { createSecrets }] = await Promise.all([
    import("../services/web/web.ts"),
    import("../host/files/assets.ts"),
    import("../host/system/secrets.ts"),
  ]);
  const { localOffsetMinutes } = await import("../host/time/local-time.ts");
  const { ownHostName } = await import("../host/system/own-names.ts");
  return new Web({
    supervisor,
    logs,
    eventLog,
    usage,
    callAs: rpc.callBuiltIn,
    turns: rpc.turns,
    assets: createAssets(),
    secrets: createSecrets(),
    now,
    localTime: (wallMs) => localTime(wallMs, localOffsetMinutes(wallMs)),
    defer: (run) => void setImmediate(run),
    hostName: ownHostName(),
    version: VERSION,
  });
}
