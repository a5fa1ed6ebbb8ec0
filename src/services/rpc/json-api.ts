// The JSON API: `/api/v1/NAME` calls the method NAME of the table, by POST with an object of parameters, or by GET if it only reads.
// A POST needs the content type of JSON: pages of other sites cannot send it without asking the server first, and it never agrees.

import { deniedText, may } from "../../core/access/permissions.ts";
import type { Client } from "../../core/access/principal.ts";
import { fromJson, fromQuery } from "../../core/api/given.ts";
import { API_PATH, isQuery, openApi } from "../../core/api/openapi.ts";
import { PROBLEMS, PROBLEMS_PATH, problemFor, problemOf } from "../../core/api/problems.ts";
import { inOrder } from "../../core/api/signature.ts";
import { err, type Result } from "../../core/base/result.ts";
import { type Fault, type FaultName, fault } from "../../core/xmlrpc/faults.ts";
import { BYTES_TYPE, plainJsonParts } from "../../core/xmlrpc/json.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { decodeXmlText } from "../../core/xmlrpc/xml.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import { type AnswerFormat, answerCall, type EndpointDeps, readBody } from "./endpoint.ts";
import type { Method } from "./method.ts";
import { problemPage, problemReply } from "./pages.ts";
import type { RpcService } from "./service.ts";

const JSON_TYPE = "application/json";

/** Whether a target is one of the API. */
export function isApi(target: string): boolean {
  return /^\/api\/v1(?:[/?#]|$)/.test(target);
}

/** Whether it is answered here, and not by a stream. */
export function isCall(target: string): boolean {
  return isApi(target) && !/^\/api\/v1\/events(?:[?#]|$)/.test(target);
}

const FORMAT: AnswerFormat = {
  ...{ type: JSON_TYPE, bytesType: BYTES_TYPE, parts: plainJsonParts },
  ...{ fault: faultReply, page: problemPage },
};

/** Answers requests for `/api/v1`. */
export async function answerApi(
  request: HttpRequest,
  client: Client,
  deps: EndpointDeps,
): Promise<HttpReply> {
  const { rpc, audit } = deps;
  const isRead = request.method === "GET" || request.method === "HEAD";
  const path = (request.target.split(/[?#]/, 1)[0] ?? "").slice(API_PATH.length).replace(/\/$/, "");
  const document = documentAt(path, rpc);
  if (document !== null) return isRead ? jsonReply(document) : notAllowed("GET, HEAD");
  const name = path.slice(1);
  const method = rpc.find(name);
  if (method === null) return faultReply(fault("UNKNOWN_METHOD", `there is no method ${name}`));
  const { permission } = method;
  if (!may(client, permission)) {
    audit.denied(client, name);
    return faultReply(fault("FAILED", deniedText(permission)));
  }
  const allowed = isQuery(method) ? "GET, HEAD, POST" : "POST";
  if (!isRead && request.method !== "POST") return notAllowed(allowed);
  if (isRead && !isQuery(method)) return notAllowed(allowed);
  const params = isRead ? paramsOf(method, request.target) : await paramsIn(request, method, rpc);
  if (!params.ok) return params.error;
  const call = { method: name, params: params.value };
  return await answerCall(request, client, deps, {
    ...{ call, format: FORMAT },
    told: () => `the API request for ${name}`,
  });
}

/** What is served beside methods; null for nothing. */
function documentAt(path: string, rpc: RpcService): string | null {
  if (path === "") return INDEX;
  if (path === "/openapi.json") return openApiOf(rpc);
  const problem = `${API_PATH}${path}`.startsWith(PROBLEMS_PATH)
    ? path.slice(path.lastIndexOf("/") + 1)
    : "";
  return isFault(problem) ? JSON.stringify(problemOf(problem)) : null;
}

function isFault(name: string): name is FaultName {
  return Object.hasOwn(PROBLEMS, name);
}

const INDEX = JSON.stringify({
  openapi: `${API_PATH}/openapi.json`,
  methods: `${API_PATH}/system.listMethods`,
  state: `${API_PATH}/supervisor.getState`,
  processes: `${API_PATH}/supervisor.getAllProcessInfo`,
  events: `${API_PATH}/events`,
});

/** The table does not change while a service is there. */
const documents = new WeakMap<RpcService, string>();

function openApiOf(rpc: RpcService): string {
  const made = documents.get(rpc);
  if (made !== undefined) return made;
  const operations = rpc.methodNames().flatMap((name) => {
    const method = rpc.find(name);
    return method === null ? [] : [{ ...method, name }];
  });
  const text = JSON.stringify(openApi(operations));
  documents.set(rpc, text);
  return text;
}

type Values = Result<readonly XmlRpcValue[], HttpReply>;

function paramsOf({ params }: Method, target: string): Values {
  const given = fromQuery(params ?? [], target);
  const values = given.ok ? inOrder(params, given.value) : given;
  return values.ok ? values : wrong(values.error);
}

async function paramsIn(
  request: HttpRequest,
  { params }: Method,
  rpc: RpcService,
): Promise<Values> {
  const type = request.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== JSON_TYPE) {
    return err(problemPage(415, [["Accept-Post", JSON_TYPE]], `Content-Type must be ${JSON_TYPE}`));
  }
  const body = await readBody(request, rpc, problemPage);
  if (!body.ok) return body;
  const text = decodeXmlText(body.value);
  const given = text === null ? err("the body is not UTF-8") : fromJson(text);
  const values = given.ok ? inOrder(params, given.value) : given;
  return values.ok ? values : wrong(values.error);
}

function wrong(why: string): Result<never, HttpReply> {
  return err(faultReply(fault("INCORRECT_PARAMETERS", why)));
}

function faultReply(of: Fault): HttpReply {
  const problem = problemFor(of);
  return problemReply(problem, problem.status === 503 ? [["Retry-After", "1"]] : []);
}

function notAllowed(methods: string): HttpReply {
  return problemPage(405, [["Allow", methods]], `${methods} is answered here`);
}

function jsonReply(body: string): HttpReply {
  return { kind: "whole", status: 200, headers: [["Content-Type", JSON_TYPE]], body };
}
