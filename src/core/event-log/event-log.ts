// Events of programs and of the daemon, ordered and numbered, so that a reader can resume where it stopped: views, metrics,
// notifications, other machines. It is only for reading; no decision of supervision depends on it.

import { type ProcessKey, parseNamespec } from "../base/ids.ts";
import type { Notice, ProcessStateName } from "../process/model.ts";

/** What happened. */
export type Happening =
  /** A process changed its state. `details` as in Supervisor's event of that state: tries, pid, expected. */
  | {
      readonly kind: "state";
      readonly key: ProcessKey;
      readonly from: ProcessStateName;
      readonly to: ProcessStateName;
      readonly details: Readonly<Record<string, number>>;
    }
  /** The program of a process that is STARTING executes. */
  | { readonly kind: "executes"; readonly key: ProcessKey; readonly pid: number }
  | { readonly kind: "notice"; readonly key: ProcessKey; readonly notice: Notice }
  /** A process joined or left its group. */
  | { readonly kind: "process-added"; readonly key: ProcessKey }
  | { readonly kind: "process-removed"; readonly key: ProcessKey }
  /** It has another definition. */
  | { readonly kind: "configured"; readonly key: ProcessKey }
  | { readonly kind: "group-added"; readonly group: string }
  | { readonly kind: "group-removed"; readonly group: string }
  /** The daemon stops its programs, to end or to start over. */
  | { readonly kind: "stopping" };

export interface LoggedEvent {
  /** Counts from 1, without gaps, across reloads and upgrades of the daemon. */
  readonly seq: number;
  /** Epoch milliseconds of the wall clock, which may be set back. */
  readonly at: number;
  readonly what: Happening;
}

/** The one process that an event is about; null for those that concern several. */
export function processOf({ what }: LoggedEvent): ProcessKey | null {
  switch (what.kind) {
    case "state":
    case "executes":
    case "notice":
      return what.key;
    default:
      return null;
  }
}

/**
 * The position of a reader in the event log, as one word that it stores and passes back: `EPOCH-SEQ`. Another epoch is another
 * daemon, with its own numbers.
 */
export interface Cursor {
  readonly epoch: string;
  /** Of the last event that the reader has; 0 for none. */
  readonly seq: number;
}

/** No cursor is longer. */
const LONGEST = 64;
const SHAPE = /^([0-9a-z]+)-(\d+)$/;

export function cursorText({ epoch, seq }: Cursor): string {
  return `${epoch}-${seq}`;
}

/** @returns null for a text that no event log wrote */
export function parseCursor(text: string): Cursor | null {
  const [, epoch, digits] = text.length <= LONGEST ? (SHAPE.exec(text) ?? []) : [];
  const seq = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(seq) ? { epoch, seq } : null;
}

/** At least this many events are kept, and at most twice as many. A thousand programs that start make two thousand. */
export const KEPT_EVENTS = 1000;

/** An epoch that no other event log has. @param pid of the daemon */
export function newEpoch(wallMs: number, pid: number): string {
  return `${wallMs.toString(36)}${pid.toString(36)}`;
}

/** The log in a snapshot. */
export interface EventLogState {
  /** Identifies the daemon, across reloads and upgrades. */
  readonly epoch: string;
  /** Of the event that comes next. */
  readonly next: number;
  /** Oldest first, numbered up to `next`. */
  readonly events: readonly LoggedEvent[];
}

/** What a reader gets. */
export interface Page {
  readonly events: readonly LoggedEvent[];
  /** The position of the reader after these events. */
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

  /** The position of a reader that has all events. */
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

type EventFields = Readonly<Record<string, string | number>>;

/**
 * An event as clients get it, with the same members as JSON and in XML-RPC, flat, in snake_case as in Supervisor's:
 * `seq`, `at_ms` (epoch milliseconds), `kind`, and by kind: `group`, `name`, `from`, `to`, `pid`, `tries`, `expected` (0 or 1),
 * `about` (READY, HEALTH …) with its details and its `text`.
 */
export function eventFields({ seq, at, what }: LoggedEvent): EventFields {
  return { seq, at_ms: at, kind: what.kind, ...fieldsOf(what) };
}

function fieldsOf(what: Happening): EventFields {
  switch (what.kind) {
    case "state":
      return { ...names(what.key), from: what.from, to: what.to, ...what.details };
    case "executes":
      return { ...names(what.key), pid: what.pid };
    case "notice": {
      const { about, details, text } = what.notice;
      return { ...names(what.key), about, ...details, ...(text === "" ? {} : { text }) };
    }
    case "process-added":
    case "process-removed":
    case "configured":
      return names(what.key);
    case "group-added":
    case "group-removed":
      return { group: what.group };
    case "stopping":
      return {};
  }
}

function names(key: ProcessKey): { readonly group: string; readonly name: string } {
  const { group, process } = parseNamespec(key);
  return { group, name: process ?? "" };
}
