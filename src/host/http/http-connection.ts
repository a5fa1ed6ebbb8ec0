// One connection of the HTTP server: requests are processed one after another, each reply sent before the next is read. Its
// timers exist only while it waits for the client.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Peer } from "../../core/access/principal.ts";
import type { TurnSharing } from "../../core/base/turns.ts";
import type {
  HttpHandler,
  HttpHeaders,
  HttpReply,
  HttpServerReports,
} from "../../ports/http-server.ts";
import { peerUser } from "../sockets/peer-user.ts";
import { clfDate, monotonic } from "../time/clock.ts";
import { discardBody, isTooLarge } from "./http-body.ts";
import { INTERNAL_SERVER_ERROR } from "./http-error-replies.ts";
import {
  asRequest,
  bodyOf,
  type Exchange,
  type FiniteReply,
  heldByHead,
  refuseBusy,
} from "./http-exchange.ts";
import { writeHead } from "./http-head.ts";
import { RequestInput } from "./http-input.ts";
import type { HttpLimits } from "./http-limits.ts";
import type { Held, HttpMemory } from "./http-memory.ts";
import { discardInput, refuseAndClose } from "./http-refusal.ts";
import { inParts, sendBody } from "./http-send.ts";
import { type Backlogs, over } from "./http-stream.ts";

/** Requests parsed ahead of their turn: RequestInput lets no more than a few through. */
const MAX_PIPELINED = 16;

/** What the connections of one server have in common. */
export interface HttpConnectionOptions {
  /** Value of the `Server` header. */
  readonly serverName: string;
  readonly limits: HttpLimits;
  readonly memory: HttpMemory;
  readonly backlogs: Backlogs;
  readonly input: TurnSharing;
  readonly reports: HttpServerReports;
}

export class HttpConnectionState {
  readonly #socket: Socket;
  readonly #serverName: string;
  readonly #limits: HttpLimits;
  readonly #memory: HttpMemory;
  readonly #backlogs: Backlogs;
  readonly #input: RequestInput;
  readonly #reports: HttpServerReports;
  readonly #peer: Peer;
  #idleSince = monotonic();
  #waiting = 0;
  #latest: IncomingMessage | null = null;
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

