// HTTP over node:net: unix and TCP, Basic auth, keep-alive, pipelined batches, streams.
// Never gives up waiting: a start may take an hour, and Ctrl-C is how a person ends it (as in Supervisor).

import { connect, Socket } from "node:net";
import type {
  HttpClient,
  HttpConnection,
  HttpFailure,
  HttpReplies,
  HttpReply,
  HttpStream,
  HttpTarget,
  ServerAddress,
  StreamEnd,
} from "../../ports/http-client.ts";
import { ReplyParser } from "./http-reply.ts";
import { badReply, DISCONNECTED, headLines, PATH_TOO_LONG, postRequests } from "./http-request.ts";

/** Bytes of sockaddr_un's path, the final NUL included: unix(7). */
const MAX_PATH_BYTES = process.platform === "darwin" ? 104 : 108;

/** The HTTP client of ctl. */
export const httpClient: HttpClient = {
  connect: (target) => new Connection(target),
  stream: openStream,
};

function open(address: ServerAddress): Socket {
  if (address.kind === "unix") {
    return Buffer.byteLength(address.path) < MAX_PATH_BYTES
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

/** A socket that fails on its own. libuv would cut a long path short and connect to somebody else. */
function failing({ code, message }: HttpFailure): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(Object.assign(new Error(message), { code })));
  return socket;
}

/** Names the reason in one code: a name with several addresses fails with all their errors, the last one counts. */
function failureOf(error: unknown): HttpFailure {
  const errors: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const { code = "EIO", message = String(errors) } = errors as { code?: string; message?: string };
  return { code, message };
}

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

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  post(path: string, bodies: readonly string[]): Promise<HttpReplies> {
    const requests = postRequests(this.#target, path, bodies);
    return new Promise((settle) => {
      this.#batch = { requests, replies: [], repliesBefore: 0, settle };
      this.#send();
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #send(): void {
    const batch = this.#batch;
    if (batch === null) return;
    batch.repliesBefore = batch.replies.length;
    this.#socket ??= this.#open();
    this.#socket.write(batch.requests.slice(batch.replies.length).join(""));
  }

  #open(): Socket {
    const socket = open(this.#target.address);
    let head = { status: 0, reason: "", closes: false };
    let parts: Uint8Array[] = [];
    const parser = new ReplyParser({
      head: (started) => {
        head = started;
        parts = [];
      },
      body: (bytes) => parts.push(bytes),
      end: () => {
        if (head.closes) this.#drop(socket);
        this.#replied({ status: head.status, reason: head.reason, body: Buffer.concat(parts) });
      },
      broken: (what) => {
        this.#drop(socket);
        this.#settle(badReply(what));
      },
    });
    socket.on("data", (bytes) => parser.push(bytes));
    socket.on("error", (error) => {
      if (this.#drop(socket)) this.#settle(failureOf(error));
    });
    socket.on("end", () => {
      parser.finish();
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
    batch?.settle({ replies: batch.replies, failure });
  }
}

function openStream(
  target: HttpTarget,
  path: string,
  onBytes: (bytes: Uint8Array) => void,
): HttpStream {
  const socket = open(target.address);
  let finish: (end: StreamEnd) => void = () => undefined;
  const ended = new Promise<StreamEnd>((resolve) => {
    finish = (end) => {
      socket.destroy();
      resolve(end);
    };
  });
  let status = 0;
  const parser = new ReplyParser({
    head: (head) => {
      status = head.status;
      if (status !== 200) finish({ kind: "status", status });
    },
    body: (bytes) => {
      if (status === 200) onBytes(bytes);
    },
    end: () => finish({ kind: "end" }),
    broken: (what) => finish({ kind: "failed", failure: badReply(what) }),
  });
  socket.on("data", (bytes) => parser.push(bytes));
  socket.on("error", (error) =>
    // A server that dies in mid-stream ends the log; before the first byte it is a failure to connect.
    finish(status === 200 ? { kind: "end" } : { kind: "failed", failure: failureOf(error) }),
  );
  socket.on("end", () =>
    finish(status === 200 ? { kind: "end" } : { kind: "failed", failure: DISCONNECTED }),
  );
  socket.write(`GET ${path} HTTP/1.1\r\n${headLines(target)}Accept: */*\r\n\r\n`);
  return { ended, close: () => finish({ kind: "closed" }) };
}
