// One connection of the HTTP server: its requests one after the other, each reply out before the next is looked at.
// All its timers are deadlines that exist only while something is awaited from the client.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type {
  HttpHandler,
  HttpPeer,
  HttpReply,
  HttpServerReports,
} from "../../ports/http-server.ts";
import { monotonic } from "../time/clock.ts";
import { clfDate } from "../time/local-date.ts";
import { discardBody, isTooLarge, readBody } from "./http-body.ts";
import type { HttpLimits } from "./http-limits.ts";
import type { HttpMemory } from "./http-memory.ts";
import { discardInput, refuseAndClose } from "./http-refusal.ts";
import { sendBody } from "./http-send.ts";
import { openStream, over } from "./http-stream.ts";
import { headerText, plainAddress, SERVER_ERROR, type WholeReply } from "./http-words.ts";

/** Requests sent ahead without waiting for replies; each holds its headers in memory. */
const MAX_PIPELINED = 1000;

/** What the connections of one server have in common. */
export interface HttpConnectionOptions {
  readonly limits: HttpLimits;
  readonly memory: HttpMemory;
  readonly reports: HttpServerReports;
}

export class HttpConnectionState {
  readonly #socket: Socket;
  readonly #limits: HttpLimits;
  readonly #memory: HttpMemory;
  readonly #reports: HttpServerReports;
  readonly #peer: HttpPeer;
  #idleSince = monotonic();
  #waiting = 0;
  #turn: Promise<void> = Promise.resolve();
  #deadline: NodeJS.Timeout | null = null;
  #sending = false;
  #endStream: (() => void) | null = null;
  /** What came last was not HTTP: nothing more is read. */
  #broken = false;
  /** The daemon ends: no further request is looked at. */
  #ending = false;
  /** Closes when nothing is left to answer. */
  #finishing = false;
  #hasAsked = false;
  #stopBody: () => void = () => {};

