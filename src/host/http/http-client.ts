// The HTTP client of commands: Basic auth, keep-alive, pipelined batches, streams. It waits as long as the caller says: a start may
// take an hour, and Ctrl-C ends it (as in Supervisor). A connection carries bytes; loading Node's sockets costs a command that makes
// one request more than all its other work, so such a command uses a blocking one.

import { performance } from "node:perf_hooks";
import type {
  HttpClient,
  HttpConnection,
  HttpFailure,
  HttpReplies,
  HttpReply,
  HttpStream,
  HttpTarget,
  StreamEnd,
} from "../../ports/http-client.ts";
import { startLimit } from "../time/limited-task.ts";
import { openBlocking } from "./blocking-bytes.ts";
import { isLastMessage, type ReplyHead, replyReader } from "./http-message.ts";
import {
  type ByteConnection,
  type ByteEvents,
  badReply,
  DISCONNECTED,
  headLines,
  MAX_HEAD_BYTES,
  postRequests,
  silent,
} from "./http-request.ts";

type OpenBytes = (
  target: HttpTarget,
  events: ByteEvents,
  patienceMs: number | null,
) => ByteConnection;

/** For calls and streams at the same time. */
export const httpClient: HttpClient = {
  connect: (target) => new Connection(target, openSocket),
  stream: openStream,
};

/** Waits a second for answers over unix sockets in blocking calls, which Ctrl-C ends by the signal itself, like any program. */
export const blockingHttpClient: HttpClient = {
  connect: (target) =>
    new Connection(target, target.address.kind === "unix" ? openBlocking : openSocket),
  stream: openStream,
};

/** Loads Node's sockets. */
function openSocket(target: HttpTarget, events: ByteEvents): ByteConnection {
  const { address } = target;
  const opened =
    address.kind === "tcp" && address.isTls === true
      ? import("./tls-bytes.ts").then(({ openTls }) => openTls(target, events))
      : import("./socket-bytes.ts").then(({ openBytes }) => openBytes(target, events));
  return {
    write: (text) => void opened.then((connection) => connection.write(text)),
    close: () => void opened.then((connection) => connection.close()),
  };
}

/** How long the head of a stream may take. Its body may be silent forever: a log that is not written to. */
const HEAD_MS = 30_000;

/** Of an answer, in bytes: more than the largest log that can be asked for. */
const LARGEST_ANSWER = 256 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
/** After this time the terminal shows that there is no answer yet. */
const QUIET_MS = 2000;
/** So many bytes put off the end of the patience: a long answer over a slow line may take its time, drops that never end may not. */
const BYTES_FOR_MORE = 1024;

/** A batch under way. */
interface Batch {
  readonly requests: readonly string[];
  readonly replies: HttpReply[];
  /** How many replies had come when the present connection was opened. */
  repliesBefore: number;
  readonly settle: (outcome: HttpReplies) => void;
}

