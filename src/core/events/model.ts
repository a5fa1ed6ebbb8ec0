// State of events and event listeners: plain data in one place, so that it can be simulated, displayed and passed to the
// next daemon. Durations and deadlines are monotonic milliseconds.

import type { ProcessKey } from "../base/ids.ts";
import { SECOND } from "../base/time.ts";
import type { LogLevel } from "../config/model.ts";
import type { ProcessStateName } from "../process/model.ts";
import type { HandlerName, ListenerPhase } from "./listener-protocol.ts";
import type { EventBody, PooledEvent } from "./payload.ts";
import type { Queue } from "./queue.ts";
import type { Ticks } from "./ticks.ts";
import type { EventName } from "./types.ts";

/** Memory in bytes that the events of one pool take at most, whatever its buffer_size; one event is always held. */
export const POOL_BYTES = 6 * 1024 * 1024;
/** The same for all pools together, in equal shares. */
export const ALL_POOLS_BYTES = 32 * 1024 * 1024;
/** Lines about dropped events of one pool are at least this far apart. */
export const OVERFLOW_REPORT_MS = 60 * SECOND;
/** A listener that rejected an event gets the next one after this much; twice as much after each further rejection. */
export const FIRST_REST_MS = 100;
export const LONGEST_REST_MS = 10 * SECOND;

/** One process of a pool. */
export interface Listener {
  readonly key: ProcessKey;
  /** Without group, as log lines show it. */
  readonly name: string;
  /** Supervision calls it RUNNING. */
  readonly isRunning: boolean;
  readonly phase: ListenerPhase;
  /** Bytes of its stdout in this run, answers to events included. */
  readonly received: number;
  /** What it was sent and has not answered. */
  readonly event: PooledEvent | null;
  /** It closed its stdin: it gets no event until it is started again. */
  readonly isDeaf: boolean;
  /** Rejections in a row. */
  readonly failures: number;
  /** Gets no event before this time. */
  readonly restUntil: number;
}

/** The outcomes of the events that a pool accepted. All others are queued or being handled. */
export interface PoolCounts {
  readonly accepted: number;
  readonly processed: number;
  /** Came back: answered with anything but OK, or not at all by a listener that died. Sent again. */
  readonly rejected: number;
  /** Lost, because the buffer was full. */
  readonly dropped: number;
}

export interface Pool {
  readonly name: string;
  /** What judges results. */
  readonly handler: HandlerName;
  /** The types that its subscription covers. */
  readonly types: ReadonlySet<EventName>;
  readonly bufferSize: number;
  readonly nextSerial: number;
  readonly buffer: Queue<PooledEvent>;
  /** Memory in bytes of the events in the buffer. */
  readonly buffered: number;
  /** In definition order. */
  readonly listeners: readonly Listener[];
  readonly counts: PoolCounts;
  /** Events dropped since the last line about it, and when the next line may be written. */
  readonly overflow: { readonly unreported: number; readonly reportAt: number };
}

export interface EventsState {
  /** Serial number of the next event that a pool subscribes to. */
  readonly nextSerial: number;
  /** In the order in which they were added, which is the order in which they accept an event. */
  readonly pools: ReadonlyMap<string, Pool>;
  /** The pool of each listener. */
  readonly poolOf: ReadonlyMap<ProcessKey, string>;
  /** Types that some pool wants: anything else costs nothing. */
  readonly wanted: ReadonlySet<EventName>;
  readonly ticks: Ticks;
}

export const INITIAL_EVENTS: EventsState = {
  nextSerial: 0,
  pools: new Map(),
  poolOf: new Map(),
  wanted: new Set(),
  ticks: { marks: [], lookAt: null },
};

/** An `[eventlistener:x]` that becomes active. */
export interface PoolDefinition {
  readonly name: string;
  /** As the configuration names them. */
  readonly events: readonly string[];
  readonly bufferSize: number;
  readonly handler: HandlerName;
  readonly listeners: readonly { readonly key: ProcessKey; readonly name: string }[];
}

/** Everything that can happen to events. */
export type EventsInput =
  | { readonly kind: "add-pool"; readonly pool: PoolDefinition }
  | { readonly kind: "remove-pool"; readonly name: string }
  | { readonly kind: "emit"; readonly body: EventBody }
  /** A listener changed its state. */
  | {
      readonly kind: "listener-changed";
      readonly key: ProcessKey;
      readonly to: ProcessStateName;
    }
  | { readonly kind: "listener-printed"; readonly key: ProcessKey; readonly chunk: Uint8Array }
  /** The outcome of the effect `send`. */
  | { readonly kind: "sent"; readonly key: ProcessKey; readonly outcome: "accepted" | "closed" }
  /** The time of `eventsDeadline` has come. */
  | { readonly kind: "deadline" }
  /** The daemon, or this generation of it, ends. */
  | { readonly kind: "end" };

export type EventsEffect =
  /** Write an event to a listener's stdin; the outcome is the next input. */
  | {
      readonly kind: "send";
      readonly key: ProcessKey;
      readonly pool: string;
      readonly event: PooledEvent;
    }
  /** Write to the daemon's stdout, one character a byte. */
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "log"; readonly level: LogLevel; readonly text: string };

export interface EventsStep {
  readonly state: EventsState;
  readonly effects: readonly EventsEffect[];
}
