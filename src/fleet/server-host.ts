// A host whose daemon is reached at a server: by HTTP, with or without TLS, or at a unix socket.

import type { Result } from "../core/base/result.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import { type CallResult, type CtlAccess, type CtlClient, createCtlClient } from "../ctl/client.ts";
import type { CallFailure } from "../ctl/failure.ts";
import { httpClient } from "../host/http/http-client.ts";
import { startLimit } from "../host/time/limited-task.ts";
import { startPause } from "../host/time/pause.ts";
import type { HttpStream } from "../ports/http-client.ts";
import type { Host } from "./host.ts";

/** Of an answer, in bytes: what a daemon with thousands of programs answers, and no more of others. */
const LARGEST_ANSWER = 8 * 1024 * 1024;

/** The connections to a server. */
export class ServerLink implements Pick<Host, "call" | "stream" | "close"> {
  readonly #access: () => Result<CtlAccess, CallFailure>;
  /** Those that are used. */
  readonly #clients = new Set<CtlClient>();
  readonly #idle: CtlClient[] = [];
  readonly #streams = new Set<HttpStream>();

  /** @param access is asked before each call: it may need a file */
  constructor(access: () => Result<CtlAccess, CallFailure>) {
    this.#access = access;
  }

  async call(
    method: string,
    params: readonly XmlRpcValue[],
    deadlineMs: number,
  ): Promise<CallResult> {
    const access = this.#access();
    if (!access.ok) return access;
    const client = this.#idle.pop() ?? this.#connect(access.value);
    const answer = client.call(method, params);
    const result = await within(answer, deadlineMs);
    if (result === null) {
      this.#clients.delete(client);
      client.close();
      return silent(deadlineMs);
    }
    this.#idle.push(client);
    return result;
  }

  stream: Host["stream"] = (path, onBytes, onHead) => {
    const access = this.#access();
    if (!access.ok) return failedStream(access.error);
    const client = createCtlClient(httpClient, () => access.value);
    const opened = client.follow(path, onBytes, onHead);
    if (!opened.ok) return failedStream(opened.error);
    const stream = opened.value;
    this.#streams.add(stream);
    void stream.ended.then(() => this.#streams.delete(stream));
    return stream;
  };

  close(): void {
    for (const client of this.#clients) client.close();
    for (const stream of this.#streams) stream.close();
    this.#clients.clear();
    this.#idle.length = 0;
  }

  #connect(access: CtlAccess): CtlClient {
    const limited = { ...access, largestAnswer: LARGEST_ANSWER };
    const client = createCtlClient(httpClient, () => limited, { startPause });
    this.#clients.add(client);
    return client;
  }
}

/** What a promise settles with; null after a limit. */
export async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = startLimit(limitMs, () => resolve(null));
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}

/** No answer within a limit. */
export function silent(limitMs: number): CallResult & { readonly ok: false } {
  return failure("SILENT", `no answer within ${Math.ceil(limitMs / 1000)} s`);
}

/** A connection failure. @param message a clause */
export function failure(code: string, message: string): CallResult & { readonly ok: false } {
  return { ok: false, error: { kind: "connection", failure: { code, message } } };
}

/** A log that cannot be followed. */
export function failedStream(error: CallFailure): HttpStream {
  const other = { code: "FAILED", message: error.kind === "other" ? error.text : "no connection" };
  const failure = error.kind === "connection" ? error.failure : other;
  return { ended: Promise.resolve({ kind: "failed", failure }), close: () => undefined };
}
