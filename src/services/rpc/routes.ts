// Which path is answered by whom, behind one check of the password. Paths are matched by prefix and in this order
// because Supervisor does so: /RPC2/ and /RPC2xyz are RPC too.

import { thrownStack } from "../../core/base/thrown.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import type {
  HttpHandler,
  HttpReply,
  HttpRequest,
  HttpServerReports,
} from "../../ports/http-server.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import type { Audit } from "./audit.ts";
import { authorize, type Guard } from "./auth.ts";
import { answerRpc } from "./endpoint.ts";
import { answerLogTail, answerMainLogTail } from "./log-tail.ts";
import { errorPage } from "./pages.ts";
import type { RpcService } from "./service.ts";

/** Further paths, such as the web interface. A route that does not know a path answers null. */
export type Route = (request: HttpRequest) => Promise<HttpReply> | null;

export interface RoutesOptions {
  readonly rpc: RpcService;
  readonly supervisor: SupervisorApi;
  readonly logs: LogsApi;
  readonly log: ActivityLog;
  /** Who may come in, by the server section; null leaves the server open. */
  readonly guard: Guard | null;
  /** Is told who asks for what. */
  readonly audit: Audit;
  /** Asked in order after the built-in paths. */
  readonly routes?: readonly Route[];
}

const UNAUTHORIZED = errorPage(401, [
  ["Connection", "close"],
  ["WWW-Authenticate", 'Basic realm="default"'],
]);

/** The handler of one server section. */
export function createRoutes(options: RoutesOptions): HttpHandler {
  const { rpc, supervisor, logs, log, guard, audit, routes = [] } = options;
  return async (request) => {
    const authorization = authorize(guard, request.header("authorization"));
    if (authorization === "wrong") await audit.refused(request.peer);
    if (authorization !== "right") return UNAUTHORIZED;
    const { target } = request;
    if (target.startsWith("/RPC2")) return answerRpc(request, rpc, { log, audit });
    if (target.startsWith("/logtail")) return answerLogTail(request, supervisor, logs);
    if (target.startsWith("/mainlogtail")) return answerMainLogTail(request, logs);
    for (const route of routes) {
      const reply = route(request);
      if (reply !== null) return reply;
    }
    return errorPage(request.method === "GET" || request.method === "HEAD" ? 404 : 400);
  };
}

/** Sends what the HTTP server reports to the activity log: the access log at TRAC, failures at ERRO. */
export function createHttpReports(log: ActivityLog): HttpServerReports {
  return {
    exchange() {
      if (!log.enabled("TRAC")) return null;
      return ({ peer, date, requestLine, status, bytes }) =>
        log.log(
          "TRAC",
          `${peer.address}:${peer.port} - - [${date}] "${requestLine}" ${status} ${bytes}`,
        );
    },
    failure(what, error) {
      const why = thrownStack(error);
      log.log("ERRO", linesOf(`HTTP server error: ${what}: ${why}`));
    },
  };
}
