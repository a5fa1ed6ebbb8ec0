// One connection of the HTTP server: requests are answered one after another, each reply sent before the next request is
// read. What the client does not take stays in the kernel: no more than one part of an answer waits here.

import type { Socket } from "node:net";
import type { Peer } from "../../core/access/principal.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type {
  BodyFailure,
  HttpHandler,
  HttpHeaders,
  HttpReply,
  HttpRequest,
  HttpServerReports,
} from "../../ports/http-server.ts";
import { posix } from "../posix.ts";
import { monotonic } from "../time/clock.ts";
import { clfDate } from "../time/local-time.ts";
import { free, RequestInput } from "./http-input.ts";
import type { Backlogs, HttpLimits, Slot, Slots } from "./http-limits.ts";
import { headText, isLastMessage, type RequestHead } from "./http-message.ts";

type FiniteReply = Exclude<HttpReply, { kind: "stream" }>;
type StreamReply = Extract<HttpReply, { kind: "stream" }>;

const PART_BYTES = 64 * 1024;
/** Of a body of unknown length. */
const FIRST_BUFFER = 1024;
/** What a client that has a slot must send to count as one that sends. */
const STEP_BYTES = 64 * 1024;
const PLAIN_TEXT = ["Content-Type", "text/plain;charset=utf-8"] as const;

const INTERNAL_SERVER_ERROR: FiniteReply = {
  kind: "whole",
  status: 500,
  headers: [PLAIN_TEXT],
  body: "Internal error of tsv; see its activity log.\n",
};

const SERVICE_UNAVAILABLE: FiniteReply = {
  kind: "whole",
  status: 503,
  headers: [["Retry-After", "5"], PLAIN_TEXT],
  body: "Other requests use all memory that tsv has for requests.\n",
};

/** What the connections of one listening socket have in common. */
export interface ConnectionContext {
  /** Value of the `Server` header. */
  readonly serverName: string;
  readonly limits: HttpLimits;
  readonly localSlots: Slots;
  readonly remoteSlots: Slots;
  readonly backlogs: Backlogs;
  readonly handler: HttpHandler;
  readonly reports: HttpServerReports;
}

/** A request that is being answered. */
interface Exchange {
  readonly head: RequestHead;
  /** Its body, as far as it was read. */
  body: Uint8Array | null;
  slot: Slot | null;
  /** The connection ends with the reply. */
  isLast: boolean;
}

export class HttpConnection {
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #input: RequestInput;
  readonly #peer: Peer;
  #idleSince = monotonic();
  #isBusy = false;
  #isSending = false;
  #hasAsked = false;
  #endStream: (() => void) | null = null;
  /** The request that was read behind an endless reply. */
  #ahead: Promise<RequestHead | null> | null = null;
  /** The daemon ends: no further request is looked at. */
  #isEnding = false;
  /** Closes when nothing is left to answer. */
  #isFinishing = false;

  constructor(socket: Socket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    // Kept now, since a closed socket has forgotten it when the access log line is due.
    this.#peer =
      socket.remoteAddress === undefined
        ? { address: "localhost", port: 0, user: peerUser(socket) }
        : { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0, user: null };
    this.#input = new RequestInput(socket, context.limits);
  }

