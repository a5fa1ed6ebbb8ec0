// Calls of a supervisor's methods. Every failure is a value; actions report it.

import { err, ok, type Result } from "../core/base/result.ts";
import { readServerUrl } from "../core/config/server-address.ts";
import { tlsAccessOf } from "../core/net/certificates.ts";
import { decodeReply } from "../core/xmlrpc/decode.ts";
import { encodeCall } from "../core/xmlrpc/encode.ts";
import { BUSY, FAULT_CODES, type FaultName, faultText } from "../core/xmlrpc/faults.ts";
import { BYTES_TYPE } from "../core/xmlrpc/json.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import type { StartPause } from "../ports/clock.ts";
import type {
  HttpClient,
  HttpConnection,
  HttpReply,
  HttpStream,
  HttpTarget,
  Listener,
} from "../ports/http-client.ts";
import type { CallFailure } from "./failure.ts";

const RPC_PATH = "/RPC2";

export type CallResult = Result<XmlRpcValue, CallFailure>;

/** A call to make. */
export interface MethodCall {
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}

export function methodCall(method: string, ...params: readonly XmlRpcValue[]): MethodCall {
  return { method, params };
}

/** The connection of actions to a supervisor. */
export interface CtlClient {
  /** Calls one method and waits for its answer, as long as it takes. */
  call(method: string, params?: readonly XmlRpcValue[]): Promise<CallResult>;
  /**
   * Makes several calls that change nothing in one round trip. After a failed one, the rest fail alike.
   * @param isOnce they are not made again while the daemon is busy
   */
  query(calls: readonly MethodCall[], isOnce?: boolean): Promise<readonly CallResult[]>;
  /** Follows a log: `/logtail/…` or `/mainlogtail`. */
  follow(
    path: string,
    onBytes: (bytes: Uint8Array) => void,
    onHead?: (headers: ReadonlyMap<string, string>) => void,
  ): Result<HttpStream, CallFailure>;
  /** Closes the connection; the next call opens a new one. */
  close(): void;
}

/** Where and as whom to call; the shell changes it between commands (`open`, a password asked for). */
export interface CtlAccess {
  readonly serverUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Who the daemon of the configuration that named the server runs as; null or absent when it names no user. */
  readonly daemonUser?: string | null;
  /** See `HttpTarget`. */
  readonly listener?: Listener | null;
  /** Files for TLS, as in [supervisorctl]; absent or null for none. */
  readonly sslCa?: string | null;
  readonly sslCert?: string | null;
  readonly sslKey?: string | null;
  /** See `CtlOptions`. */
  readonly pinned?: string | null;
  /** See `HttpTarget`. */
  readonly largestAnswer?: number;
}

interface Waiting {
  /** Called when a daemon that should answer at once has not. */
  readonly onQuiet?: () => void;
  /** Replaces the time that each call may take. */
  readonly patienceMs?: number | undefined;
  /** Calls that change nothing are made again while the daemon is busy; without it, they fail at once. */
  readonly startPause?: StartPause;
}

/** A client that keeps one connection until `close`, to the server that `access` names at each call. */
export function createCtlClient(
  http: HttpClient,
  access: () => CtlAccess,
  waiting: Waiting = {},
): CtlClient {
  let connection: HttpConnection | null = null;

  const query = async (
    calls: readonly MethodCall[],
    isOnce = false,
  ): Promise<readonly CallResult[]> => {
    const { startPause, patienceMs = BUSY_MS } = waiting;
    const mayRepeat = !isOnce && calls.every(({ method }) => READING.test(method));
    const limit = Math.min(BUSY_MS, patienceMs);
    let [pause, spent] = [FIRST_PAUSE_MS, 0];
    for (;;) {
      const from = performance.now();
      const results = await queryOnce(calls, spent);
      spent += performance.now() - from;
      const isOver = startPause === undefined || !mayRepeat || spent >= limit;
      if (isOver || !results.some(isBusy)) return results;
      pause = Math.min(pause, limit - spent);
      await startPause(pause).over;
      spent += pause;
      pause *= 2;
    }
  };

  /** @param spent milliseconds of the patience that earlier tries have taken */
  const queryOnce = async (
    calls: readonly MethodCall[],
    spent: number,
  ): Promise<readonly CallResult[]> => {
    if (connection === null) {
      const target = targetOf(access());
      if (!target.ok) return calls.map(() => target);
      connection = http.connect(target.value);
    }
    const bodies = calls.map(({ method, params }) => encodeCall(method, params));
    const given = waiting.patienceMs;
    const patience = given === undefined ? patienceFor(calls) : Math.max(1, given - spent);
    // A call that may take long is silent for long.
    const onQuiet = patience === PATIENCE_MS ? waiting.onQuiet : undefined;
    const { replies, failure } = await connection.post(RPC_PATH, bodies, patience, onQuiet);
    const results = replies.map(readReply);
    const rest: CallResult =
      failure === null ? (results.at(-1) ?? NO_REPLY) : err({ kind: "connection", failure });
    return calls.map((_, index) => results[index] ?? rest);
  };

  return {
    query,
    call: async (method, params = []) => (await query([{ method, params }]))[0] ?? NO_REPLY,
    follow: (path, onBytes, onHead) => {
      const target = targetOf(access());
      return target.ok ? ok(http.stream(target.value, path, onBytes, onHead)) : target;
    },
    close: () => {
      connection?.close();
      connection = null;
    },
  };
}

