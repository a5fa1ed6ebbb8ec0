// Bounds the memory of large requests and answers by their number: each needs a slot before it is read or made, and keeps it
// until its answer is out. A request without a slot waits in its socket.

import { monotonic } from "../time/clock.ts";
import type { HttpLimits } from "./http-limits.ts";

/** A slot of one request. */
export interface Slot {
  /** The client is waited for: called when that begins, and whenever it has sent or taken another part. */
  awaitClient(): void;
  /** The client is not waited for any more. */
  rest(): void;
  /** The request is over. Further calls do nothing. */
  leave(): void;
}

type SlotLimits = Pick<HttpLimits, "largeSlots" | "slotWaitMs" | "maxWaiting" | "stalledMs">;

interface Holder {
  /** Cuts the connection. */
  readonly drop: () => void;
  /** Since when the client is waited for, in monotonic milliseconds; null while it is not. */
  stalledSince: number | null;
}

interface Waiter {
  readonly drop: () => void;
  readonly settle: (slot: Slot | null) => void;
}

/** The slots of one kind of socket. */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #holders = new Set<Holder>();
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

  #serve(): void {
    for (const waiter of this.#waiters) {
      if (this.#holders.size >= this.#limits.largeSlots) this.#dropStalled();
      if (this.#holders.size >= this.#limits.largeSlots) break;
      waiter.settle(this.#hand(waiter.drop));
    }
    this.#watchStalled();
  }

  #hand(drop: () => void): Slot {
    const holder: Holder = { drop, stalledSince: null };
    this.#holders.add(holder);
    return {
      awaitClient: () => {
        holder.stalledSince = monotonic();
        if (this.#waiters.size > 0) this.#watchStalled();
      },
      rest: () => {
        holder.stalledSince = null;
      },
      leave: () => {
        if (this.#holders.delete(holder)) this.#serve();
      },
    };
  }

  /** The client that has sent or taken nothing for longest loses its connection. */
  #dropStalled(): void {
    const slowest = this.#slowest();
    if (slowest === null || slowest.since > monotonic() - this.#limits.stalledMs) return;
    this.#holders.delete(slowest.holder);
    slowest.holder.drop();
  }

  #slowest(): { readonly holder: Holder; readonly since: number } | null {
    let slowest: { readonly holder: Holder; readonly since: number } | null = null;
    for (const holder of this.#holders) {
      const since = holder.stalledSince;
      if (since !== null && (slowest === null || since < slowest.since)) {
        slowest = { holder, since };
      }
    }
    return slowest;
  }

  /** While a request waits: looks again when the next client counts as stalled. */
  #watchStalled(): void {
    const slowest = this.#slowest();
    if (this.#timer !== null || slowest === null || this.#waiters.size === 0) return;
    const left = slowest.since + this.#limits.stalledMs - monotonic();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#serve();
      },
      Math.max(1, Math.ceil(left) + 1),
    ).unref();
  }
}
