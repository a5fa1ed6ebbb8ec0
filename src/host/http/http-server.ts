// HTTP on node:http, for a daemon that is nearly always idle: without connections there is no timer, and none for an idle
// connection. Connections are counted, and the one that was idle longest makes room for a new one.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { TurnSharing } from "../../core/base/turns.ts";
import type { HttpHandler, HttpListener, HttpServer } from "../../ports/http-server.ts";
import { monotonic } from "../time/clock.ts";
import { type HttpConnectionOptions, HttpConnectionState } from "./http-connection.ts";
import { DEFAULT_LIMITS, type HttpLimits } from "./http-limits.ts";
import { HttpMemory } from "./http-memory.ts";
import { Backlogs } from "./http-stream.ts";

/** node:http's own check for slow requests is an interval timer that never stops; this is its longest. */
const NEVER_MS = 2 ** 31 - 1;
const KEEPALIVE_PROBE_MS = 300_000;
const BACKLOG = 1024;
/**
 * Bytes that a socket which is not read keeps before it stops reading. Clients can send them in pieces of one byte, each of
 * which costs two hundred.
 */
const READ_AHEAD = 4096;
const MAX_HEADERS = 100;
const BAD_REQUEST = "400 Bad Request";

/**
 * A server with tsv's limits.
 * @param serverName value of the `Server` header
 * @param madeGarbage hears how many bytes of garbage streams made
 */
export function createHttpServer(
  serverName: string,
  limits: Partial<HttpLimits> = {},
  madeGarbage: (bytes: number) => void = () => {},
): HttpServer {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const memory = new HttpMemory(all);
  const backlogs = new Backlogs(all, madeGarbage);
  const defer = (run: () => void): void => void setImmediate(run);
  const input = new TurnSharing({ now: monotonic, defer });
  return {
    listen: (fd, handler, reports) =>
      new Listener(handler, { serverName, limits: all, memory, backlogs, input, reports }).listen(
        fd,
      ),
  };
}

class Listener implements HttpListener {
  readonly #server: Server;
  readonly #connections = new Map<Socket, HttpConnectionState>();
  readonly #options: HttpConnectionOptions;

  constructor(handler: HttpHandler, options: HttpConnectionOptions) {
    const { limits, reports } = options;
    this.#options = options;
    const server = createServer({
      maxHeaderSize: limits.maxHeaderBytes,
      // Clients of Supervisor speak HTTP/1.1 without Host.
      requireHostHeader: false,
      keepAliveTimeout: 0,
      headersTimeout: 0,
      requestTimeout: 0,
      connectionsCheckingInterval: NEVER_MS,
      // Replies are one write each; waiting for more would add 40 ms to the small ones.
      noDelay: true,
      highWaterMark: READ_AHEAD,
    });
    this.#server = server;
    // Pipelined requests are bounded by the connection itself, which answers them one by one.
    server.maxRequestsPerSocket = 0;
    // What is beyond is not looked at.
    server.maxHeadersCount = MAX_HEADERS;
    server.timeout = 0;
    // close() calls this, and it takes a connection whose last reply is still being sent for an idle one.
    server.closeIdleConnections = () => {};
    server.on("connection", (socket) => this.#accept(socket));
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      this.#connections.get(request.socket)?.serve(request, response, handler);
    };
    server.on("request", serve);
    // Same path: the "100 Continue" is sent when the body is asked for, so a refused request sends none.
    server.on("checkContinue", serve);
    // Other expectations are no client's of Supervisor; like it, tsv takes no notice of them.
    server.on("checkExpectation", serve);
    // tsv is no proxy. Without a listener the connection would just end.
    server.on("connect", ({ socket }) => this.#connections.get(socket)?.refuse(BAD_REQUEST));
    server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
      const connection = this.#connections.get(stream as Socket);
      if (connection === undefined) stream.destroy();
      else connection.refuse(complaint(error));
    });
    server.on("error", (error) => reports.failure("the listening socket failed", error));
  }

  listen(fd: number): Promise<HttpListener> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ fd, backlog: BACKLOG }, () => {
        this.#server.off("error", reject);
        resolve(this);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const connection of this.#connections.values()) connection.shutDown();
    });
  }

  drain(patience: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cutOff = (): void => {
        for (const connection of this.#connections.values()) connection.shutDown();
      };
      this.#server.close(() => {
        patience.removeEventListener("abort", cutOff);
        resolve();
      });
      for (const connection of this.#connections.values()) connection.finish();
      if (patience.aborted) cutOff();
      else patience.addEventListener("abort", cutOff, { once: true });
    });
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#options.limits.maxConnections) this.#makeRoom();
    // The kernel asks after peers that vanished; the daemon does not have to wake for it.
    if (socket.remoteAddress !== undefined) socket.setKeepAlive(true, KEEPALIVE_PROBE_MS);
    this.#connections.set(socket, new HttpConnectionState(socket, this.#options));
    socket.once("close", () => {
      this.#connections.get(socket)?.closed();
      this.#connections.delete(socket);
    });
    // Without a listener a reset would be an uncaught exception.
    socket.on("error", () => socket.destroy());
  }

  /** Drops the connection that has been idle longest, or if all are busy the oldest: new clients must get in. */
  #makeRoom(): void {
    let victim: [Socket, HttpConnectionState] | null = null;
    for (const entry of this.#connections) {
      if (victim === null || entry[1].idleSince() < victim[1].idleSince()) victim = entry;
    }
    if (victim === null) return;
    this.#connections.delete(victim[0]);
    victim[1].closed();
    victim[0].destroy();
  }
}

/** The answer to a broken request. */
function complaint(error: NodeJS.ErrnoException): string {
  if (error.code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  return BAD_REQUEST;
}