  /** When the connection became idle, on the monotonic clock; infinite while it is busy, nearly so for an endless reply. */
  idleSince(): number {
    if (!this.#isBusy) return this.#idleSince;
    return this.#endStream === null ? Number.POSITIVE_INFINITY : Number.MAX_VALUE;
  }

  /** Answers requests until the connection ends. */
  async serve(): Promise<void> {
    try {
      for (let head = await this.#nextHead(); head !== null; head = await this.#nextHead()) {
        this.#isBusy = true;
        this.#hasAsked = true;
        const mayGoOn = await this.#exchange(head);
        this.#isBusy = false;
        this.#idleSince = monotonic();
        if (!mayGoOn || this.#isEnding) break;
        if (this.#isFinishing && this.#input.isEmpty) break;
      }
      this.#refuseProblem();
      this.#close();
    } catch (error) {
      this.#context.reports.failure("a connection failed", error);
      this.#socket.destroy();
    }
  }

  #nextHead(): Promise<RequestHead | null> {
    const next = this.#ahead ?? this.#input.head();
    this.#ahead = null;
    return next;
  }

  /** The daemon ends: replies that are being sent go out, everything else is cut off. */
  shutDown(): void {
    this.#isEnding = true;
    // The client that requested the shutdown is answered in this turn, if nothing has to be stopped first.
    if (this.#isBusy && !this.#isSending) setImmediate(() => this.#cutOff());
    else this.#cutOff();
  }

  #cutOff(): void {
    this.#endStream?.();
    if (this.#isSending) this.#destroyLater();
    else this.#socket.destroySoon();
  }

  /** The successor answers from now on: pending requests here are answered, then the connection is closed. */
  finish(): void {
    this.#isFinishing = true;
    this.#endStream?.();
    // A new client is about to send a request. Requests of others may be in the socket, still unread.
    if (!this.#hasAsked) return;
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#isBusy && this.#input.isEmpty) this.#socket.destroySoon();
      }),
    );
  }

  /** @returns whether another request may follow */
  async #exchange(head: RequestHead): Promise<boolean> {
    const exchange: Exchange = { head, body: null, slot: null, isLast: isLastMessage(head) };
    const before = this.#socket.bytesWritten;
    let closed: (() => void) | null = null;
    try {
      const reply = await this.#ask(exchange);
      if (reply.kind === "parts") closed = reply.closed ?? null;
      if (this.#input.problem !== null || this.#socket.destroyed) {
        if (reply.kind === "stream") reply.closed();
        return false;
      }
      if (reply.kind === "stream") {
        await this.#stream(head, reply);
        this.#report(head, 200, before);
        return !isLastMessage(head) && !this.#socket.destroyed;
      }
      const mayGoOn = await this.#send(exchange, reply);
      this.#report(head, reply.status, before);
      return mayGoOn;
    } finally {
      closed?.();
      if (exchange.body !== null) free(exchange.body);
      exchange.slot?.leave();
    }
  }

