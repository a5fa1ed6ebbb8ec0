// Limits of the daemon's memory and time for HTTP clients. Large requests and answers are bounded by their number: each needs
// a slot before it is read or made, and keeps it until its answer is out; a request without a slot waits in its socket.
// Endless replies have a limit on what slow readers leave in memory, for each of them and in total.

import type { Socket } from "node:net";
import type { HttpSink } from "../../ports/http-server.ts";
import { monotonic } from "../time/clock.ts";

export interface HttpLimits {
  readonly maxHeaderBytes: number;
  /** Supervisor has no limit. The largest calls of clients are texts for the stdin of a program. */
  readonly maxBodyBytes: number;
  /** Of all listening sockets. */
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
  /** From the connection until the end of a TLS handshake. */
  readonly handshakeMs: number;
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
  handshakeMs: 10_000,
  maxBacklogBytes: MB,
  maxBacklogsBytes: 8 * MB,
  lingerMs: 5_000,
};

/** A slot of one request. */
export class Slot {
  readonly #slots: Slots;
  /** Cuts the connection off. */
  readonly drop: () => void;
  /** Since when the client is waited for, in monotonic milliseconds; null while it is not. */
  stalledSince: number | null = null;

  constructor(slots: Slots, drop: () => void) {
    this.#slots = slots;
    this.drop = drop;
  }

  /** The client is waited for: called when that begins, and whenever it has sent or taken another part. */
  awaitClient(): void {
    this.stalledSince = monotonic();
    this.#slots.watchStalled();
  }

  /** The client is not waited for any more. */
  rest(): void {
    this.stalledSince = null;
  }

  /** The request is over. Further calls do nothing. */
  leave(): void {
    this.#slots.leave(this);
  }
}

type SlotLimits = Pick<HttpLimits, "largeSlots" | "slotWaitMs" | "maxWaiting" | "stalledMs">;

interface Waiter {
  readonly drop: () => void;
  readonly settle: (slot: Slot | null) => void;
}

/** The slots of one kind of socket. */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #holders = new Set<Slot>();
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /**
   * Waits for a slot, first come, first served.
   * @param drop cuts the connection off, because another one needs the slot and the client sends or takes nothing
   * @returns null when none became free in time, or too many wait already
   */
  enter(drop: () => void): Promise<Slot | null> {
    if (this.#waiters.size >= this.#limits.maxWaiting) return Promise.resolve(null);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        drop,
        settle: (slot) => {
          clearTimeout(patience);
          this.#waiters.delete(waiter);
          resolve(slot);
        },
      };
      const patience = setTimeout(() => waiter.settle(null), this.#limits.slotWaitMs).unref();
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  leave(slot: Slot): void {
    if (this.#holders.delete(slot)) this.#serve();
  }

  /** While a request waits: looks again when the next client counts as stalled. */
  watchStalled(): void {
    const since = this.#slowest()?.stalledSince ?? null;
    if (this.#timer !== null || since === null || this.#waiters.size === 0) return;
    const left = since + this.#limits.stalledMs - monotonic();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#serve();
      },
      Math.max(1, Math.ceil(left) + 1),
    ).unref();
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      if (this.#holders.size >= this.#limits.largeSlots) this.#dropStalled();
      if (this.#holders.size >= this.#limits.largeSlots) break;
      const slot = new Slot(this, waiter.drop);
      this.#holders.add(slot);
      waiter.settle(slot);
    }
    this.watchStalled();
  }

  /** The client that has sent or taken nothing for longest loses its connection. */
  #dropStalled(): void {
    const slowest = this.#slowest();
    const since = slowest?.stalledSince ?? Number.POSITIVE_INFINITY;
    if (slowest === null || since > monotonic() - this.#limits.stalledMs) return;
    this.#holders.delete(slowest);
    slowest.drop();
  }

  #slowest(): Slot | null {
    let slowest: Slot | null = null;
    for (const slot of this.#holders) {
      if (slot.stalledSince === null) continue;
      if (slowest === null || slot.stalledSince < (slowest.stalledSince ?? 0)) slowest = slot;
    }
    return slowest;
  }
}

/** A reply that has begun. */
interface OpenStream {
  readonly sink: HttpSink;
  /** Settles when all of it is handed to the kernel, or the connection is gone. */
  readonly ended: Promise<void>;
}

/** What all readers of endless replies have not taken yet. */
export class Backlogs {
  readonly #limits: Pick<HttpLimits, "maxBacklogBytes" | "maxBacklogsBytes">;
  readonly #open = new Set<Socket>();

  constructor(limits: Pick<HttpLimits, "maxBacklogBytes" | "maxBacklogsBytes">) {
    this.#limits = limits;
  }

  /** Begins a reply whose head is out. A reader too far behind is cut off. @param isChunked else the connection ends it */
  open(socket: Socket, isChunked: boolean): OpenStream {
    let settle: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      settle = resolve;
    });
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
      this.#open.delete(socket);
      socket.off("close", closed);
    };
    const closed = (): void => {
      close();
      settle();
    };
    this.#open.add(socket);
    socket.on("close", closed);
    const sink: HttpSink = {
      write: (...parts) => {
        const length = parts.reduce((sum, part) => sum + part.length, 0);
        if (!isOpen || length === 0) return;
        if (socket.writableLength + length > this.#limits.maxBacklogBytes) {
          socket.destroy();
          return;
        }
        socket.cork();
        if (isChunked) socket.write(`${length.toString(16)}\r\n`);
        for (const part of parts) socket.write(part);
        if (isChunked) socket.write("\r\n");
        socket.uncork();
        if (socket.writableLength > 0) this.#cutSlowest();
      },
      end: () => {
        if (!isOpen) return;
        close();
        if (!isChunked || socket.destroyed) settle();
        else socket.write("0\r\n\r\n", () => settle());
      },
    };
    return { sink, ended };
  }

  #cutSlowest(): void {
    let sum = 0;
    let slowest: Socket | null = null;
    for (const each of this.#open) {
      if (each.destroyed) continue;
      sum += each.writableLength;
      if (slowest === null || each.writableLength > slowest.writableLength) slowest = each;
    }
    if (sum > this.#limits.maxBacklogsBytes) slowest?.destroy();
  }
}
