// One connection of the HTTP server: its requests one after the other, each reply out before the next is looked at.
// All its timers are deadlines that exist only while something is awaited from the client.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpHandler, HttpPeer, HttpReply, HttpServerReports } from "../ports/http-server.ts";
import { monotonic } from "./clock.ts";
import { isTooLarge, readBody } from "./http-body.ts";
import type { HttpLimits } from "./http-limits.ts";
import { openStream } from "./http-stream.ts";
import { clfDate } from "./local-date.ts";

type WholeReply = Extract<HttpReply, { kind: "whole" }>;

/** Requests sent ahead without waiting for replies; each holds its headers in memory. */
const MAX_PIPELINED = 1000;

const SERVER_ERROR: WholeReply = {
  kind: "whole",
  status: 500,
  headers: [["Content-Type", "text/plain;charset=utf-8"]],
  body: "The request failed inside tsv; its activity log says why.\n",
};

export class HttpConnectionState {
  readonly #socket: Socket;
  readonly #limits: HttpLimits;
  readonly #reports: HttpServerReports;
  readonly #peer: HttpPeer;
  #idleSince = monotonic();
  #waiting = 0;
  #turn: Promise<void> = Promise.resolve();
  #deadline: NodeJS.Timeout | null = null;
  #sending = false;
  #endStream: (() => void) | null = null;

  constructor(socket: Socket, limits: HttpLimits, reports: HttpServerReports) {
    this.#socket = socket;
    this.#limits = limits;
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

  /** The peer sent what is not HTTP. Said so, unless that would end up in the middle of a reply. */
  refuse(statusLine: string): void {
    this.#disarm();
    if (this.#waiting > 0 || !this.#socket.writable) {
      this.#socket.destroy();
      return;
    }
    const head = `HTTP/1.1 ${statusLine}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
    this.#socket.end(head, () => this.#socket.destroy());
  }

  /** Takes a request whose headers are complete. */
  serve(request: IncomingMessage, response: ServerResponse, handler: HttpHandler): void {
    this.#disarm();
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
    if (this.#endStream !== null) this.#endStream();
    if (!this.#sending) {
      this.#socket.destroy();
      return;
    }
    this.#socket.destroySoon();
    this.#disarm();
    this.#deadline = this.#after(this.#limits.lingerMs, () => this.#socket.destroy());
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
    const before = this.#socket.bytesWritten;
    const reply = await this.#ask(request, response, handler);
    if (reply.kind === "stream") await this.#stream(response, reply);
    else await this.#send(request, response, reply);
    this.#waiting--;
    this.#idleSince = monotonic();
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
        body: () => readBody(request, response, this.#limits),
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
    if (unread) response.setHeader("Connection", "close");
    for (const [name, value] of reply.headers) response.setHeader(name, value);
    response.setHeader("Content-Length", body.length);
    response.writeHead(reply.status);
    this.#sending = true;
    // Runs out only when no byte moved for so long, and then node:http destroys the socket: a slow reader is served,
    // one that stopped reading is not.
    this.#socket.setTimeout(this.#limits.requestMs);
    const gone = closed(response);
    if (unread) {
      // Closing with unread input resets the connection, and the client might never see the reply.
      response.write(body);
      await this.#drain(request);
      response.end();
    } else {
      response.end(body);
    }
    await gone;
    this.#socket.setTimeout(0);
    this.#sending = false;
  }

  /** Throws away what is left of a request, within limits. */
  #drain(request: IncomingMessage): Promise<void> {
    if (isTooLarge(request, this.#limits.maxBodyBytes * 16)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#after(this.#limits.lingerMs, resolve);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      request.once("end", done);
      request.once("close", done);
      request.resume();
    });
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
      const gone = closed(response);
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

  #after(ms: number, act: () => void): NodeJS.Timeout {
    return setTimeout(act, ms).unref();
  }

  #disarm(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }
}

/** Settles when all of the reply is handed to the kernel, or the connection is gone. */
function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}

/** A header sent twice arrives as a list only for Set-Cookie, which no client sends. */
function headerText(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}

/** An IPv4 client on a socket for both families is shown the way it is known. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
