// XML-RPC over HTTP: a POST to /RPC2 becomes a call, its outcome a reply. Each step is logged in Supervisor's words.

import type { Client } from "../../core/access/principal.ts";
import { pyRepr } from "../../core/base/py-repr.ts";
import { thrownStack } from "../../core/base/result.ts";
import { atOnce } from "../../core/base/turns.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { changesIn } from "../../core/web/audit.ts";
import { type CallError, decodeCall, type MethodCall } from "../../core/xmlrpc/decode-call.ts";
import { FAULT_CODES, faultText } from "../../core/xmlrpc/faults.ts";
import { JSON_TYPE } from "../../core/xmlrpc/json.ts";
import { decodeXmlText } from "../../core/xmlrpc/xml-text.ts";
import type { BodyFailure, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { ActivityLog } from "../logs/api.ts";
import { replyTo } from "./answer.ts";
import type { Audit } from "./audit.ts";
import type { Outcome } from "./method.ts";
import { errorPage } from "./pages.ts";
import { type RequestWork, workOf } from "./request-work.ts";
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
  const xml = atOnce(decodeXmlText(body.value))?.join("") ?? null;
  if (xml === null) return refuse(log, "(not shown)", "unmarshallable (not UTF-8)");
  const call = decodeCall(xml);
  if (!call.ok) return refuse(log, shown(xml), whyRefused(call.error));
  for (const what of changesIn(call.value)) audit.asked(client, what);
  try {
    const work = workOf(client, request, rpc.turns);
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
  switch (failure) {
    case "too large":
      return errorPage(413);
    case "timed out":
      return errorPage(408);
    case "no room":
      return errorPage(503, [["Retry-After", "5"]]);
    case "aborted":
      return errorPage(400);
  }
}

/** What the log shows of a request. */
function shown(xml: string): string {
  const more = xml.length - MAX_LOGGED;
  return more <= 0
    ? pyRepr(xml)
    : `${pyRepr(xml.slice(0, MAX_LOGGED))} (and ${more} characters more)`;
}
