// Codecs of events: the state of event pools, and the event log.

import type { EventLogState, Happening, LoggedEvent } from "../event-log/event-log.ts";
import type { ListenerPhase } from "../events/listener-protocol.ts";
import { HANDLER_NAMES } from "../events/listener-protocol.ts";
import type {
  EventsInput,
  EventsState,
  Listener,
  Pool,
  PoolCounts,
  PoolDefinition,
} from "../events/model.ts";
import type { EmittedEvent, EventBody, PooledEvent } from "../events/payload.ts";
import { emptyQueue, pushed, type Queue, queueItems } from "../events/queue.ts";
import type { Ticks } from "../events/ticks.ts";
import { EVENT_TYPES, type EventName } from "../events/types.ts";
import {
  NOTICE_TYPES,
  type Notice,
  PROCESS_STATE_CODES,
  type ProcessStateName,
} from "../process/model.ts";
import {
  bytes,
  type Codec,
  dictionary,
  flag,
  integer,
  list,
  mapOf,
  mapped,
  natural,
  nullable,
  number,
  oneOf,
  record,
  setOf,
  text,
  union,
} from "./codec.ts";
import { processKeyCodec } from "./supervision.ts";

const eventName: Codec<EventName> = oneOf(...EVENT_TYPES);

const pooledEvent = record<PooledEvent>({
  event: record<EmittedEvent>({ serial: natural, name: eventName, payload: text }),
  poolSerial: natural,
});

const queue: Codec<Queue<PooledEvent>> = mapped(list(pooledEvent), queueItems, (items) =>
  items.reduce<Queue<PooledEvent>>(pushed, emptyQueue()),
);

const listener = record<Listener>({
  key: processKeyCodec,
  name: text,
  isRunning: flag,
  phase: union<ListenerPhase>({
    ACKNOWLEDGED: { held: text },
    READY: {},
    BUSY: { line: text },
    RESULT: { length: number, seen: number, kept: text },
    UNKNOWN: {},
  }),
  received: number,
  event: nullable(pooledEvent),
  isDeaf: flag,
  failures: natural,
  restUntil: number,
});

const pool = record<Pool>({
  name: text,
  handler: oneOf(...HANDLER_NAMES),
  types: setOf(eventName),
  bufferSize: number,
  nextSerial: natural,
  buffer: queue,
  buffered: natural,
  listeners: list(listener),
  counts: record<PoolCounts>({
    accepted: natural,
    processed: natural,
    rejected: natural,
    dropped: natural,
  }),
  overflow: record<Pool["overflow"]>({ unreported: natural, reportAt: number }),
});

const period: Codec<Ticks["marks"][number]["period"]> = oneOf(5, 60, 3600);

const ticks = record<Ticks>({
  marks: list(record<Ticks["marks"][number]>({ period, when: integer })),
  lookAt: nullable(number),
});

/** Encodes the pools; `poolOf` and `wanted` follow from them. */
export const eventsCodec: Codec<EventsState> = mapped(
  record<Omit<EventsState, "poolOf" | "wanted">>({
    nextSerial: natural,
    pools: mapOf(text, pool),
    ticks,
  }),
  (state: EventsState) => state,
  (state) => {
    const pools = [...state.pools.values()];
    return {
      ...state,
      poolOf: new Map(
        pools.flatMap(({ name, listeners }) => listeners.map(({ key }) => [key, name] as const)),
      ),
      wanted: new Set(pools.flatMap(({ types }) => [...types])),
    };
  },
);

const detail: Codec<string | number> = {
  form: { kind: "either", of: [integer, text] },
  encode: (value) => value,
  decode: (json, at) =>
    typeof json === "number" ? number.decode(json, at) : text.decode(json, at),
};

const stateName: Codec<ProcessStateName> = oneOf(
  ...(Object.keys(PROCESS_STATE_CODES) as ProcessStateName[]),
);

/** What can happen to events, for the journal. */
export const eventsInput = union<EventsInput>({
  "add-pool": {
    pool: record<PoolDefinition>({
      name: text,
      events: list(text),
      bufferSize: number,
      handler: oneOf(...HANDLER_NAMES),
      listeners: list(
        record<PoolDefinition["listeners"][number]>({ key: processKeyCodec, name: text }),
      ),
    }),
  },
  "remove-pool": { name: text },
  emit: { body: record<EventBody>({ name: eventName, payload: text }) },
  "listener-changed": { key: processKeyCodec, to: stateName },
  "listener-printed": { key: processKeyCodec, chunk: bytes },
  sent: { key: processKeyCodec, outcome: oneOf("accepted", "closed") },
  deadline: {},
  end: {},
});

const happening = union<Happening>({
  state: { key: processKeyCodec, from: stateName, to: stateName, details: dictionary(number) },
  executes: { key: processKeyCodec, pid: natural },
  notice: {
    key: processKeyCodec,
    notice: record<Notice>({ about: oneOf(...NOTICE_TYPES), details: dictionary(detail), text }),
  },
  "process-added": { key: processKeyCodec },
  "process-removed": { key: processKeyCodec },
  configured: { key: processKeyCodec },
  "group-added": { group: text },
  "group-removed": { group: text },
  stopping: {},
});

export const eventLogCodec: Codec<EventLogState> = record<EventLogState>({
  epoch: text,
  next: natural,
  events: list(record<LoggedEvent>({ seq: natural, at: number, what: happening })),
});