  async #ask(exchange: Exchange): Promise<HttpReply> {
    const { start, fields } = exchange.head;
    const request: HttpRequest = {
      method: start.method,
      target: start.target,
      peer: this.#peer,
      header: (name) => fields.get(name) ?? null,
      body: () => this.#readBody(exchange),
      enter: () => this.#enter(exchange),
    };
    try {
      return await this.#context.handler(request);
    } catch (error) {
      this.#context.reports.failure(`answering ${start.method} ${start.target} failed`, error);
      return INTERNAL_SERVER_ERROR;
    }
  }

  async #enter(exchange: Exchange): Promise<boolean> {
    const { localSlots, remoteSlots } = this.#context;
    const slots = this.#peer.port === 0 ? localSlots : remoteSlots;
    exchange.slot ??= await slots.enter(() => this.#socket.destroy());
    return exchange.slot !== null;
  }

  async #readBody(exchange: Exchange): Promise<Result<Uint8Array, BodyFailure>> {
    const { fields } = exchange.head;
    const { maxBodyBytes, smallBytes } = this.#context.limits;
    const length = fields.get("content-length");
    const announced = length === undefined ? null : Number(length);
    if (announced !== null && announced > maxBodyBytes) {
      exchange.isLast = true;
      return err("too large");
    }
    const isChunked = announced === null && fields.has("transfer-encoding");
    if (isChunked || (announced ?? 0) > smallBytes) {
      if (!(await this.#enter(exchange))) return err("no room");
    }
    // curl and .NET wait for this before they send; asked for here, so that a refused request sends nothing.
    if (/\b100-continue\b/i.test(fields.get("expect") ?? "")) {
      this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    let buffer = new Uint8Array(announced ?? FIRST_BUFFER);
    let size = 0;
    exchange.slot?.awaitClient();
    const end = await this.#input.body((bytes) => {
      const before = size;
      size += bytes.length;
      if (size > maxBodyBytes) {
        exchange.isLast = true;
        this.#input.stopBody();
        return;
      }
      if (size > buffer.length) buffer = enlarged(buffer, size);
      buffer.set(bytes, before);
      const isStep = Math.floor(size / STEP_BYTES) > Math.floor(before / STEP_BYTES);
      if (isStep) exchange.slot?.awaitClient();
    });
    exchange.slot?.rest();
    exchange.body = buffer;
    if (size > maxBodyBytes) return err("too large");
    return end === "whole" ? ok(buffer.subarray(0, size)) : err(end);
  }

  /** @returns whether another request may follow */
  async #send(exchange: Exchange, reply: FiniteReply): Promise<boolean> {
    const { head } = exchange;
    const isLarge = reply.kind === "whole" && reply.body.length > PART_BYTES;
    if (isLarge && !(await this.#enter(exchange))) return this.#send(exchange, SERVICE_UNAVAILABLE);
    this.#input.skipUnread();
    const body = bodyParts(reply);
    const isChunked = body.length === null && head.start.minor > 0;
    const isLast =
      exchange.isLast ||
      // The end of the connection is that of the body.
      (body.length === null && !isChunked) ||
      reply.headers.some(([name, value]) => name === "Connection" && value === "close") ||
      !this.#input.isComplete ||
      (this.#isFinishing && this.#input.isEmpty);
    const framing =
      body.length !== null
        ? (["Content-Length", String(body.length)] as const)
        : isChunked
          ? CHUNKED
          : null;
    this.#writeHead(reply.status, reply.headers, isLast, framing);
    this.#isSending = true;
    const isOut =
      head.start.method === "HEAD" || (await this.#sendParts(body, isChunked, exchange.slot));
    this.#isSending = false;
    return isOut && !isLast;
  }

  /** @returns false when the client is gone, or has not got all of it */
  async #sendParts(body: BodyParts, isChunked: boolean, slot: Slot | null): Promise<boolean> {
    let sent = 0;
    while (sent < (body.length ?? Number.POSITIVE_INFINITY) && !this.#socket.destroyed) {
      const part = await body.next();
      if (part === null && body.length === null) break;
      // Less than was announced: only the end of the connection shows that to the client.
      if (part === null || this.#socket.destroyed) {
        this.#socket.destroy();
        return false;
      }
      sent += part.length;
      slot?.awaitClient();
      await this.#write(part, isChunked);
      body.release(part);
    }
    if (isChunked && !this.#socket.destroyed) this.#socket.write("0\r\n\r\n");
    return !this.#socket.destroyed;
  }

  /** Writes bytes. @returns when the kernel has taken them, or the connection is gone */
  #write(bytes: Uint8Array, isChunked: boolean): Promise<void> {
    // An empty chunk would end the body.
    if (isChunked && bytes.length === 0) return Promise.resolve();
    const timer = setTimeout(() => this.#socket.destroy(), this.#context.limits.requestMs).unref();
    return new Promise((resolve) => {
      const taken = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (!isChunked) {
        this.#socket.write(bytes, taken);
        return;
      }
      this.#socket.cork();
      this.#socket.write(`${bytes.length.toString(16)}\r\n`);
      this.#socket.write(bytes);
      this.#socket.write("\r\n", taken);
      this.#socket.uncork();
    });
  }

  #writeHead(
    status: number,
    headers: HttpHeaders,
    isLast: boolean,
    framing: HttpHeaders[number] | null,
  ): void {
    const isNamed = headers.some(([name]) => name === "Connection");
    const own: HttpHeaders[number][] = [];
    if (!isNamed) own.push(["Connection", isLast ? "close" : "keep-alive"]);
    if (framing !== null) own.push(framing);
    const server = ["Server", this.#context.serverName] as const;
    // Goes out with the first part of the body.
    this.#socket.cork();
    this.#socket.write(headText(status, [server, ...headers, ...own]));
    process.nextTick(() => this.#socket.uncork());
  }

  async #stream(head: RequestHead, reply: StreamReply): Promise<void> {
    const isChunked = head.start.minor > 0;
    const framing = isChunked ? CHUNKED : null;
    this.#writeHead(200, reply.headers, isLastMessage(head), framing);
    try {
      if (head.start.method === "HEAD") return;
      this.#isSending = true;
      const { sink, ended } = this.#context.backlogs.open(this.#socket, isChunked);
      this.#endStream = sink.end;
      // Input that is not HTTP ends the reply, and so does the end of the client.
      this.#ahead = this.#input.head();
      void this.#ahead.then((next) => {
        if (next === null) sink.end();
      });
      reply.open(sink);
      await ended;
    } finally {
      this.#endStream = null;
      this.#isSending = false;
      reply.closed();
    }
  }

  #report({ start }: RequestHead, status: number, before: number): void {
    const report = this.#context.reports.exchange();
    if (report === null) return;
    report({
      peer: this.#peer,
      requestLine: `${start.method} ${start.target} HTTP/1.${start.minor}`,
      status,
      bytes: this.#socket.bytesWritten - before,
      date: clfDate(Date.now()),
    });
  }

  /** Answers input that is not HTTP. */
  #refuseProblem(): void {
    const { problem } = this.#input;
    if (problem === null || this.#socket.destroyed) return;
    const status = problem.kind === "too long" ? 431 : 400;
    this.#writeHead(status, [], true, ["Content-Length", "0"]);
  }

  /** Closing with unread input would reset the connection, and the client might never see the reply. */
  #close(): void {
    if (this.#socket.destroyed) return;
    this.#socket.end();
    this.#input.discard();
    this.#destroyLater();
  }

  #destroyLater(): void {
    const timer = setTimeout(() => this.#socket.destroy(), this.#context.limits.lingerMs).unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }
}

