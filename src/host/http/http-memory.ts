// Limits the memory of all requests together, from their first byte until their answer is sent. A request without room waits
// for others to finish, and clients that do not read their answers are disconnected to make room.

import { monotonic } from "../time/clock.ts";
import type { HttpLimits } from "./http-limits.ts";

/** What one request holds. */
export interface Held {
  /** Books memory. @returns false when there is no room; nothing is booked then */
  take(bytes: number): boolean;
  /** The same, but waits for a while. */
  reserve(bytes: number): Promise<boolean>;
  give(bytes: number): void;
  /**
   * The client is waited for: called when that begins, and whenever it has sent or taken some more. One that does not is cut
   * off when others need the memory.
   */
  progress(): void;
  /** The client is not waited for any more. */
  rest(): void;
  /** The exchange is over. */
  close(): void;
}

interface Waiting {
  readonly held: Holding;
  readonly bytes: number;
  readonly settle: (booked: boolean) => void;
}

/** The account of one server. */
export class HttpMemory {
  readonly #limits: HttpLimits;
  readonly #awaited = new Set<Holding>();
  /** Those of unix sockets are served first. */
  readonly #waiting = { local: new Set<Waiting>(), other: new Set<Waiting>() };
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** @param isLocal on a unix socket @param drop cuts the connection */
  open(isLocal: boolean, drop: () => void): Held {
    return new Holding(this, isLocal, drop);
  }

  /** Bytes that are booked. */
  get bytes(): number {
    return this.#bytes;
  }

  take(held: Holding, bytes: number): boolean {
    if (bytes === 0) return true;
    if (!this.#hasRoom(held, bytes)) this.#dropStalled(held, bytes);
    if (!this.#hasRoom(held, bytes)) return false;
    this.#book(held, bytes);
    return true;
  }

  #book(held: Holding, bytes: number): void {
    this.#bytes += bytes;
    held.bytes += bytes;
  }

  /** One that is larger than all the room has it when no other needs any. */
  #takeOrAlone(held: Holding, bytes: number): boolean {
    if (this.take(held, bytes)) return true;
    if (held.isOver || this.#bytes > held.bytes) return false;
    this.#book(held, bytes);
    return true;
  }

  reserve(held: Holding, bytes: number): Promise<boolean> {
    if (this.#takeOrAlone(held, bytes)) return Promise.resolve(true);
    const queue = held.isLocal ? this.#waiting.local : this.#waiting.other;
    if (queue.size >= this.#limits.maxWaiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        held,
        bytes,
        settle: (booked) => {
          clearTimeout(patience);
          queue.delete(waiting);
          resolve(booked);
        },
      };
      const patience = setTimeout(() => waiting.settle(false), this.#limits.roomMs).unref();
      queue.add(waiting);
      this.#watchStalled();
    });
  }

  give(held: Holding, bytes: number): void {
    const given = Math.min(bytes, held.bytes);
    held.bytes -= given;
    this.#bytes -= given;
    if (given > 0) this.#serveWaiting();
  }

  progress(held: Holding): void {
    held.movedAt = monotonic();
    // Last in the order now.
    this.#awaited.delete(held);
    this.#awaited.add(held);
  }

  rest(held: Holding): void {
    this.#awaited.delete(held);
  }

  close(held: Holding): void {
    held.isOver = true;
    this.#awaited.delete(held);
    for (const waiting of held.isLocal ? this.#waiting.local : this.#waiting.other) {
      if (waiting.held === held) waiting.settle(false);
    }
    this.give(held, held.bytes);
  }

  #hasRoom(held: Holding, bytes: number): boolean {
    const { maxHeldBytes, unixReserveBytes, smallBytes, smallReserveBytes } = this.#limits;
    const isSmall = held.bytes + bytes <= smallBytes;
    const room = maxHeldBytes - (held.isLocal ? 0 : unixReserveBytes);
    return !held.isOver && this.#bytes + bytes <= room + (isSmall ? smallReserveBytes : 0);
  }

  /** Those who have read nothing for longest first. */
  #dropStalled(held: Holding, bytes: number): void {
    const before = monotonic() - this.#limits.stalledMs;
    for (const other of this.#awaited) {
      if (other.movedAt > before || this.#hasRoom(held, bytes)) return;
      if (other === held) continue;
      this.close(other);
      other.drop();
    }
  }

  #serveWaiting(): void {
    for (const queue of [this.#waiting.local, this.#waiting.other]) {
      for (const waiting of queue) {
        if (!this.#takeOrAlone(waiting.held, waiting.bytes)) break;
        waiting.settle(true);
      }
    }
  }

  #isWaitedFor(): boolean {
    return this.#waiting.local.size + this.#waiting.other.size > 0;
  }

  /** Looks again when the next client counts as stalled, while a request waits. */
  #watchStalled(): void {
    const [slowest] = this.#awaited;
    if (this.#timer !== null || slowest === undefined || !this.#isWaitedFor()) return;
    const left = slowest.movedAt + this.#limits.stalledMs - monotonic();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#serveWaiting();
        this.#watchStalled();
      },
      Math.max(1, Math.ceil(left) + 1),
    ).unref();
  }
}

class Holding implements Held {
  readonly #memory: HttpMemory;
  readonly isLocal: boolean;
  readonly drop: () => void;
  bytes = 0;
  movedAt = 0;
  isOver = false;

  constructor(memory: HttpMemory, isLocal: boolean, drop: () => void) {
    this.#memory = memory;
    this.isLocal = isLocal;
    this.drop = drop;
  }

  take(bytes: number): boolean {
    return this.#memory.take(this, bytes);
  }

  reserve(bytes: number): Promise<boolean> {
    return this.#memory.reserve(this, bytes);
  }

  give(bytes: number): void {
    this.#memory.give(this, bytes);
  }

  progress(): void {
    this.#memory.progress(this);
  }

  rest(): void {
    this.#memory.rest(this);
  }

  close(): void {
    this.#memory.close(this);
  }
}