/** Methods that change nothing. */
const READING = /^(?:supervisor|system|tsv)\.(?:get|list|method|read|tail)/;
/** How long a busy daemon is called again, and after which pause first. */
const BUSY_MS = 10_000;
const FIRST_PAUSE_MS = 250;

/** Nothing was done, because other requests need all memory for large ones. */
function isBusy(result: CallResult): boolean {
  if (result.ok) return false;
  const { error } = result;
  if (error.kind === "http") return error.status === 503;
  return error.kind === "fault" && error.text === faultText(BUSY);
}

/** Methods that answer only when programs have started, stopped or reloaded, which may take an hour. */
const WAITING =
  /^(?:supervisor\.(?:start|stop)(?:Process|ProcessGroup|AllProcesses)|tsv\.(?:apply|rollBack|restartProcess|reloadProcess))$/;
/** Supervisor's own methods; those of plugins may take as long as they like. */
const AT_ONCE = /^(?:supervisor|system|tsv)\./;
const PATIENCE_MS = 30_000;
/**
 * Methods that use another process: the dry run of an executable takes at most a minute, the upgrade another; reading a
 * configuration at most 70 seconds. A test of a receiver of alerts takes at most two minutes.
 */
const WITH_HELPERS =
  /^(?:tsv\.(?:upgrade|checkUpgrade|getUpgrade|getPlan|testReceiver)|supervisor\.(?:reloadConfig|restart))$/;
const HELPERS_PATIENCE_MS = 240_000;

/** Whether a daemon answers a method at once; others wait for programs, or for another process. */
export function isAnsweredAtOnce(method: string): boolean {
  return patienceFor([{ method, params: [] }]) === PATIENCE_MS;
}

/** Milliseconds that the server may be silent; null for ever. */
function patienceFor(calls: readonly MethodCall[]): number | null {
  const each = calls.map(({ method }) => {
    if (WITH_HELPERS.test(method)) return HELPERS_PATIENCE_MS;
    return AT_ONCE.test(method) && !WAITING.test(method) ? PATIENCE_MS : null;
  });
  return each.includes(null) ? null : Math.max(...each.map(Number));
}

const NO_REPLY: CallResult = err({
  kind: "other",
  exception: "http.client.RemoteDisconnected",
  text: "Remote end closed connection without response",
});

export function targetOf(access: CtlAccess): Result<HttpTarget, CallFailure> {
  const address = readServerUrl(access.serverUrl);
  if (!address.ok) return err({ kind: "other", exception: "ValueError", text: address.error });
  const { username, password, daemonUser = null, listener = null, pinned = null } = access;
  const { largestAnswer } = access;
  const credentials = username === null || password === null ? null : { username, password };
  const { value } = address;
  const isTls = value.kind === "tcp" && value.isTls === true;
  const tls = isTls ? { tls: tlsAccessOf(access, pinned) } : {};
  const limit = largestAnswer === undefined ? {} : { largestAnswer };
  return ok({ address: value, credentials, daemonUser, listener, ...tls, ...limit });
}

function readReply(reply: HttpReply): CallResult {
  if (reply.status !== 200) {
    return err({ kind: "http", status: reply.status, reason: reply.reason });
  }
  if (reply.type === BYTES_TYPE) return ok(reply.body);
  const text = Buffer.from(reply.body.buffer, reply.body.byteOffset, reply.body.length).toString();
  const decoded = decodeReply(text);
  switch (decoded.kind) {
    case "value":
      return ok(decoded.value);
    case "fault":
      return err({ kind: "fault", code: decoded.code, text: decoded.text });
    case "invalid":
      return err({
        kind: "other",
        exception: "xmlrpc.client.ResponseError",
        text: `the server's answer is not XML-RPC: ${decoded.reason}`,
      });
  }
}

/** The name of the fault that a call ended with; null for a value, another failure and an unknown code. */
export function faultOf(result: CallResult): FaultName | null {
  if (result.ok || result.error.kind !== "fault") return null;
  const { code } = result.error;
  const found = Object.entries(FAULT_CODES).find(([, each]) => each === code);
  return found === undefined ? null : (found[0] as FaultName);
}
