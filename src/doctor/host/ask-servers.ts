// Queries control servers, all at the same time. A daemon answers in milliseconds; a server that accepts the connection but
// does not answer gets two seconds, because a busy host may be slow.

import { setTimeout as pause } from "node:timers/promises";
import { readServerUrl } from "../../core/config/server-address.ts";
import { decodeReply } from "../../core/xmlrpc/decode.ts";
import { encodeCall } from "../../core/xmlrpc/encode.ts";
import { fieldOf, isStruct, numberOf, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { httpClient } from "../../host/http/http-client.ts";
import type { HttpReplies, HttpReply, HttpTarget } from "../../ports/http-client.ts";
import { HISTORY_METHOD, POOLS_METHOD, readHistory, readPools } from "../facts/history.ts";
import type { QueriedServer, ServerQuestion } from "../facts/servers.ts";
import type {
  AnswerKind,
  KnownProgram,
  ProgramStatus,
  ServerAnswer,
  Situation,
} from "../facts/situation.ts";

const PATIENCE_MS = 2000;

const CALLS = [
  "supervisor.getPID",
  "supervisor.getSupervisorVersion",
  "supervisor.getIdentification",
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

async function askOne(question: ServerQuestion, patienceMs: number): Promise<QueriedServer> {
  const { section, url, credentials, daemonUser = null } = question;
  const failed = (kind: AnswerKind, detail: string): QueriedServer => ({
    answer: { section, url, kind, detail, daemon: null },
    programs: null,
    known: null,
  });
  const read = readServerUrl(url);
  if (!read.ok) return failed("failed", read.error);
  const bodies = CALLS.map((method) => encodeCall(method, []));
  const replies = await post({ address: read.value, credentials, daemonUser }, bodies, patienceMs);
  if (replies === null) return failed("silent", `no answer within ${patienceMs / 1000} s`);
  const { failure } = replies;
  const last = replies.replies.at(-1);
  if (last === undefined) return failed(kindOf(failure?.code ?? ""), failure?.code ?? "no reply");
  if (last.status === 401) return failed("unauthorized", "401 Unauthorized");
  const values = replies.replies.map(answeredValue);
  const daemon = daemonOf(values);
  if (daemon === null) return failed("foreign", `HTTP status ${last.status}`);
  return {
    answer: { section, url, kind: "answers", detail: daemon.stateName, daemon },
    programs: programsOf(values[5]),
    known: knownOf(values[6]),
  };
}

/** The runs and pools of a server; null for methods that it does not have. */
export async function askRuns(
  { url, credentials, daemonUser = null }: ServerQuestion,
  methods: readonly string[],
  names: readonly string[],
): Promise<Pick<Situation, "histories" | "pools">> {
  const read = readServerUrl(url);
  const hasMethods = methods.includes(HISTORY_METHOD) && methods.includes(POOLS_METHOD);
  if (!read.ok || !hasMethods) return { histories: null, pools: null };
  const bodies = names.map((name) => encodeCall(HISTORY_METHOD, [name]));
  const replies = await post({ address: read.value, credentials, daemonUser }, [
    encodeCall(POOLS_METHOD, []),
    ...bodies,
  ]);
  const [pools = null, ...answered] = (replies?.replies ?? []).map(answeredValue);
  return {
    pools: pools === null ? null : readPools(pools),
    histories: answered.flatMap((value) => (value === null ? [] : (readHistory(value) ?? []))),
  };
}

async function post(
  target: HttpTarget,
  bodies: readonly string[],
  patienceMs = PATIENCE_MS,
): Promise<HttpReplies | null> {
  const connection = httpClient.connect(target);
  const enough = new AbortController();
  const late = pause(patienceMs, null, { signal: enough.signal }).catch(() => null);
  const replies = await Promise.race([connection.post("/RPC2", bodies), late]);
  enough.abort();
  connection.close();
  return replies;
}

function kindOf(code: string): AnswerKind {
  switch (code) {
    case "ENOENT":
      return "missing";
    case "ECONNREFUSED":
      return "refused";
    case "EACCES":
    case "EPERM":
      return "denied";
    case "DISCONNECTED":
    case "BAD_REPLY":
    case "UNTRUSTED":
      return "foreign";
    default:
      return "failed";
  }
}

function answeredValue(reply: HttpReply): XmlRpcValue | null {
  if (reply.status !== 200) return null;
  const text = Buffer.from(reply.body).toString();
  const decoded = decodeReply(text);
  return decoded.kind === "value" ? decoded.value : null;
}

/** A server without the methods of supervisor still lists its methods; then only its state is unknown. */
function daemonOf(values: readonly (XmlRpcValue | null)[]): ServerAnswer["daemon"] {
  const [pid, version, identification, state, methods] = values;
  if (!Array.isArray(methods)) return null;
  const names = methods.filter((name): name is string => typeof name === "string");
  return {
    pid: typeof pid === "number" ? pid : 0,
    version: textOf(version),
    isTsv: names.some((name) => name.startsWith("tsv.")),
    identification: textOf(identification),
    stateName: textOf(fieldOf(state, "statename")),
    methods: names,
  };
}

function knownOf(value: XmlRpcValue | null | undefined): readonly KnownProgram[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((one: XmlRpcValue) => (isStruct(one) ? [one] : []));
}

function programsOf(value: XmlRpcValue | null | undefined): readonly ProgramStatus[] | null {
  if (!Array.isArray(value)) return null;
  return value.map((info: XmlRpcValue) => ({
    group: textOf(fieldOf(info, "group")),
    name: textOf(fieldOf(info, "name")),
    state: textOf(fieldOf(info, "statename")),
    pid: numberOf(fieldOf(info, "pid")),
    exitStatus: numberOf(fieldOf(info, "exitstatus")),
    spawnError: textOf(fieldOf(info, "spawnerr")),
    start: numberOf(fieldOf(info, "start")),
    stop: numberOf(fieldOf(info, "stop")),
    now: numberOf(fieldOf(info, "now")),
    description: textOf(fieldOf(info, "description")),
    stdoutLog: logPath(info, "stdout_logfile"),
    stderrLog: logPath(info, "stderr_logfile"),
  }));
}

/** Empty if the log is no file: `@stdout`, `@stderr`, `@journal`. */
function logPath(info: XmlRpcValue, field: string): string {
  const path = textOf(fieldOf(info, field));
  return path.startsWith("@") ? "" : path;
}
