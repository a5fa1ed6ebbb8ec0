// HTTP over node:net: unix and TCP, Basic auth, keep-alive, pipelined batches, streams. Waits as long as the caller says: a
// start may take an hour, and Ctrl-C ends it (as in Supervisor). Nothing is sent before it is known that the listening
// process may have the credentials.

import { connect, Socket } from "node:net";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import type { ServerAddress } from "../../core/config/server-address.ts";
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
import { isLastMessage, type ReplyHead, replyReader } from "./http-message.ts";
import {
  BodyParts,
  badReply,
  DISCONNECTED,
  headLines,
  MAX_HEAD_BYTES,
  PATH_TOO_LONG,
  Patience,
  postRequests,
  QUIET_MS,
  silent,
} from "./http-request.ts";
import { distrustTcpServer, distrustUnixServer } from "./server-trust.ts";

/** How long the head of a stream may take. Its body may be silent forever: a log that is not written to. */
const HEAD_MS = 30_000;

/** The HTTP client of ctl. */
export const httpClient: HttpClient = {
  connect: (target) => new Connection(target),
  stream: openStream,
};

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
  #socket: Socket | null = null;
  #batch: Batch | null = null;
  #patience: Patience | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  post(
    path: string,
    bodies: readonly string[],
    patienceMs: number | null = null,
    onQuiet: (() => void) | null = null,
  ): Promise<HttpReplies> {
    const requests = postRequests(this.#target, path, bodies);
    const quiet = onQuiet === null ? undefined : setTimeout(onQuiet, QUIET_MS);
    return new Promise((resolve) => {
      const settle = (outcome: HttpReplies): void => {
        clearTimeout(quiet);
        resolve(outcome);
      };
      this.#batch = { requests, replies: [], repliesBefore: 0, settle };
      this.#wait(patienceMs);
      this.#send();
    });
  }

  /** Ends the batch when the server has sent nothing for too long. */
  #wait(patienceMs: number | null): void {
    clearTimeout(this.#timer);
    this.#patience = patienceMs === null ? null : new Patience(patienceMs);
    const look = (): void => {
      const left = this.#patience?.left() ?? 1;
      if (left > 0) {
        this.#timer = setTimeout(look, left + 1);
        return;
      }
      this.close();
      this.#settle(silent(patienceMs ?? 0));
    };
    if (patienceMs !== null) this.#timer = setTimeout(look, patienceMs + 1);
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #send(): void {
    const batch = this.#batch;
    if (batch === null) return;
    batch.repliesBefore = batch.replies.length;
    const isNew = this.#socket === null;
    const socket = this.#socket ?? this.#open();
    this.#socket = socket;
    const text = batch.requests.slice(batch.replies.length).join("");
    if (isNew) whenTrusted(socket, this.#target, () => void socket.write(text));
    else socket.write(text);
  }

  #open(): Socket {
    const socket = open(this.#target.address);
    let head: ReplyHead | null = null;
    const parts = new BodyParts();
    const reader = replyReader(MAX_HEAD_BYTES, {
      head: (started) => {
        head = started;
        parts.clear();
      },
      body: (bytes) => {
        const failure = parts.add(bytes);
        if (failure !== null && this.#drop(socket)) this.#settle(failure);
      },
      end: () => {
        if (head === null) return;
        if (isLastMessage(head)) this.#drop(socket);
        const { status, reason } = head.start;
        this.#replied({ status, reason, body: parts.whole() });
      },
      broken: (problem) => {
        this.#drop(socket);
        this.#settle(badReply(problem));
      },
    });
    socket.on("data", (bytes) => {
      this.#patience?.heard(bytes.length);
      reader.push(bytes);
    });
    socket.on("error", (error) => {
      if (this.#drop(socket)) this.#settle(failureOf(error));
    });
    socket.on("end", () => {
      reader.finish();
      if (this.#drop(socket)) this.#closed();
    });
    return socket;
  }

  /** Forgets a connection. @returns whether it was still the present one */
  #drop(socket: Socket): boolean {
    socket.destroy();
    if (this.#socket !== socket) return false;
    this.#socket = null;
    return true;
  }

  #replied(reply: HttpReply): void {
    const batch = this.#batch;
    if (batch === null) return;
    batch.replies.push(reply);
    if (reply.status !== 200) this.close();
    if (reply.status !== 200 || batch.replies.length === batch.requests.length) this.#settle(null);
    else if (this.#socket === null) this.#send();
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

function openStream(
  target: HttpTarget,
  path: string,
  onBytes: (bytes: Uint8Array) => void,
  onHead: (headers: ReadonlyMap<string, string>) => void = () => {},
): HttpStream {
  const socket = open(target.address);
  let finish: (end: StreamEnd) => void = () => undefined;
  const ended = new Promise<StreamEnd>((resolve) => {
    finish = (end) => {
      clearTimeout(quiet);
      socket.destroy();
      resolve(end);
    };
  });
  const quiet = setTimeout(() => {
    finish({ kind: "failed", failure: silent(HEAD_MS) });
  }, HEAD_MS);
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
  socket.on("data", (bytes) => reader.push(bytes));
  socket.on("error", (error) =>
    // A server that dies in mid-stream ends the log; before the first byte it is a failure to connect.
    finish(status === 200 ? { kind: "end" } : { kind: "failed", failure: failureOf(error) }),
  );
  socket.on("end", () =>
    finish(status === 200 ? { kind: "end" } : { kind: "failed", failure: DISCONNECTED }),
  );
  const request = `GET ${path} HTTP/1.1\r\n${headLines(target)}Accept: */*\r\n\r\n`;
  whenTrusted(socket, target, () => void socket.write(request));
  return { ended, close: () => finish({ kind: "closed" }) };
}

/** Opens a connection; what fails is the socket's error. */
export function open(address: ServerAddress): Socket {
  if (address.kind === "unix") {
    return Buffer.byteLength(address.path) <= longestSocketPath(process.platform)
      ? connect({ path: address.path })
      : failing(PATH_TOO_LONG);
  }
  // Every address of a name is tried in turn. Node's own limit of 250 ms for each would fail slow links.
  const timeout = 120_000;
  return connect({
    host: address.host,
    port: address.port,
    autoSelectFamilyAttemptTimeout: timeout,
  });
}

/** A socket that fails on its own. libuv would cut a long path short and connect to another socket. */
function failing({ code, message }: HttpFailure): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(Object.assign(new Error(message), { code })));
  return socket;
}

/** Writes once there is a connection whose other end is trusted. */
export function whenTrusted(socket: Socket, target: HttpTarget, write: () => void): void {
  const decide = (): void => {
    const failure = distrust(socket, target);
    if (failure === null) write();
    else socket.destroy(Object.assign(new Error(failure.message), { code: failure.code }));
  };
  if (socket.connecting) socket.once("connect", decide);
  else if (!socket.destroyed) decide();
}

function distrust(socket: Socket, target: HttpTarget): HttpFailure | null {
  const { address } = target;
  if (address.kind === "unix")
    return distrustUnixServer(target, address.path, descriptorOf(socket));
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
  const server = { address: remoteAddress, port: remotePort };
  return distrustTcpServer(target, server, { address: localAddress, port: localPort });
}

/** Node has no public name for it. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } };
  return handle?.fd ?? -1;
}

/** Names the reason in one code: a name with several addresses fails with all their errors, the last one counts. */
export function failureOf(error: unknown): HttpFailure {
  const errors: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const { code = "EIO", message = String(errors) } = errors as { code?: string; message?: string };
  return { code, message };
}
