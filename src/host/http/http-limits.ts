// Limits of the daemon's memory and time for HTTP clients.

/** Each limit holds for one connection, except the number of connections and what all together may hold. */
export interface HttpLimits {
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** What all requests together may hold: their heads and bodies, what is made of them, and answers not yet sent. One body of the largest size needs six times that. */
  readonly maxHeldBytes: number;
  /** Of that, what is kept for unix sockets, so that their clients are heard whatever comes from the network. */
  readonly unixReserveBytes: number;
  /** Requests that hold no more than this find room beyond all of that, up to `smallReserveBytes` of it. */
  readonly smallBytes: number;
  readonly smallReserveBytes: number;
  /** Not counted of each request. */
  readonly freeBytes: number;
  /** How long a request waits for others to give memory back. */
  readonly roomMs: number;
  /** How many requests wait for that at once, of unix sockets and of others. */
  readonly maxWaiting: number;
  /** A client that has taken nothing of its answer for so long is cut off when another request needs the memory. */
  readonly stalledMs: number;
  /** From the connection, or the first byte of a later request's body, until all of the request is there. */
  readonly requestMs: number;
  /** How far a reader of an endless reply may fall behind. */
  readonly maxBacklogBytes: number;
  /** How far all of them together may; the one furthest behind is cut off then. */
  readonly maxBacklogsBytes: number;
  /** How long a reply to an unread request waits for the rest of it, so that the client reads the reply. */
  readonly lingerMs: number;
}

const KB = 1024;
const MB = 1024 * KB;

export const DEFAULT_LIMITS: HttpLimits = {
  maxHeaderBytes: 16 * KB,
  maxBodyBytes: 2 * MB,
  maxConnections: 1000,
  maxHeldBytes: 18 * MB,
  unixReserveBytes: 5 * MB,
  smallBytes: 64 * KB,
  smallReserveBytes: 6 * MB,
  freeBytes: 4 * KB,
  roomMs: 10_000,
  maxWaiting: 100,
  stalledMs: 1_000,
  requestMs: 60_000,
  maxBacklogBytes: MB,
  maxBacklogsBytes: 8 * MB,
  lingerMs: 5_000,
};
