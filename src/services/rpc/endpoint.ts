// XML-RPC over HTTP: a POST to /RPC2 becomes a call, its outcome a reply. The activity log tells each step in the words
// that Supervisor's log has for it.

import { pyRepr } from "../../core/base/py-repr.ts";
import { thrownStack } from "../../core/base/thrown.ts";
import { type CallError, decodeCall, type MethodCall } from "../../core/xmlrpc/decode-call.ts";
import { encodeFault, encodeResponse } from "../../core/xmlrpc/encode.ts";
import { FAULT_CODES, faultText } from "../../core/xmlrpc/faults.ts";
import { encodeJsonFault, encodeJsonValue, JSON_TYPE } from "../../core/xmlrpc/json.ts";
import { decodeXmlText } from "../../core/xmlrpc/xml-text.ts";
import type { BodyFailure, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { Outcome } from "./method.ts";
import { errorPage } from "./pages.ts";
import type { RpcService } from "./service.ts";

/** A request in the log is for a person to look at; megabytes of it would only push out what matters. */
const MAX_LOGGED = 2000;

/** Answers requests for `/RPC2`. */
export async function answerRpc(
  request: HttpRequest,
  rpc: RpcService,
  log: ActivityLog,
): Promise<HttpReply> {
  if (request.method !== "POST") return errorPage(400);
  const length = request.header("content-length");
  if (length === null && request.header("transfer-encoding") === null) return errorPage(411);
  // Supervisor hangs on this one; no call can be that short.
  if (length !== null && Number(length) === 0) return errorPage(400);
  const body = await request.body();
  if (!body.ok) return bodyFailure(body.error);
  const xml = decodeXmlText(body.value);
  if (xml === null) return refuse(log, "(not shown)", "unmarshallable (not UTF-8)");
  const call = decodeCall(xml);
  if (!call.ok) return refuse(log, shown(xml), whyRefused(call.error));
  try {
    const outcome = await perform(call.value, rpc, log);
    const wantsJson = request.header("accept")?.includes(JSON_TYPE) === true;
    return wantsJson ? jsonReply(outcome) : xmlReply(outcome);
  } catch (error) {
    const what = thrownStack(error);
    log.log(
      "CRIT",
      `Handling XML-RPC request with data ${shown(xml)} raised an unexpected exception: ${what}`,
    );
    return errorPage(500);
  }
}

async function perform(
  { method, params }: MethodCall,
  rpc: RpcService,
  log: ActivityLog,
): Promise<Outcome> {
  const trace = log.enabled("TRAC");
  if (trace) log.log("TRAC", `XML-RPC method called: ${method}()`);
  const outcome = await rpc.call(method, params);
  if (trace) log.log("TRAC", `XML-RPC method ${method}() returned ${describe(outcome)}`);
  return outcome;
}

function describe(outcome: Outcome): string {
  if (outcome.ok) return "successfully";
  return `fault: [${FAULT_CODES[outcome.error.name]}] ${faultText(outcome.error)}`;
}

function xmlReply(outcome: Outcome): HttpReply {
  const body = outcome.ok
    ? encodeResponse(outcome.value)
    : encodeFault(FAULT_CODES[outcome.error.name], faultText(outcome.error));
  return { kind: "whole", status: 200, headers: [["Content-Type", "text/xml"]], body };
}

function jsonReply(outcome: Outcome): HttpReply {
  const body = outcome.ok ? encodeJsonValue(outcome.value) : encodeJsonFault(outcome.error);
  return { kind: "whole", status: 200, headers: [["Content-Type", JSON_TYPE]], body };
}

function refuse(log: ActivityLog, data: string, why: string): HttpReply {
  log.log("ERRO", `XML-RPC request data ${data} is invalid: ${why}`);
  return errorPage(400);
}

/** Supervisor has the word alone; what is wrong with the document is for whoever writes the client. */
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

function shown(xml: string): string {
  if (xml.length <= MAX_LOGGED) return pyRepr(xml);
  return `${pyRepr(xml.slice(0, MAX_LOGGED))} (and ${xml.length - MAX_LOGGED} characters more)`;
}
