// Pools without a daemon: the reducer over a separate state, with simulated event listeners.

import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { HandlerName } from "../../../../src/core/events/listener-protocol.ts";
import {
  type EventsEffect,
  type EventsInput,
  type EventsState,
  INITIAL_EVENTS,
  type Pool,
} from "../../../../src/core/events/model.ts";
import type { PooledEvent } from "../../../../src/core/events/payload.ts";
import { remoteCommunicationEvent } from "../../../../src/core/events/payload.ts";
import { queueItems } from "../../../../src/core/events/queue.ts";
import { eventsDeadline, stepEvents } from "../../../../src/core/events/step.ts";
import { DEFAULT_HANDLER } from "../../../../src/core/plugins/known.ts";
import { at } from "../process/samples.ts";

export class PoolWorld {
  state: EventsState = INITIAL_EVENTS;
  now = 1000;
  /** `listener serial/poolserial` of each event that was sent. */
  readonly sent: string[] = [];
  readonly log: string[] = [];
  readonly printed: string[] = [];
  /** Listeners that closed their stdin. */
  readonly closed = new Set<string>();

  /** Adds a pool of listeners called `<name>:<name>`, or as told, with every listener up and READY. */
  pool(
    name: string,
    options: { size?: number; events?: string[]; listeners?: string[]; handler?: HandlerName } = {},
  ): this {
    const { size = 10, events = ["REMOTE_COMMUNICATION"], listeners = [name] } = options;
    const { handler = DEFAULT_HANDLER } = options;
    const keys = listeners.map((listener) => ({
      key: `${name}:${listener}` as ProcessKey,
      name: listener,
    }));
    this.post({
      kind: "add-pool",
      pool: { name, events, bufferSize: size, handler, listeners: keys },
    });
    for (const { key } of keys) this.start(key).say(key, "READY\n");
    return this;
  }

  start(key: string): this {
    for (const to of ["STARTING", "RUNNING"] as const) this.listener(key, to);
    return this;
  }

  listener(key: string, to: Extract<EventsInput, { kind: "listener-changed" }>["to"]): this {
    return this.post({ kind: "listener-changed", key: key as ProcessKey, to });
  }

  say(key: string, text: string): this {
    const chunk = new TextEncoder().encode(text);
    return this.post({ kind: "listener-printed", key: key as ProcessKey, chunk });
  }

  /** Answers what it was sent, and is READY for the next. */
  answer(key: string, result = "OK"): this {
    return this.say(key, `RESULT ${result.length}\n${result}READY\n`);
  }

  emit(...data: readonly string[]): this {
    for (const each of data) this.post({ kind: "emit", body: remoteCommunicationEvent("t", each) });
    return this;
  }

  /** Lets time pass, with a look at each deadline. @returns how many there were */
  pass(ms: number): number {
    const end = this.now + ms;
    let wakes = 0;
    for (let due = this.deadline; due !== null && due <= end; due = this.deadline) {
      this.now = Math.max(this.now, due);
      this.post({ kind: "deadline" });
      wakes += 1;
      if (wakes > 100_000) throw new Error("it spins");
    }
    this.now = end;
    return wakes;
  }

  get deadline(): number | null {
    return eventsDeadline(this.state);
  }

  get(name: string): Pool {
    const pool = this.state.pools.get(name);
    if (pool === undefined) throw new Error(`there is no pool ${name}`);
    return pool;
  }

  /** The data of the events that wait, and of those being handled. */
  waiting(name: string): string[] {
    return queueItems(this.get(name).buffer).map(data);
  }

  /** Log lines since the last call. */
  lines(): string[] {
    return this.log.splice(0);
  }

  post(input: EventsInput): this {
    const { state, effects } = stepEvents(this.state, input, at(this.now));
    this.state = state;
    for (const effect of effects) this.#perform(effect);
    return this;
  }

  #perform(effect: EventsEffect): void {
    if (effect.kind === "log") {
      this.log.push(`${effect.level} ${effect.text}`);
      return;
    }
    if (effect.kind === "print") {
      this.printed.push(effect.text);
      return;
    }
    const { key, event } = effect;
    const outcome = this.closed.has(key) ? "closed" : "accepted";
    if (outcome === "accepted") {
      this.sent.push(`${key} ${event.event.serial}/${event.poolSerial} ${data(event)}`);
    }
    this.post({ kind: "sent", key, outcome });
  }
}

function data(event: PooledEvent): string {
  return event.event.payload.slice("type:t\n".length);
}