function enlarged(buffer: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(size, buffer.length * 2));
  larger.set(buffer);
  return larger;
}

const CHUNKED = ["Transfer-Encoding", "chunked"] as const;

/** A body that is sent part by part. */
interface BodyParts {
  /** null if it is not known. */
  readonly length: number | null;
  next(): Promise<Uint8Array | null>;
  /** A part is out. */
  release(part: Uint8Array): void;
}

function bodyParts(reply: FiniteReply): BodyParts {
  if (reply.kind === "parts") {
    return { length: reply.length, next: () => reply.next(), release: free };
  }
  const isOwn = typeof reply.body === "string" || reply.isLent === false;
  const bytes = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  let at = 0;
  return {
    length: bytes.length,
    async next() {
      const part = bytes.subarray(at, at + PART_BYTES);
      at += part.length;
      return part;
    },
    release() {
      // A text was encoded for this reply. Other bytes may be those of a file of the web page.
      if (isOwn && at === bytes.length) free(bytes);
    },
  };
}

/** The user at the other end of a unix socket; null for other sockets, and if the kernel does not report it. */
function peerUser(socket: Socket): Peer["user"] {
  // Node has no other way to the descriptor of a connection.
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: number } | null };
  if (handle?.fd === undefined || handle.fd < 0) return null;
  const peer = posix().peerCredentials(handle.fd);
  if (typeof peer === "number") return null;
  const { uid, pid, gid, groups } = peer;
  return groups === undefined ? { uid, pid } : { uid, pid, groups: [gid, ...groups] };
}

/** An IPv4 client on a socket for both families is shown the way it is known. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
