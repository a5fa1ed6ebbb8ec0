// HTTP server on node:net, for a daemon that is nearly always idle: without connections there is no timer, and none for an
// idle connection. All listening sockets share the descriptors of the process, so their connections are counted together, and one
// that is idle makes room: for a new connection, or for a program.

import { createServer, type Server, type Socket } from "node:net";
import type { TlsFiles } from "../../core/net/certificates.ts";
import type { HttpListener, HttpServer } from "../../ports/http-server.ts";
import { monotonic } from "../time/clock.ts";
import { type ConnectionContext, HttpConnection } from "./http-connection.ts";
import { Backlogs, DEFAULT_LIMITS, type HttpLimits, Slots } from "./http-limits.ts";
import type { TlsDoor } from "./tls-door.ts";

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
  const listeners = new Set<Listener>();
  let most = (): number => all.maxConnections;
  /** The socket that has the most connections loses one: those of a flood keep nobody from the other sockets. */
  const makeRoom = (): void => {
    const sizes = Array.from(listeners, ({ size }) => size);
    if (sizes.reduce((sum, size) => sum + size, 0) < Math.min(most(), all.maxConnections)) return;
    const largest = Math.max(...sizes);
    dropOne([...listeners].filter(({ size }) => size === largest));
  };
  const shared = {
    serverName,
    limits: all,
    localSlots: new Slots(all),
    remoteSlots: new Slots(all),
    backlogs: new Backlogs(all),
  };
  return {
    async listen(fd, handler, reports, tls = null) {
      const context = { ...shared, handler, reports };
      const door = tls === null ? null : await openDoor(tls, context);
      return await new Listener(context, { listeners, makeRoom }, door).listen(fd);
    },
    limitConnections(limit) {
      most = limit;
    },
    dropConnection: () => dropOne([...listeners], Number.POSITIVE_INFINITY),
  };
}

/** node:tls is memory that a daemon without TLS does not need. */
async function openDoor(files: TlsFiles, { limits, reports }: ConnectionContext): Promise<TlsDoor> {
  const { TlsDoor } = await import("./tls-door.ts");
  return await TlsDoor.open(files, limits, reports);
}

/** A connection that could be dropped. */
interface Victim {
  readonly idleSince: number;
  drop(): void;
}

/**
 * Drops a connection: the one that was idle longest, else the oldest reader of an endless reply, else the oldest.
 * @param before only one that is idle since a time before this
 */
function dropOne(listeners: readonly Listener[], before?: number): boolean {
  const victims = listeners.flatMap((listener) => listener.victim() ?? []);
  const least = Math.min(...victims.map(({ idleSince }) => idleSince));
  if (before !== undefined && least >= before) return false;
  const victim = victims.find(({ idleSince }) => idleSince === least);
  victim?.drop();
  return victim !== undefined;
}

/** What the listening sockets of a server have in common. */
interface Siblings {
  readonly listeners: Set<Listener>;
  /** Drops a connection if there are as many as allowed. */
  readonly makeRoom: () => void;
}

/** A connection by its socket, of which it is one also before and during a TLS handshake. */
type Connection = Pick<HttpConnection, "idleSince" | "finish" | "shutDown">;

class Listener implements HttpListener {
  readonly #context: ConnectionContext;
  readonly #server: Server;
  readonly #siblings: Siblings;
  /** Null for plain HTTP. */
  readonly #door: TlsDoor | null;
  readonly #connections = new Map<Socket, Connection>();
  #isDraining = false;

  constructor(context: ConnectionContext, siblings: Siblings, door: TlsDoor | null) {
    this.#context = context;
    this.#siblings = siblings;
    this.#door = door;
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
        this.#siblings.listeners.add(this);
        this.#server.once("close", () => this.#siblings.listeners.delete(this));
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
    this.#isDraining = true;
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
    this.#siblings.makeRoom();
    // The kernel asks after peers that vanished; the daemon does not have to wake for it.
    if (socket.remoteAddress !== undefined) socket.setKeepAlive(true, KEEPALIVE_PROBE_MS);
    // Without a listener a reset would be an uncaught exception.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#connections.delete(socket));
    if (this.#door === null) {
      this.#serve(socket, socket);
      return;
    }
    const since = monotonic();
    const shutDown = (): void => void socket.destroy();
    this.#connections.set(socket, { idleSince: () => since, finish() {}, shutDown });
    void this.#door.admit(socket, (secured) => this.#serve(socket, secured));
  }

  /** @param secured the same connection, without its encryption */
  #serve(socket: Socket, secured: Socket): void {
    const connection = new HttpConnection(secured, this.#context);
    this.#connections.set(socket, connection);
    if (this.#isDraining) connection.finish();
    void connection.serve();
  }

  get size(): number {
    return this.#connections.size;
  }

  victim(): Victim | null {
    let victim: [Socket, Connection] | null = null;
    for (const entry of this.#connections) {
      if (victim === null || entry[1].idleSince() < victim[1].idleSince()) victim = entry;
    }
    if (victim === null) return null;
    const [socket, connection] = victim;
    const drop = (): void => {
      this.#connections.delete(socket);
      socket.destroy();
    };
    return { idleSince: connection.idleSince(), drop };
  }
}
