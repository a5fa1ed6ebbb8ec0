// How much of the daemon's memory and time strangers get over HTTP.

/** Each limit holds for one connection, except the number of connections and what all together may hold. */
export interface HttpLimits {
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** How much of a body always finds room, so that ordinary calls are heard whatever others send. */
  readonly freeBodyBytes: number;
  /** How much of all bodies that are still arriving is held beyond that. */
  readonly maxBodiesBytes: number;
  /** How much of all replies that are not yet read is held before the slowest readers are cut off. */
  readonly maxUnsentBytes: number;
  /** From the connection, or the first byte of a later request's body, until all of the request is there. */
  readonly requestMs: number;
  /** How far a reader of an endless reply may fall behind. */
  readonly maxBacklogBytes: number;
  /** How long a reply to an unread request waits for the rest of it, so that the client reads the reply. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: 16 * 1024 * 1024,
  maxConnections: 1000,
  freeBodyBytes: 64 * 1024,
  maxBodiesBytes: 64 * 1024 * 1024,
  maxUnsentBytes: 128 * 1024 * 1024,
  requestMs: 60_000,
  maxBacklogBytes: 1024 * 1024,
  lingerMs: 5_000,
};
