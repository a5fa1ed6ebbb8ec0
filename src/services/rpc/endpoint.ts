// XML-RPC over HTTP: a POST to /RPC2 becomes a call, its outcome a reply. Each step is logged in Supervisor's words. Large
// replies are written in parts, with other work in between: no answer may delay the daemon or be in memory twice. The JSON API
// has its calls answered here too.

import type { Client } from "../../core/access/principal.ts";
import { pyRepr } from "../../core/base/py-repr.ts";
import { err, type Result, thrownStack } from "../../core/base/result.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { changesIn } from "../../core/web/audit.ts";
import { type CallError, decodeCall, type MethodCall } from "../../core/xmlrpc/decode.ts";
import { encodeFault, responseParts } from "../../core/xmlrpc/encode.ts";
import { FAULT_CODES, type Fault, faultText } from "../../core/xmlrpc/faults.ts";
import { BYTES_TYPE, encodeJsonFault, JSON_TYPE, jsonParts } from "../../core/xmlrpc/json.ts";
import type { Parts } from "../../core/xmlrpc/parts.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { decodeXmlText } from "../../core/xmlrpc/xml.ts";
import type { BodyFailure, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { Audit } from "./auth.ts";
import { type Outcome, type RequestWork, workOf } from "./method.ts";
import { errorPage } from "./pages.ts";
import type { RpcService } from "./service.ts";

/** A request in the log is for a person to look at; megabytes of it would only push out what matters. */
const MAX_LOGGED = 2000;

/** What requests are answered with, and where it is told. */
export interface EndpointDeps {
  readonly rpc: RpcService;
  readonly log: ActivityLog;
  readonly audit: Audit;
}

/** How answers are written. */
export interface AnswerFormat {
  readonly type: string;
  /** The type of an answer that is bytes, which are sent as they are; null: they are written as other values are. */
  readonly bytesType: string | null;
  readonly parts: (value: XmlRpcValue) => Parts;
  readonly fault: (fault: Fault) => HttpReply;
  /** The reply to a request that is no call. */
  readonly page: typeof errorPage;
}

export const XML: AnswerFormat = {
  ...{ type: "text/xml", bytesType: null, parts: responseParts, page: errorPage },
  fault: (of) => whole("text/xml", encodeFault(FAULT_CODES[of.name], faultText(of))),
};

/** Of a client that accepts it: tsv's own ctl. */
export const JSON_FORMAT: AnswerFormat = {
  ...{ type: JSON_TYPE, bytesType: BYTES_TYPE, parts: jsonParts, page: errorPage },
  fault: (of) => whole(JSON_TYPE, encodeJsonFault(of)),
};

/** Answers requests for `/RPC2`. */
export async function answerRpc(
  request: HttpRequest,
  client: Client,
  deps: EndpointDeps,
): Promise<HttpReply> {
  const { rpc, log } = deps;
  if (request.method !== "POST") return errorPage(400);
  const length = request.header("content-length");
  if (length === null && request.header("transfer-encoding") === null) return errorPage(411);
  // Supervisor hangs on this one; no call can be that short.
  if (length !== null && Number(length) === 0) return errorPage(400);
  const body = await readBody(request, rpc, errorPage);
  if (!body.ok) return body.error;
  const xml = decodeXmlText(body.value);
  if (xml === null) return refuse(log, "(not shown)", "unmarshallable (not UTF-8)");
  const call = decodeCall(xml);
  if (!call.ok) return refuse(log, shown(xml), whyRefused(call.error));
  const wantsJson = request.header("accept")?.includes(JSON_TYPE) === true;
  const told = () => `XML-RPC request with data ${shown(xml)}`;
  return await answerCall(request, client, deps, {
    call: call.value,
    format: wantsJson ? JSON_FORMAT : XML,
    told,
  });
}

/** The body of a request, or the reply if it cannot be read. */
export async function readBody(
  request: HttpRequest,
  { turns }: Pick<RpcService, "turns">,
  page: AnswerFormat["page"],
): Promise<Result<Uint8Array, HttpReply>> {
  const body = await request.body();
  if (!body.ok) return err(bodyFailure(body.error, page));
  const pause = turns.pause();
  if (pause !== null) await pause;
  return body;
}

/** Makes a call and answers with its outcome. `told` describes the request, for the log. */
export async function answerCall(
  request: HttpRequest,
  client: Client,
  { rpc, log, audit }: EndpointDeps,
  {
    call,
    format,
    told,
  }: { readonly call: MethodCall; readonly format: AnswerFormat; readonly told: () => string },
): Promise<HttpReply> {
  for (const what of changesIn(call)) audit.asked(client, what);
  try {
    const work = workOf(client, request, rpc.turns, (method) => audit.denied(client, method));
    const outcome = await perform(call, rpc, work, log);
    return await replyTo(outcome, format, work);
  } catch (error) {
    const what = thrownStack(error);
    log.log("CRIT", linesOf(`Handling ${told()} raised an unexpected exception: ${what}`));
    return format.page(500);
  }
}

async function perform(
  { method, params }: MethodCall,
  rpc: RpcService,
  work: RequestWork,
  log: ActivityLog,
): Promise<Outcome> {
  const trace = log.enabled("TRAC");
  if (trace) log.log("TRAC", `XML-RPC method called: ${method}()`);
  const outcome = await rpc.call(method, params, work);
  if (trace) log.log("TRAC", `XML-RPC method ${method}() returned ${describe(outcome)}`);
  return outcome;
}

function describe(outcome: Outcome): string {
  if (outcome.ok) return "successfully";
  return `fault: [${FAULT_CODES[outcome.error.name]}] ${faultText(outcome.error)}`;
}

function refuse(log: ActivityLog, data: string, why: string): HttpReply {
  log.log("ERRO", `XML-RPC request data ${data} is invalid: ${why}`);
  return errorPage(400);
}

/** Supervisor logs only the word; the reason is for the author of the client. */
function whyRefused({ kind, reason }: CallError): string {
  return kind === "unmarshallable" ? `${kind} (${reason})` : kind;
}

function bodyFailure(failure: BodyFailure, page: AnswerFormat["page"]): HttpReply {
  if (failure === "no room") return page(503, [["Retry-After", "5"]]);
  return page(({ "too large": 413, "timed out": 408, aborted: 400 } as const)[failure]);
}

/** What the log shows of a request. */
function shown(xml: string): string {
  const more = xml.length - MAX_LOGGED;
  return more <= 0
    ? pyRepr(xml)
    : `${pyRepr(xml.slice(0, MAX_LOGGED))} (and ${more} characters more)`;
}

/** How much is kept as it was written while the length is found out. More than that is written a second time. */
const KEPT_BYTES = 1024 * 1024;

const ENCODER = new TextEncoder();

/**
 * The reply to a call.
 * @remarks Content-Length is always there, since some clients of Supervisor cannot read a reply without it.
 */
export async function replyTo(
  outcome: Outcome,
  format: AnswerFormat,
  work: RequestWork,
): Promise<HttpReply> {
  if (!outcome.ok) return format.fault(outcome.error);
  if (format.bytesType !== null && outcome.value instanceof Uint8Array) {
    return { ...whole(format.bytesType, outcome.value), isLent: false };
  }
  const begin = (): Parts => format.parts(outcome.value);
  const parts = begin();
  const first = parts.next() ?? "";
  if (parts.isDone) return whole(format.type, first);
  const refused = await work.reserve(Number.POSITIVE_INFINITY);
  if (refused !== null) return format.fault(refused);
  let kept: Uint8Array[] | null = [];
  let length = 0;
  for (let part: string | null = first; part !== null; part = parts.next()) {
    const bytes = ENCODER.encode(part);
    length += bytes.length;
    if (length > KEPT_BYTES) kept = null;
    kept?.push(bytes);
    const pause = work.pause();
    if (pause !== null) await pause;
  }
  const again = begin();
  return {
    ...{ kind: "parts", status: 200, headers: [["Content-Type", format.type]], length },
    async next() {
      if (kept !== null) return kept.shift() ?? null;
      const pause = work.pause();
      if (pause !== null) await pause;
      const part = again.next();
      return part === null ? null : ENCODER.encode(part);
    },
  };
}

function whole(type: string, body: string | Uint8Array): Extract<HttpReply, { kind: "whole" }> {
  return { kind: "whole", status: 200, headers: [["Content-Type", type]], body };
}
