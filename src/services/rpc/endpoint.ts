// XML-RPC over HTTP: a POST to /RPC2 becomes a call, its outcome a reply. Each step is logged in Supervisor's words.

import type { Client } from "../../core/access/principal.ts";
import { free } from "../../core/base/free.ts";
import { pyRepr } from "../../core/base/py-repr.ts";
import type { Result } from "../../core/base/result.ts";
import { thrownStack } from "../../core/base/thrown.ts";
import type { Turns } from "../../core/base/turns.ts";
import { inTurns } from "../../core/base/turns.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { changesIn } from "../../core/web/audit.ts";
import {
  type CallError,
  decodeCallInSteps,
  type MethodCall,
} from "../../core/xmlrpc/decode-call.ts";
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
/** While they are decoded, larger requests take many times their size. */
const LARGE_BYTES = 64 * 1024;
/** Garbage that decoding leaves, for each byte of a body of many small elements. */
const GARBAGE_PER_BYTE = 16;

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
  const turns = rpc.startTurns();
  const pause = turns.pause();
  if (pause !== null) await pause;
  const decoded = await decode(body.value, rpc, turns);
  if (decoded === null) return refuse(log, "(not shown)", "unmarshallable (not UTF-8)");
  const { xml, call } = decoded;
  if (!call.ok) return refuse(log, shown(xml), whyRefused(call.error));
  for (const what of changesIn(call.value)) audit.asked(client, what);
  try {
    const work = workOf(client, request, turns);
    const outcome = await perform(call.value, rpc, work, log);
    const wantsJson = request.header("accept")?.includes(JSON_TYPE) === true;
    const reply = await replyTo(outcome, wantsJson, work);
    if (reply.kind === "parts") rpc.madeText(reply.length);
    return reply;
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

interface Decoded {
  readonly xml: Shown;
  readonly call: Result<MethodCall, CallError>;
}

/** Null for what is no text. */
function decode(bytes: Uint8Array, rpc: RpcService, turns: Turns): Promise<Decoded | null> {
  const work = async (): Promise<Decoded | null> => {
    const xml = await inTurns(decodeXmlText(bytes), turns);
    if (xml === null) return null;
    free(bytes);
    return { xml: startOf(xml), call: await inTurns(decodeCallInSteps(xml), turns) };
  };
  if (bytes.length <= LARGE_BYTES) return work();
  const { length } = bytes;
  return rpc.decoding.pass(work).finally(() => rpc.madeText(length * GARBAGE_PER_BYTE));
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
interface Shown {
  readonly start: string;
  /** Characters that are not shown. */
  readonly more: number;
}

/** @param xml in pieces, each longer than what is shown but for the last */
function startOf(xml: readonly string[]): Shown {
  const length = xml.reduce((sum, piece) => sum + piece.length, 0);
  const start = (xml[0] ?? "").slice(0, MAX_LOGGED);
  return { start, more: length - start.length };
}

function shown({ start, more }: Shown): string {
  return more === 0 ? pyRepr(start) : `${pyRepr(start)} (and ${more} characters more)`;
}