  constructor(socket: Socket, { limits, memory, reports }: HttpConnectionOptions) {
    this.#socket = socket;
    this.#limits = limits;
    this.#memory = memory;
    this.#reports = reports;
    // Kept now, since a closed socket has forgotten it when the access log line is due.
    this.#peer =
      socket.remoteAddress === undefined
        ? { address: "localhost", port: 0 }
        : { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
    this.#deadline = this.#after(limits.requestMs, () => socket.destroy());
  }

  /** When the connection became idle, on the monotonic clock; infinite while it is busy. */
  idleSince(): number {
    return this.#waiting > 0 ? Number.POSITIVE_INFINITY : this.#idleSince;
  }

  /** The peer sent what is not HTTP. It is told so after the replies that are due, unless one is on its way. */
  refuse(statusLine: string): void {
    this.#disarm();
    if (this.#broken) return;
    this.#broken = true;
    if (this.#endStream !== null) this.#endStream();
    else if (this.#sending) this.#socket.destroy();
    discardInput(this.#socket);
    this.#stopBody();
    this.#turn = this.#turn.then(() =>
      refuseAndClose(this.#socket, statusLine, this.#limits.lingerMs),
    );
  }

  /** Takes a request whose headers are complete. */
  serve(request: IncomingMessage, response: ServerResponse, handler: HttpHandler): void {
    this.#disarm();
    this.#hasAsked = true;
    this.#waiting++;
    if (this.#waiting > MAX_PIPELINED) {
      this.#socket.destroy();
      return;
    }
    const exchange = () => this.#exchange(request, response, handler);
    this.#turn = this.#turn.then(exchange).catch((error: unknown) => {
      this.#reports.failure("a connection failed", error);
      this.#socket.destroy();
    });
  }

  /** The daemon ends: what is being sent goes out, everything else is cut off. */
  shutDown(): void {
    this.#ending = true;
    // Whoever told the daemon to end is answered in this very turn, when nothing has to be stopped first.
    if (this.#waiting > 0 && !this.#sending) setImmediate(() => this.#cutOff());
    else this.#cutOff();
  }

  #cutOff(): void {
    const end = (): unknown => this.#socket.destroy();
    this.#disarm();
    if (this.#sending) this.#deadline = this.#after(this.#limits.lingerMs, end);
    else end();
    if (this.#endStream === null) return;
    this.#endStream();
    this.#socket.destroySoon();
  }

  /** Somebody else answers from now on: what was asked here is answered, then the connection is closed. */
  finish(): void {
    this.#finishing = true;
    this.#endStream?.();
    // Whoever has just connected is about to ask. Of the others a request may lie in the socket, unread until now.
    if (this.#hasAsked) setImmediate(() => setImmediate(() => this.#closeIfDone()));
  }

  #closeIfDone(): void {
    if (this.#finishing && this.#waiting === 0) this.#socket.destroySoon();
  }

  /** The socket is gone. */
  closed(): void {
    this.#disarm();
  }

  async #exchange(
    request: IncomingMessage,
    response: ServerResponse,
    handler: HttpHandler,
  ): Promise<void> {
    if (this.#ending) return;
    const before = this.#socket.bytesWritten;
    const reply = await this.#ask(request, response, handler);
    if (reply.kind === "stream") await this.#stream(response, reply);
    else await this.#send(request, response, reply);
    this.#waiting--;
    this.#idleSince = monotonic();
    this.#closeIfDone();
    const report = this.#reports.exchange();
    if (report === null || !response.headersSent) return;
    report({
      peer: this.#peer,
      requestLine: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
      status: response.statusCode,
      bytes: this.#socket.bytesWritten - before,
      date: clfDate(new Date()),
    });
  }

  async #ask(
    request: IncomingMessage,
    response: ServerResponse,
    handler: HttpHandler,
  ): Promise<HttpReply> {
    try {
      return await handler({
        method: request.method ?? "",
        target: request.url ?? "",
        peer: this.#peer,
        header: (name) => headerText(request.headers[name]),
        body: () =>
          readBody(request, response, {
            limits: this.#limits,
            memory: this.#memory,
            stoppable: (stop) => {
              this.#stopBody = stop;
              if (this.#broken) stop();
            },
          }),
      });
    } catch (error) {
      this.#reports.failure(`answering ${request.method} ${request.url} failed`, error);
      return SERVER_ERROR;
    }
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    reply: WholeReply,
  ): Promise<void> {
    if (this.#socket.destroyed) return;
    const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
    const unread = !request.complete;
    if (unread || (this.#finishing && this.#waiting === 1))
      response.setHeader("Connection", "close");
    for (const [name, value] of reply.headers) response.setHeader(name, value);
    response.setHeader("Content-Length", body.length);
    response.writeHead(reply.status);
    this.#sending = true;
    const sent = this.#memory.holdReply(body.length, () => this.#socket.destroy());
    if (unread && !this.#isHopeless(request)) {
      // Closing with unread input resets the connection, and the client might never see the reply.
      response.write(body);
      await discardBody(request, this.#limits.lingerMs);
      await sendBody(response, new Uint8Array(0), this.#limits.requestMs);
    } else {
      await sendBody(response, body, this.#limits.requestMs);
    }
    sent();
    if (this.#ending) this.#socket.destroySoon();
    this.#sending = false;
  }

  /** True when the end of the body will not come, or not soon. */
  #isHopeless(request: IncomingMessage): boolean {
    return this.#broken || isTooLarge(request, this.#limits.maxBodyBytes * 16);
  }

  async #stream(
    response: ServerResponse,
    reply: Extract<HttpReply, { kind: "stream" }>,
  ): Promise<void> {
    try {
      if (this.#socket.destroyed) return;
      for (const [name, value] of reply.headers) response.setHeader(name, value);
      response.writeHead(200);
      response.flushHeaders();
      const gone = over(response);
      const sink = openStream(response, this.#limits.maxBacklogBytes);
      this.#endStream = sink.end;
      this.#sending = true;
      reply.open(sink);
      await gone;
    } finally {
      this.#endStream = null;
      this.#sending = false;
      reply.closed();
    }
  }

  #after(ms: number, act: () => unknown): NodeJS.Timeout {
    return setTimeout(act, ms).unref();
  }

  #disarm(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }
}
