// Which handler answers a path, and the permission it requires. Paths are matched by prefix and in this order
// because Supervisor does so: /RPC2/ and /RPC2xyz are RPC too.

import { lowered } from "../../core/access/lowered.ts";
import { may, type Permission } from "../../core/access/permissions.ts";
import { type Client, hasPassed } from "../../core/access/principal.ts";
import { thrownStack } from "../../core/base/result.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { bracketed } from "../../core/net/tcp-table.ts";
import type {
  HttpHandler,
  HttpHeaders,
  HttpReply,
  HttpRequest,
  HttpServerReports,
} from "../../ports/http-server.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import type { Audit } from "./auth.ts";
import { answerRpc } from "./endpoint.ts";
import { answerApi, isApi, isCall } from "./json-api.ts";
import { answerLogTail, answerMainLogTail } from "./log-tail.ts";
import { browserPage, type ErrorStatus, errorPage, problemPage } from "./pages.ts";
import type { Sources } from "./scope.ts";
import type { RpcService } from "./service.ts";

/** A part of the paths of a server. */
export interface Route {
  /**
   * Permission that a request requires, "none" for one that every client may send; null for a request that this route does not
   * handle.
   */
  permission(request: HttpRequest): Permission | "none" | null;
  answer(request: HttpRequest, client: Client): Promise<HttpReply>;
}

interface RoutesOptions {
  readonly rpc: RpcService;
  /** What a client sees. */
  readonly scopes: (client: Client) => Pick<Sources, "supervisor" | "eventLog">;
  readonly logs: LogsApi;
  readonly log: ActivityLog;
  /** Finds out who sent a request. */
  readonly authenticate: (request: HttpRequest) => Client | Promise<Client>;
  /** Called with the client and the method of each request. */
  readonly audit: Audit;
  /** What a browser without a name is answered instead of 401; null for what others than browsers ask. */
  readonly signIn?: (request: HttpRequest) => HttpReply | null;
  /** Asked in order after the built-in paths, such as the web interface. */
  readonly routes?: readonly Route[];
}

/** Which paths there are is for those who may look. */
const ANY_PATH: Permission = "read";

const CHALLENGE: HttpHeaders = [
  ["Connection", "close"],
  ["WWW-Authenticate", 'Basic realm="default"'],
];

/** The handler of one server section. */
export function createRoutes(options: RoutesOptions): HttpHandler {
  const { authenticate, audit } = options;
  /** Asks for a password if the client has not sent the right one. */
  const denial = (request: HttpRequest, { proof }: Client): HttpReply => {
    if (proof.kind === "not-compared") return pageFor(request, 503, [["Retry-After", "1"]]);
    if (hasPassed(proof)) return pageFor(request, 403);
    const signIn = proof.kind === "missing" ? options.signIn?.(request) : null;
    return signIn ?? pageFor(request, 401, CHALLENGE);
  };
  const routes = [...builtInRoutes(options), ...(options.routes ?? [])];
  return async (request) => {
    const authenticated = await authenticate(request);
    if (authenticated.proof.kind === "wrong") await audit.refused(authenticated);
    const acting = lowered(authenticated, (name) => request.header(name));
    if (!acting.ok) return pageFor(request, acting.error);
    const client = acting.value;
    for (const route of routes) {
      const permission = route.permission(request);
      if (permission === null) continue;
      const isAllowed = permission === "none" || may(client, permission);
      return isAllowed ? route.answer(request, client) : denial(request, client);
    }
    if (!may(client, ANY_PATH)) return denial(request, client);
    return isRead(request) ? pageFor(request, 404) : errorPage(400);
  };
}

function isRead({ method }: Pick<HttpRequest, "method">): boolean {
  return method === "GET" || method === "HEAD";
}

/** The page for a status: for programs, for clients of the API, and for people. Programs in Java take HTML as well. */
function pageFor(request: HttpRequest, status: ErrorStatus, headers?: HttpHeaders) {
  const { target, header } = request;
  if (isApi(target)) return problemPage(status, headers);
  const isBrowser = isRead(request) && header("accept")?.includes("text/html") === true;
  return isBrowser ? browserPage(status, target, headers) : errorPage(status, headers);
}

function builtInRoutes(options: RoutesOptions): readonly Route[] {
  const { rpc, scopes, logs, log, audit } = options;
  return [
    // A call also needs the permission of its method.
    below("/RPC2", "read", (request, client) => answerRpc(request, client, { rpc, log, audit })),
    {
      permission: ({ target }) => (isCall(target) ? "read" : null),
      answer: (request, client) => answerApi(request, client, { rpc, log, audit }),
    },
    below("/logtail", "read", (request, client) => {
      const { supervisor, eventLog } = scopes(client);
      return answerLogTail(request, supervisor, { logs, eventLog });
    }),
    below("/mainlogtail", "configure", (request) => answerMainLogTail(request, logs)),
  ];
}

function below(prefix: string, permission: Permission, answer: Route["answer"]): Route {
  return {
    permission: ({ target }) => (target.startsWith(prefix) ? permission : null),
    answer,
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
          `${bracketed(peer.address)}:${peer.port} - - [${date}] "${requestLine}" ${status} ${bytes}`,
        );
    },
    failure(what, error) {
      const why = thrownStack(error);
      log.log("ERRO", linesOf(`HTTP server error: ${what}: ${why}`));
    },
    certificate: (level, text) => log.log(level, text),
  };
}
