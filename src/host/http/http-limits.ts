// Limits of the daemon's memory and time for HTTP clients.

export interface HttpLimits {
  readonly maxHeaderBytes: number;
  /** Supervisor has no limit. The largest calls of clients are texts for the stdin of a program. */
  readonly maxBodyBytes: number;
  /** Of one listening socket. */
  readonly maxConnections: number;
  /** A larger body, one of unknown length, and a larger answer need a slot. */
  readonly smallBytes: number;
  /** Of unix sockets, and as many of others: what comes from the network keeps no slot from a local client. */
  readonly largeSlots: number;
  /** How long a request waits for a slot. */
  readonly slotWaitMs: number;
  /** How many requests wait for one, of unix sockets and of others; what they have sent is in memory. */
  readonly maxWaiting: number;
  /** A client that has a slot and neither sends nor takes anything for so long is cut off when another one waits. */
  readonly stalledMs: number;
  /** From the connection, or the first byte of a later request, until all of the request is there; and for a part of an answer. */
  readonly requestMs: number;
  /** How far a reader of an endless reply may fall behind. */
  readonly maxBacklogBytes: number;
  /** How far all of them together may; the one furthest behind is cut off then. */
  readonly maxBacklogsBytes: number;
  /** How long a connection that is being closed is read, so that the client reads the reply. */
  readonly lingerMs: number;
}

const KB = 1024;
const MB = 1024 * KB;

export const DEFAULT_LIMITS: HttpLimits = {
  maxHeaderBytes: 16 * KB,
  maxBodyBytes: 512 * KB,
  maxConnections: 1000,
  smallBytes: 8 * KB,
  largeSlots: 3,
  slotWaitMs: 10_000,
  maxWaiting: 100,
  stalledMs: 1_000,
  requestMs: 60_000,
  maxBacklogBytes: MB,
  maxBacklogsBytes: 8 * MB,
  lingerMs: 5_000,
};
