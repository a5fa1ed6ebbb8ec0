// The state of events in a handover. What follows from the pools (who is in which, what is wanted) is not written.

import type { ProcessKey } from "../base/ids.ts";
import { type EmittedEvent, eventBytes, type PooledEvent } from "../events/envelope.ts";
import type { ListenerPhase } from "../events/listener-protocol.ts";
import type { EventsState, Listener, Pool, PoolCounts } from "../events/model.ts";
import { type Queue, queueItems } from "../events/queue.ts";
import { HANDLER_NAMES } from "../events/result-handlers.ts";
import type { Ticks } from "../events/ticks.ts";
import { EVENT_TYPES, type EventName } from "../events/types.ts";
import { DEFAULT_HANDLER } from "../plugins/known.ts";
import {
  type Codec,
  flag,
  integer,
  kind,
  list,
  Malformed,
  mapped,
  natural,
  nullable,
  number,
  object,
  oneOf,
  setOf,
  since,
  text,
  union,
} from "./codec.ts";
import { processKeyCodec } from "./supervision-codec.ts";

const eventName: Codec<EventName> = oneOf(...EVENT_TYPES);

const pooledEvent = object<PooledEvent>({
  event: object<EmittedEvent>({ serial: natural, name: eventName, payload: text }),
  poolSerial: natural,
});

const queue: Codec<Queue<PooledEvent>> = mapped(list(pooledEvent), queueItems, (items) => ({
  older: items,
  start: 0,
  newer: [],
}));

const phase = union<ListenerPhase>({
  ACKNOWLEDGED: object({ kind: kind("ACKNOWLEDGED"), held: text }),
  READY: object({ kind: kind("READY") }),
  BUSY: object({ kind: kind("BUSY"), line: text }),
  RESULT: object({ kind: kind("RESULT"), length: number, seen: number, kept: text }),
  UNKNOWN: object({ kind: kind("UNKNOWN") }),
});

const listener = object<Listener>({
  key: processKeyCodec,
  name: text,
  isRunning: flag,
  phase,
  event: nullable(pooledEvent),
  isDeaf: flag,
  failures: natural,
  restUntil: number,
});

const counts = object<PoolCounts>({
  accepted: natural,
  processed: natural,
  rejected: natural,
  dropped: natural,
});

const pool = object<Pool>({
  name: text,
  handler: since(oneOf(...HANDLER_NAMES), DEFAULT_HANDLER),
  types: setOf(eventName),
  bufferSize: number,
  nextSerial: natural,
  buffer: queue,
  buffered: natural,
  listeners: list(listener),
  counts,
  overflow: object<Pool["overflow"]>({ unreported: natural, reportAt: number }),
});

const period: Codec<Ticks["marks"][number]["period"]> = {
  encode: (value) => value,
  decode(json, at) {
    if (json === 5 || json === 60 || json === 3600) return json;
    throw new Malformed(`${at} is no period of ticks`);
  },
};

const ticks = object<Ticks>({
  marks: list(object<Ticks["marks"][number]>({ period, when: integer })),
  lookAt: nullable(number),
});

interface WrittenEvents {
  readonly nextSerial: number;
  readonly pools: readonly Pool[];
  readonly ticks: Ticks;
}

export const eventsCodec: Codec<EventsState> = mapped(
  object<WrittenEvents>({ nextSerial: natural, pools: list(pool), ticks }),
  (state: EventsState) => ({ ...state, pools: [...state.pools.values()] }),
  ({ nextSerial, pools, ticks: ticking }) => ({
    nextSerial,
    pools: new Map(pools.map((each) => [each.name, { ...each, buffered: bytesOf(each.buffer) }])),
    poolOf: new Map(
      pools.flatMap(({ name, listeners }) =>
        listeners.map(({ key }): [ProcessKey, string] => [key, name]),
      ),
    ),
    wanted: new Set(pools.flatMap(({ types }) => [...types])),
    ticks: ticking,
  }),
);

/** Counted again: older versions counted characters. */
function bytesOf(buffer: Queue<PooledEvent>): number {
  return queueItems(buffer).reduce((sum, { event }) => sum + eventBytes(event), 0);
}