  constructor(socket: Socket, options: HttpConnectionOptions) {
    const { limits, memory, backlogs, reports } = options;
    this.#socket = socket;
    this.#serverName = options.serverName;
    this.#limits = limits;
    this.#memory = memory;
    this.#backlogs = backlogs;
    this.#reports = reports;
    // Kept now, since a closed socket has forgotten it when the access log line is due.
    this.#peer =
      socket.remoteAddress === undefined
        ? { address: "localhost", port: 0, user: peerUser(socket) }
        : { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0, user: null };
    this.#deadline = this.#after(limits.requestMs, () => socket.destroy());
    this.#input = new RequestInput(socket, {
      // Behind an endless reply one more request is looked at: what is no HTTP ends the reply.
      current: () => (this.#waiting > (this.#endStream === null ? 0 : 1) ? this.#latest : null),
      held: this.#hold(),
      turns: options.input.start(),
    });
  }

  /** When the connection became idle, on the monotonic clock; infinite while it is busy. */
  idleSince(): number {
    return this.#waiting > 0 ? Number.POSITIVE_INFINITY : this.#idleSince;
  }

  /** The peer sent input that is not HTTP. It gets an error after the pending replies, unless one is being sent. */
  refuse(statusLine: string): void {
    this.#disarm();
    if (this.#broken) return;
    this.#broken = true;
    if (this.#endStream !== null) this.#endStream();
    else if (this.#sending) this.#socket.destroy();
    this.#input.stop();
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
    this.#latest = request;
    if (this.#waiting > MAX_PIPELINED) {
      this.#socket.destroy();
      return;
    }
    const exchange = { request, response, held: this.#hold() };
    const fits = exchange.held.take(heldByHead(request, this.#limits.freeBytes));
    const serve = () => this.#exchange(exchange, fits ? handler : refuseBusy);
    this.#turn = this.#turn
      .then(serve)
      .catch((error: unknown) => {
        this.#reports.failure("a connection failed", error);
        this.#socket.destroy();
      })
      .finally(() => exchange.held.close());
  }

  #hold(): Held {
    const isLocal = this.#peer.port === 0;
    return this.#memory.open(isLocal, () => this.#socket.destroy());
  }

  /** The daemon ends: what is being sent goes out, everything else is cut off. */
  shutDown(): void {
    this.#ending = true;
    // The client that requested the shutdown is answered in this turn, if nothing has to be stopped first.
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

  /** The successor answers from now on: pending requests here are answered, then the connection is closed. */
  finish(): void {
    this.#finishing = true;
    this.#endStream?.();
    // A new client is about to send a request. Requests of others may be in the socket, still unread.
    if (this.#hasAsked) setImmediate(() => setImmediate(() => this.#closeIfDone()));
  }

  #closeIfDone(): void {
    if (this.#finishing && this.#waiting === 0 && this.#input.isEmpty) this.#socket.destroySoon();
  }

  /** The socket is gone. */
  closed(): void {
    this.#disarm();
    this.#input.stop();
  }

  async #exchange(exchange: Exchange, handler: HttpHandler): Promise<void> {
    if (this.#ending) return;
    const { request, response } = exchange;
    const before = this.#socket.bytesWritten;
    const reply = await this.#ask(exchange, handler);
    if (reply.kind === "stream") await this.#stream(response, reply);
    else await this.#send(exchange, reply).finally(reply.kind === "parts" ? reply.closed : null);
    this.#waiting--;
    this.#idleSince = monotonic();
    exchange.held.close();
    if (this.#waiting === 0) this.#input.next();
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

  async #ask(exchange: Exchange, handler: HttpHandler): Promise<HttpReply> {
    try {
      const stoppable = (stop: () => void): void => {
        this.#stopBody = stop;
        if (this.#broken) stop();
      };
      return await handler(
        asRequest(exchange, {
          peer: this.#peer,
          limits: this.#limits,
          stoppable,
        }),
      );
    } catch (error) {
      const { method, url } = exchange.request;
      this.#reports.failure(`answering ${method} ${url} failed`, error);
      return INTERNAL_SERVER_ERROR;
    }
  }

  async #send({ request, response, held }: Exchange, reply: FiniteReply): Promise<void> {
    if (this.#socket.destroyed) return;
    const body = bodyOf(reply);
    const kept = reply.kind === "whole" ? body.length : 0;
    if (!held.take(kept) && !(await held.reserve(kept))) {
      this.#socket.destroy();
      return;
    }
    const unread = !request.complete;
    const isLast = this.#finishing && this.#waiting === 1 && this.#input.isEmpty;
    const length = ["Content-Length", String(body.length)] as const;
    const own: HttpHeaders = unread || isLast ? [["Connection", "close"], length] : [length];
    writeHead(response, reply.status, this.#serverName, reply.headers, ...own);
    this.#sending = true;
    held.progress();
    const options = { partMs: this.#limits.requestMs, progress: () => held.progress() };
    if (unread && reply.kind === "whole" && !this.#isHopeless(request)) {
      // Closing with unread input resets the connection, and the client might never see the reply.
      response.write(reply.body);
      await discardBody(request, this.#limits.lingerMs);
      await sendBody(response, inParts(new Uint8Array(0)), options);
    } else {
      await sendBody(response, body, options);
    }
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
      writeHead(response, 200, this.#serverName, reply.headers);
      response.flushHeaders();
      const gone = over(response);
      const sink = this.#backlogs.open(response);
      this.#endStream = sink.end;
      this.#sending = true;
      this.#input.next();
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

/** An IPv4 client on a socket for both families is shown the way it is known. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
