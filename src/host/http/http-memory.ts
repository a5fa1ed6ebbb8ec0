// How much of the daemon's memory all connections together may hold: bodies that are still arriving, and replies that
// their clients are slow to read. What one request may hold is limited elsewhere.

import type { HttpLimits } from "./http-limits.ts";

interface UnsentReply {
  readonly bytes: number;
  readonly drop: () => void;
}

/** The account of one server. */
export class HttpMemory {
  readonly #limits: HttpLimits;
  #bodyBytes = 0;
  #replyBytes = 0;
  /** In the order in which they began. */
  readonly #unsent = new Set<UnsentReply>();

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** Books part of a body. @returns false when there is no room for it; nothing is booked then */
  takeBody(bytes: number): boolean {
    if (this.#bodyBytes + bytes > this.#limits.maxBodiesBytes) return false;
    this.#bodyBytes += bytes;
    return true;
  }

  /** The body was read, or given up. */
  giveBody(bytes: number): void {
    this.#bodyBytes -= bytes;
  }

  /**
   * Books a reply until the function returned is called. The replies that began first make room for it, since theirs
   * are the slowest readers; one that is larger than all the room is sent nevertheless.
   * @param drop cuts the connection
   */
  holdReply(bytes: number, drop: () => void): () => void {
    const held: UnsentReply = { bytes, drop };
    for (const other of this.#unsent) {
      if (this.#replyBytes + bytes <= this.#limits.maxUnsentBytes) break;
      this.#forget(other);
      other.drop();
    }
    this.#unsent.add(held);
    this.#replyBytes += bytes;
    return () => this.#forget(held);
  }

  #forget(reply: UnsentReply): void {
    if (this.#unsent.delete(reply)) this.#replyBytes -= reply.bytes;
  }
}