class Connection implements HttpConnection {
  readonly #target: HttpTarget;
  readonly #openBytes: OpenBytes;
  #bytes: ByteConnection | null = null;
  #batch: Batch | null = null;
  #patienceMs: number | null = null;
  /** When the patience ends. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Bytes that came since it was put off. */
  #heard = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: HttpTarget, openBytes: OpenBytes) {
    this.#target = target;
    this.#openBytes = openBytes;
  }

  post(
    path: string,
    bodies: readonly string[],
    patienceMs: number | null = null,
    onQuiet: (() => void) | null = null,
  ): Promise<HttpReplies> {
    const requests = postRequests(this.#target, path, bodies);
    const quiet = onQuiet === null ? undefined : startLimit(QUIET_MS, onQuiet);
    return new Promise((resolve) => {
      const settle = (outcome: HttpReplies): void => {
        clearTimeout(quiet);
        resolve(outcome);
      };
      this.#batch = { requests, replies: [], repliesBefore: 0, settle };
      this.#patienceMs = patienceMs;
      this.#putOff();
      this.#watch();
      this.#send();
    });
  }

  #putOff(): void {
    this.#heard = 0;
    this.#deadline = performance.now() + (this.#patienceMs ?? Number.POSITIVE_INFINITY);
  }

  /** Ends the batch when the server has sent nothing for too long. */
  #watch(): void {
    clearTimeout(this.#timer);
    const left = this.#deadline - performance.now();
    if (left <= 0) {
      this.close();
      this.#settle(silent(this.#patienceMs ?? 0));
    } else if (this.#patienceMs !== null) this.#timer = setTimeout(() => this.#watch(), left + 1);
  }

  close(): void {
    this.#bytes?.close();
    this.#bytes = null;
  }

  #send(): void {
    const batch = this.#batch;
    if (batch === null) return;
    batch.repliesBefore = batch.replies.length;
    this.#bytes ??= this.#open();
    this.#bytes.write(batch.requests.slice(batch.replies.length).join(""));
  }

  #open(): ByteConnection {
    let head: ReplyHead | null = null;
    let parts: Uint8Array[] = [];
    let size = 0;
    const reader = replyReader(MAX_HEAD_BYTES, {
      head: (started) => {
        head = started;
        parts = [];
        size = 0;
      },
      body: (bytes) => {
        size += bytes.length;
        const most = this.#target.largestAnswer ?? LARGEST_ANSWER;
        if (size <= most) parts.push(bytes);
        else if (this.#drop(opened)) this.#settle(tooLarge(most));
      },
      end: () => {
        if (head === null) return;
        if (isLastMessage(head)) this.#drop(opened);
        const { status, reason } = head.start;
        const type = head.fields.get("content-type") ?? "";
        this.#replied({ status, reason, type, body: Buffer.concat(parts) });
      },
      broken: (problem) => {
        this.#drop(opened);
        this.#settle(badReply(problem));
      },
    });
    const events: ByteEvents = {
      bytes: (bytes) => {
        this.#heard += bytes.length;
        if (this.#heard >= BYTES_FOR_MORE) this.#putOff();
        reader.push(bytes);
        // No timer runs while a blocking connection reads.
        if (this.#batch !== null && this.#deadline <= performance.now()) this.#watch();
        return this.#bytes === opened && this.#batch !== null;
      },
      end: () => {
        reader.finish();
        if (this.#drop(opened)) this.#closed();
      },
      failed: (failure) => {
        if (this.#drop(opened)) this.#settle(failure);
      },
    };
    const opened = this.#openBytes(this.#target, events, this.#patienceMs);
    return opened;
  }

  /** Forgets a connection. @returns whether it was still the present one */
  #drop(opened: ByteConnection): boolean {
    opened.close();
    if (this.#bytes !== opened) return false;
    this.#bytes = null;
    return true;
  }

  #replied(reply: HttpReply): void {
    const batch = this.#batch;
    if (batch === null) return;
    batch.replies.push(reply);
    if (reply.status !== 200) this.close();
    if (reply.status !== 200 || batch.replies.length === batch.requests.length) this.#settle(null);
    else if (this.#bytes === null) this.#send();
  }

  /** The server closed. What it answered before that counts; a connection that brought nothing is not tried again. */
  #closed(): void {
    const batch = this.#batch;
    if (batch === null) return;
    if (batch.replies.length > batch.repliesBefore) this.#send();
    else this.#settle(DISCONNECTED);
  }

  #settle(failure: HttpFailure | null): void {
    const batch = this.#batch;
    this.#batch = null;
    clearTimeout(this.#timer);
    batch?.settle({ replies: batch.replies, failure });
  }
}

function tooLarge(most: number): HttpFailure {
  const message = `the server's answer is larger than ${Math.floor(most / MEGABYTE)} MB`;
  return { code: "TOO_LARGE", message };
}

function openStream(
  target: HttpTarget,
  path: string,
  onBytes: (bytes: Uint8Array) => void,
  onHead: (headers: ReadonlyMap<string, string>) => void = () => {},
): HttpStream {
  let finish: (end: StreamEnd) => void = () => undefined;
  const ended = new Promise<StreamEnd>((resolve) => {
    finish = (end) => {
      clearTimeout(quiet);
      connection.close();
      resolve(end);
    };
  });
  const quiet = startLimit(HEAD_MS, () => {
    finish({ kind: "failed", failure: silent(HEAD_MS) });
  });
  let status = 0;
  const reader = replyReader(MAX_HEAD_BYTES, {
    head: ({ start, fields }) => {
      clearTimeout(quiet);
      status = start.status;
      if (status !== 200) finish({ kind: "status", status });
      else onHead(fields);
    },
    body: (bytes) => {
      if (status === 200) onBytes(bytes);
    },
    end: () => finish({ kind: "end" }),
    broken: (problem) => finish({ kind: "failed", failure: badReply(problem) }),
  });
  // A server that dies in mid-stream ends the log; before the first byte it is a failure to connect.
  const cut = (failure: HttpFailure): void =>
    finish(status === 200 ? { kind: "end" } : { kind: "failed", failure });
  const connection = openSocket(target, {
    bytes: (bytes) => {
      reader.push(bytes);
      return true;
    },
    end: () => cut(DISCONNECTED),
    failed: cut,
  });
  connection.write(`GET ${path} HTTP/1.1\r\n${headLines(target)}Accept: */*\r\n\r\n`);
  return { ended, close: () => finish({ kind: "closed" }) };
}
