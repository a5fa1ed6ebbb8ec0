// HTTP server on node:net, for a daemon that is nearly always idle: without connections there is no timer, and none for an
// idle connection. Connections are counted, and the one that was idle longest makes room for a new one.

import { createServer, type Server, type Socket } from "node:net";
import type { HttpListener, HttpServer } from "../../ports/http-server.ts";
import { type ConnectionContext, HttpConnection } from "./http-connection.ts";
import { Backlogs, DEFAULT_LIMITS, type HttpLimits, Slots } from "./http-limits.ts";

const KEEPALIVE_PROBE_MS = 300_000;
const BACKLOG = 1024;
/** Bytes that node keeps of a socket which is not read before it leaves the rest to the kernel. */
const READ_AHEAD = 4096;

/**
 * A server with tsv's limits, which all its listening sockets share.
 * @param serverName value of the `Server` header
 */
export function createHttpServer(serverName: string, limits: Partial<HttpLimits> = {}): HttpServer {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const shared = {
    serverName,
    limits: all,
    localSlots: new Slots(all),
    remoteSlots: new Slots(all),
    backlogs: new Backlogs(all),
  };
  return {
    listen: (fd, handler, reports) => new Listener({ ...shared, handler, reports }).listen(fd),
  };
}

class Listener implements HttpListener {
  readonly #context: ConnectionContext;
  readonly #server: Server;
  readonly #connections = new Map<Socket, HttpConnection>();

  constructor(context: ConnectionContext) {
    this.#context = context;
    // Replies are one write each; waiting for more would add 40 ms to the small ones.
    const options = { allowHalfOpen: true, noDelay: true, highWaterMark: READ_AHEAD };
    this.#server = createServer(options, (socket) => this.#accept(socket));
    this.#server.on("error", (error) => {
      context.reports.failure("the listening socket failed", error);
    });
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

  async close(): Promise<void> {
    const closed = this.#stopAccepting();
    this.#cutOff();
    await closed;
  }

  async drain(patience: AbortSignal): Promise<void> {
    const closed = this.#stopAccepting();
    const cutOff = (): void => this.#cutOff();
    for (const connection of this.#connections.values()) connection.finish();
    if (patience.aborted) cutOff();
    else patience.addEventListener("abort", cutOff, { once: true });
    await closed;
    patience.removeEventListener("abort", cutOff);
  }

  /** Settles when no connection is left. */
  #stopAccepting(): Promise<void> {
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #cutOff(): void {
    for (const connection of this.#connections.values()) connection.shutDown();
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#context.limits.maxConnections) this.#makeRoom();
    // The kernel asks after peers that vanished; the daemon does not have to wake for it.
    if (socket.remoteAddress !== undefined) socket.setKeepAlive(true, KEEPALIVE_PROBE_MS);
    // Without a listener a reset would be an uncaught exception.
    socket.on("error", () => socket.destroy());
    const connection = new HttpConnection(socket, this.#context);
    this.#connections.set(socket, connection);
    socket.once("close", () => this.#connections.delete(socket));
    void connection.serve();
  }

  /** Drops the connection that has been idle longest, or if all are busy the oldest: new clients must get in. */
  #makeRoom(): void {
    let victim: [Socket, HttpConnection] | null = null;
    for (const entry of this.#connections) {
      if (victim === null || entry[1].idleSince() < victim[1].idleSince()) victim = entry;
    }
    if (victim === null) return;
    this.#connections.delete(victim[0]);
    victim[0].destroy();
  }
}
