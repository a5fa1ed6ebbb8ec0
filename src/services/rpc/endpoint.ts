// XML-RPC over HTTP: a POST to /RPC2 becomes a call, its outcome a reply. Each step is logged in Supervisor's words. Large
// replies are written in parts, with other work in between: no answer may delay the daemon or be in memory twice.

import type { Client } from "../../core/access/principal.ts";
import { pyRepr } from "../../core/base/py-repr.ts";
import { thrownStack } from "../../core/base/result.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { changesIn } from "../../core/web/audit.ts";
import { type CallError, decodeCall, type MethodCall } from "../../core/xmlrpc/decode.ts";
import { encodeFault, responseParts } from "../../core/xmlrpc/encode.ts";
import { FAULT_CODES, type Fault, faultText } from "../../core/xmlrpc/faults.ts";
import { BYTES_TYPE, encodeJsonFault, JSON_TYPE, jsonParts } from "../../core/xmlrpc/json.ts";
import type { Parts } from "../../core/xmlrpc/parts.ts";
import { decodeXmlText } from "../../core/xmlrpc/xml.ts";
import type { BodyFailure, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { Audit } from "./auth.ts";
import { type Outcome, type RequestWork, workOf } from "./method.ts";
import { errorPage } from "./pages.ts";
import type { RpcService } from "./service.ts";

/** A request in the log is for a person to look at; megabytes of it would only push out what matters. */
const MAX_LOGGED = 2000;

/** Answers requests for `/RPC2`. */
export async function answerRpc(
  request: HttpRequest,
  client: Client,
  rpc: RpcService,
  { log, audit }: { readonly log: ActivityLog; readonly audit: Audit },
): Promise<HttpReply> {
  if (request.method !== "POST") return errorPage(400);
  const length = request.header("content-length");
  if (length === null && request.header("transfer-encoding") === null) return errorPage(411);
  // Supervisor hangs on this one; no call can be that short.
  if (length !== null && Number(length) === 0) return errorPage(400);
  const body = await request.body();
  if (!body.ok) return bodyFailure(body.error);
  const pause = rpc.turns.pause();
  if (pause !== null) await pause;
  const xml = decodeXmlText(body.value);
  if (xml === null) return refuse(log, "(not shown)", "unmarshallable (not UTF-8)");
  const call = decodeCall(xml);
  if (!call.ok) return refuse(log, shown(xml), whyRefused(call.error));
  for (const what of changesIn(call.value)) audit.asked(client, what);
  try {
    const work = workOf(client, request, rpc.turns, (method) => audit.denied(client, method));
    const outcome = await perform(call.value, rpc, work, log);
    const wantsJson = request.header("accept")?.includes(JSON_TYPE) === true;
    return await replyTo(outcome, wantsJson, work);
  } catch (error) {
    const data = shown(xml);
    const what = thrownStack(error);
    log.log(
      "CRIT",
      linesOf(`Handling XML-RPC request with data ${data} raised an unexpected exception: ${what}`),
    );
    return errorPage(500);
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

function bodyFailure(failure: BodyFailure): HttpReply {
  if (failure === "no room") return errorPage(503, [["Retry-After", "5"]]);
  return errorPage(({ "too large": 413, "timed out": 408, aborted: 400 } as const)[failure]);
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
  wantsJson: boolean,
  work: RequestWork,
): Promise<HttpReply> {
  if (!outcome.ok) return faultReply(outcome.error, wantsJson);
  if (wantsJson && outcome.value instanceof Uint8Array) {
    const headers = [["Content-Type", BYTES_TYPE]] as const;
    return { kind: "whole", status: 200, headers, body: outcome.value, isLent: false };
  }
  const begin = (): Parts => (wantsJson ? jsonParts(outcome.value) : responseParts(outcome.value));
  const parts = begin();
  const first = parts.next() ?? "";
  if (parts.isDone) return { ...replyHead(wantsJson), kind: "whole", body: first };
  const refused = await work.reserve(Number.POSITIVE_INFINITY);
  if (refused !== null) return faultReply(refused, wantsJson);
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
    ...replyHead(wantsJson),
    kind: "parts",
    length,
    async next() {
      if (kept !== null) return kept.shift() ?? null;
      const pause = work.pause();
      if (pause !== null) await pause;
      const part = again.next();
      return part === null ? null : ENCODER.encode(part);
    },
  };
}

function replyHead(
  wantsJson: boolean,
): Pick<Extract<HttpReply, { kind: "whole" }>, "status" | "headers"> {
  return { status: 200, headers: [["Content-Type", wantsJson ? JSON_TYPE : "text/xml"]] };
}

function faultReply(fault: Fault, wantsJson: boolean): HttpReply {
  const body = wantsJson
    ? encodeJsonFault(fault)
    : encodeFault(FAULT_CODES[fault.name], faultText(fault));
  return { ...replyHead(wantsJson), kind: "whole", body };
}
