// The reducer of events: (state, input, now) -> state and effects. It runs after the reducer of supervision: its inputs are
// the outcomes of supervision, and none of its decisions is an input of supervision.

import type { ProcessKey } from "../base/ids.ts";
import { assertNever } from "../base/result.ts";
import type { Instant } from "../base/time.ts";
import { FRESH_PHASE } from "./listener-protocol.ts";
import {
  ALL_POOLS_BYTES,
  type EventsEffect,
  type EventsInput,
  type EventsState,
  type EventsStep,
  type Listener,
  POOL_BYTES,
  type Pool,
  type PoolDefinition,
} from "./model.ts";
import type { EmittedEvent, EventBody } from "./payload.ts";
import { isFree, PoolStep } from "./pool-step.ts";
import { emptyQueue } from "./queue.ts";
import { looked, retuned } from "./ticks.ts";
import { type EventName, subscribedTypes } from "./types.ts";

/** Decides what one input changes. Inputs about listeners or pools that are gone change nothing. */
export function stepEvents(state: EventsState, input: EventsInput, now: Instant): EventsStep {
  switch (input.kind) {
    case "add-pool":
      return addPool(state, input.pool, now);
    case "remove-pool":
      return removePool(state, input.name, now);
    case "emit":
      return emit(state, [input.body], now);
    case "listener-changed":
      return inPoolOf(state, input.key, now, (step) => {
        step.listenerChanged(input.key, input.to);
        step.dispatch();
      });
    case "listener-printed":
      return inPoolOf(state, input.key, now, (step) => {
        step.listenerPrinted(input.key, input.chunk);
        step.dispatch();
      });
    case "sent":
      return inPoolOf(state, input.key, now, (step) => step.sent(input.key, input.outcome));
    case "deadline":
      return deadline(state, now);
    case "end":
      return inPools(
        state,
        now,
        () => true,
        (step) => step.end(),
      );
    default:
      return assertNever(input);
  }
}

/** When the next deadline is over, in monotonic milliseconds; null for no deadline. */
export function eventsDeadline(state: EventsState): number | null {
  let at = state.ticks.lookAt;
  const consider = (deadline: number): void => {
    if (at === null || deadline < at) at = deadline;
  };
  for (const pool of state.pools.values()) {
    if (pool.overflow.unreported > 0) consider(pool.overflow.reportAt);
    if (pool.buffer.length === 0) continue;
    for (const listener of pool.listeners) if (isFree(listener)) consider(listener.restUntil);
  }
  return at;
}

function addPool(state: EventsState, definition: PoolDefinition, now: Instant): EventsStep {
  const { name, events, bufferSize, handler } = definition;
  const pool: Pool = {
    name,
    handler,
    types: subscribedTypes(events),
    bufferSize,
    nextSerial: 0,
    buffer: emptyQueue(),
    buffered: 0,
    listeners: definition.listeners.map(freshListener),
    counts: { accepted: 0, processed: 0, rejected: 0, dropped: 0 },
    overflow: { unreported: 0, reportAt: now.mono },
  };
  const pools = new Map(state.pools);
  pools.set(name, pool);
  return { state: withPools(state, pools, now), effects: [] };
}

function freshListener({ key, name }: { key: ProcessKey; name: string }): Listener {
  return {
    ...{ key, name, isRunning: false, phase: FRESH_PHASE, received: 0, event: null },
    ...{ isDeaf: false, failures: 0, restUntil: 0 },
  };
}

function removePool(state: EventsState, name: string, now: Instant): EventsStep {
  const pool = state.pools.get(name);
  if (pool === undefined) return { state, effects: [] };
  const step = new PoolStep(pool, now.mono, POOL_BYTES);
  step.end();
  const pools = new Map(state.pools);
  pools.delete(name);
  return { state: withPools(state, pools, now), effects: step.effects };
}

/** The state with other pools, and what follows from which pools there are. */
function withPools(
  state: EventsState,
  pools: ReadonlyMap<string, Pool>,
  now: Instant,
): EventsState {
  const wanted = new Set<EventName>();
  const poolOf = new Map<ProcessKey, string>();
  for (const pool of pools.values()) {
    for (const type of pool.types) wanted.add(type);
    for (const { key } of pool.listeners) poolOf.set(key, pool.name);
  }
  return { ...state, pools, poolOf, wanted, ticks: retuned(state.ticks, wanted, now) };
}

/** A serial is spent only on an event that some pool accepts. */
function emit(state: EventsState, bodies: readonly EventBody[], now: Instant): EventsStep {
  const { events, next } = numbered(state, bodies);
  if (events.length === 0) return { state, effects: [] };
  const wants = (pool: Pool): boolean => events.some(({ name }) => pool.types.has(name));
  return inPools(next, now, wants, (step) => {
    acceptAll(step, events);
    step.dispatch();
  });
}

function numbered(
  state: EventsState,
  bodies: readonly EventBody[],
): { readonly events: readonly EmittedEvent[]; readonly next: EventsState } {
  const events = bodies
    .filter(({ name }) => state.wanted.has(name))
    .map((body, index) => ({ ...body, serial: state.nextSerial + index }));
  return { events, next: { ...state, nextSerial: state.nextSerial + events.length } };
}

function acceptAll(step: PoolStep, events: readonly EmittedEvent[]): void {
  for (const event of events) if (step.pool.types.has(event.name)) step.accept(event);
}

function deadline(state: EventsState, now: Instant): EventsStep {
  const { lookAt } = state.ticks;
  const isTickDue = lookAt !== null && lookAt <= now.mono;
  const look = isTickDue ? looked(state.ticks, now) : { ticks: state.ticks, events: [] };
  const { events, next } = numbered({ ...state, ticks: look.ticks }, look.events);
  return inPools(
    next,
    now,
    () => true,
    (step) => {
      acceptAll(step, events);
      const { unreported, reportAt } = step.pool.overflow;
      if (unreported > 0 && reportAt <= now.mono) step.reportOverflow();
      step.dispatch();
    },
  );
}

function inPoolOf(
  state: EventsState,
  key: ProcessKey,
  now: Instant,
  change: (step: PoolStep) => void,
): EventsStep {
  const name = state.poolOf.get(key);
  return inPools(state, now, (pool) => pool.name === name, change);
}

function inPools(
  state: EventsState,
  now: Instant,
  concerns: (pool: Pool) => boolean,
  change: (step: PoolStep) => void,
): EventsStep {
  const pools = new Map(state.pools);
  const effects: EventsEffect[] = [];
  const mostBytes = Math.min(POOL_BYTES, ALL_POOLS_BYTES / state.pools.size);
  for (const [name, pool] of state.pools) {
    if (!concerns(pool)) continue;
    const step = new PoolStep(pool, now.mono, mostBytes);
    change(step);
    pools.set(name, step.pool);
    effects.push(...step.effects);
  }
  return { state: { ...state, pools }, effects };
}
