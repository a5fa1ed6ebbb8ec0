// The event log: a bounded number of the newest events. Appending costs the same however many are kept.

import type { Cursor } from "./cursor.ts";
import type { Happening, LoggedEvent } from "./model.ts";

/** At least this many events are kept, and at most twice as many. A thousand programs that start make two thousand. */
export const KEPT_EVENTS = 1000;

/** The log as it is handed to a successor. */
export interface EventLogState {
  /** Names the life of the daemon. */
  readonly epoch: string;
  /** Of the event that comes next. */
  readonly next: number;
  /** Oldest first, numbered up to `next`. */
  readonly events: readonly LoggedEvent[];
}

/** What a reader gets. */
export interface Page {
  readonly events: readonly LoggedEvent[];
  /** Where the reader stands then. */
  readonly cursor: Cursor;
  /** Events were forgotten that the reader has not seen, or it stood in another epoch: it should look at everything. */
  readonly isGap: boolean;
}

export class EventLog {
  readonly epoch: string;
  #older: readonly LoggedEvent[];
  #newer: LoggedEvent[] = [];
  #next: number;

  constructor({ epoch, next, events }: EventLogState) {
    this.epoch = epoch;
    this.#next = next;
    this.#older = events;
  }

  /** Where a reader stands that has seen everything. */
  get end(): Cursor {
    return { epoch: this.epoch, seq: this.#next - 1 };
  }

  /** @param at epoch milliseconds */
  append(at: number, what: Happening): LoggedEvent {
    const event = { seq: this.#next++, at, what };
    if (this.#newer.length >= KEPT_EVENTS) {
      this.#older = this.#newer;
      this.#newer = [];
    }
    this.#newer.push(event);
    return event;
  }

  /**
   * The events after a cursor, oldest first.
   * @param cursor null for a reader who comes first and wants all that is kept
   */
  after(cursor: Cursor | null, limit: number): Page {
    const kept = this.#older.length + this.#newer.length;
    const first = this.#next - kept;
    const isKnown = cursor !== null && cursor.epoch === this.epoch && cursor.seq < this.#next;
    const wanted = isKnown ? cursor.seq + 1 : 1;
    const from = Math.max(wanted, first);
    const events = this.#slice(from - first, limit);
    return {
      events,
      cursor: { epoch: this.epoch, seq: from - 1 + events.length },
      isGap: cursor !== null && (!isKnown || wanted < first),
    };
  }

  state(): EventLogState {
    return { epoch: this.epoch, next: this.#next, events: [...this.#older, ...this.#newer] };
  }

  #slice(from: number, limit: number): readonly LoggedEvent[] {
    const inOlder = this.#older.slice(from, from + limit);
    const rest = Math.max(0, from - this.#older.length);
    return [...inOlder, ...this.#newer.slice(rest, rest + limit - inOlder.length)];
  }
}
