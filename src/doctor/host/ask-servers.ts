// Queries control servers, all at the same time. A daemon answers in milliseconds; a server that accepts the connection but
// does not answer gets two seconds, because a busy host may be slow.

import { ok, type Result } from "../../core/base/result.ts";
import { readServerUrl } from "../../core/config/server-address.ts";
import { isClientRefused } from "../../core/net/certificates.ts";
import { decodeHistory } from "../../core/why/program-history.ts";
import { decodeReply } from "../../core/xmlrpc/decode.ts";
import { encodeCall } from "../../core/xmlrpc/encode.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { postWithin } from "../../install/host/processes.ts";
import type { HttpReply, HttpTarget } from "../../ports/http-client.ts";
import {
  HISTORY_METHOD,
  POOLS_METHOD,
  RECEIVERS_METHOD,
  RUNS_METHOD,
  readDaemon,
  readFailing,
  readLost,
  readPools,
  readPrograms,
  structsIn,
} from "../facts/answers.ts";
import type { AnswerKind, DoctorFacts } from "../facts/doctor-facts.ts";
import type { QueriedServer, runsToAsk, ServerQuestion } from "../facts/servers.ts";

const PATIENCE_MS = 2000;

const CALLS = [
  "supervisor.getPID",
  "supervisor.getSupervisorVersion",
  "supervisor.getState",
  "system.listMethods",
  "supervisor.getAllProcessInfo",
  "supervisor.getAllConfigInfo",
] as const;

/** Queries all of them at the same time. */
export function askServers(
  questions: readonly ServerQuestion[],
  patienceMs = PATIENCE_MS,
): Promise<readonly QueriedServer[]> {
  return Promise.all(questions.map((question) => askOne(question, patienceMs)));
}

/** The pid of the daemon that answers; null if none does. */
export async function askPid(question: ServerQuestion): Promise<number | null> {
  const target = targetOf(question);
  if (!target.ok) return null;
  const bodies = [encodeCall("supervisor.getPID", [])];
  const replies = await postWithin(target.value, bodies, PATIENCE_MS);
  const [reply] = replies?.replies ?? [];
  const value = reply === undefined ? null : replyValue(reply);
  return typeof value === "number" ? value : null;
}

async function askOne(question: ServerQuestion, patienceMs: number): Promise<QueriedServer> {
  const { section, url } = question;
  const failed = (kind: AnswerKind, detail: string): QueriedServer => ({
    answer: { section, url, kind, detail, daemon: null },
    programs: null,
    known: null,
  });
  const target = targetOf(question);
  if (!target.ok) return failed("failed", target.error);
  const bodies = CALLS.map((method) => encodeCall(method, []));
  const replies = await postWithin(target.value, bodies, patienceMs);
  if (replies === null) return failed("silent", `no answer within ${patienceMs / 1000} s`);
  const last = replies.replies.at(-1);
  if (last === undefined) {
    const code = replies.failure?.code ?? "no reply";
    if (isClientRefused(code)) return failed("unauthorized", code);
    return failed(FAILURES.get(code) ?? "failed", code);
  }
  if (last.status === 401) return failed("unauthorized", "401 Unauthorized");
  const values = replies.replies.map(replyValue);
  const daemon = readDaemon(values);
  if (daemon === null) return failed("foreign", `HTTP status ${last.status}`);
  return {
    answer: { section, url, kind: "answers", detail: daemon.stateName, daemon },
    programs: readPrograms(values[4]),
    known: structsIn(values[5]),
  };
}

const UNASKED = { histories: null, pools: null, lost: null, failing: null } as const;

/** The runs, pools, dropped output and failing receivers of a server; null for methods that it does not have. */
export async function askRuns(
  server: ReturnType<typeof runsToAsk>,
): Promise<Pick<DoctorFacts, keyof typeof UNASKED>> {
  if (server === null) return UNASKED;
  const { question, methods, names } = server;
  const target = targetOf(question);
  const hasMethods = methods.includes(HISTORY_METHOD) && methods.includes(POOLS_METHOD);
  if (!target.ok || !hasMethods) return UNASKED;
  const histories = names.map((name) => encodeCall(HISTORY_METHOD, [name]));
  const others = [POOLS_METHOD, RUNS_METHOD, RECEIVERS_METHOD];
  const bodies = [...others.map((method) => encodeCall(method, [])), ...histories];
  const replies = await postWithin(target.value, bodies, PATIENCE_MS);
  const [pools, runs, receivers, ...values] = (replies?.replies ?? []).map(replyValue);
  return {
    pools: readPools(pools),
    lost: readLost(runs),
    failing: readFailing(receivers),
    histories: values.flatMap((value) => (value === null ? [] : (decodeHistory(value) ?? []))),
  };
}

function targetOf(question: ServerQuestion): Result<HttpTarget, string> {
  const { url, credentials, daemonUser = null, tls } = question;
  const read = readServerUrl(url);
  const target = { credentials, daemonUser, ...(tls === undefined ? {} : { tls }) };
  return read.ok ? ok({ address: read.value, ...target }) : read;
}

/** Kinds of failures by error code. */
const FAILURES: ReadonlyMap<string, AnswerKind> = new Map([
  ["ENOENT", "missing"],
  ["ECONNREFUSED", "refused"],
  ["EACCES", "denied"],
  ["EPERM", "denied"],
  ["DISCONNECTED", "foreign"],
  ["BAD_REPLY", "foreign"],
  ["UNTRUSTED", "foreign"],
]);

function replyValue(reply: HttpReply): XmlRpcValue | null {
  if (reply.status !== 200) return null;
  const decoded = decodeReply(Buffer.from(reply.body).toString());
  return decoded.kind === "value" ? decoded.value : null;
}
