// The service for events: passes each event to the reducer in core/events, one after another, and performs its effects:
// bytes to a listener's stdin, lines to the activity log, the alarm for queued events.

import type { ProcessKey } from "../../core/base/ids.ts";
import { Mailbox } from "../../core/base/mailbox.ts";
import { assertNever, thrownStack } from "../../core/base/result.ts";
import type { Instant } from "../../core/base/time.ts";
import type { GroupConfig } from "../../core/config/model.ts";
import type { EventsEffect, EventsInput, EventsState, Pool } from "../../core/events/model.ts";
import {
  communicationEventName,
  type EventBody,
  type EventChannel,
  envelope,
  logEventName,
  noticeEvent,
  type PooledEvent,
  processCommunicationEvent,
  processGroupEvent,
  processLogEvent,
  processStateEvent,
  remoteCommunicationEvent,
  supervisorStateEvent,
} from "../../core/events/payload.ts";
import { poolOf } from "../../core/events/pool-definition.ts";
import { eventsDeadline, stepEvents } from "../../core/events/step.ts";
import type { EventName } from "../../core/events/types.ts";
import { echoText, linesOf } from "../../core/logs/log-text.ts";
import type { Notice, ProcessStateName, StateChange } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { EventPools, EventsApi } from "./api.ts";

interface EventsDeps {
  /** Its alarm is not shared. */
  readonly clock: Clock;
  readonly activity: Pick<ActivityLog, "log">;
  /** Queues an event for a listener's stdin, however large it is: it has read all that came before. */
  readonly writeEvent: (key: ProcessKey, bytes: Uint8Array) => "accepted" | "closed";
  /** Writes to the daemon's stdout, without waiting for its reader. */
  readonly print: (bytes: Uint8Array) => void;
  /** `identifier` of `[supervisord]`, which the header calls the server. */
  readonly identifier: string;
  /** What is known from before: nothing, or the serials of the generation before this one. */
  readonly initial: EventsState;
  /** Keeps each input, before it has effects. */
  readonly record?: (input: EventsInput, now: Instant) => void;
}

const ENCODER = new TextEncoder();

export class Events implements EventsApi, EventPools {
  readonly #deps: EventsDeps;
  readonly #mailbox = new Mailbox<EventsInput>((input) => this.#turn(input));
  #state: EventsState;
  #hasEnded = false;
  #alarmAt: number | null = null;

  constructor(deps: EventsDeps) {
    this.#deps = deps;
    this.#state = deps.initial;
    deps.clock.onAlarm(() => this.#ring());
  }

  get state(): EventsState {
    return this.#state;
  }

  groupAdded(config: GroupConfig, processes: readonly ProcessRecord[]): void {
    const pool = poolOf(config, processes);
    if (pool !== null) this.#post({ kind: "add-pool", pool });
    this.#emit("PROCESS_GROUP_ADDED", () => processGroupEvent("ADDED", config.name));
  }

  groupRemoved(name: string): void {
    if (this.#state.pools.has(name)) this.#post({ kind: "remove-pool", name });
    this.#emit("PROCESS_GROUP_REMOVED", () => processGroupEvent("REMOVED", name));
  }

  processChanged({ key, config, group }: ProcessRecord, change: StateChange): void {
    const names = { name: config.name, group };
    this.#emit(`PROCESS_STATE_${change.to}`, () => processStateEvent(names, change));
    if (this.#state.poolOf.has(key)) {
      this.#post({ kind: "listener-changed", key, to: change.to });
    }
  }

  processNoticed({ config, group }: ProcessRecord, notice: Notice): void {
    this.#emit(notice.about, () => noticeEvent({ name: config.name, group }, notice));
  }

  supervisorChanged(to: "RUNNING" | "STOPPING"): void {
    this.#emit(`SUPERVISOR_STATE_CHANGE_${to}`, () => supervisorStateEvent(to));
  }

  remoteCommunication(type: string, data: string): void {
    this.#emit("REMOTE_COMMUNICATION", () => remoteCommunicationEvent(type, data));
  }

  /** A chunk of a program's output as it was logged. Reads the bytes before it returns, and only if a pool subscribes. */
  processLogged(source: EventChannel, bytes: Uint8Array): void {
    this.#emit(logEventName(source.channel), () => processLogEvent(source, echoText(bytes)));
  }

  /** What a program wrote in capture mode. */
  processCommunicated(source: EventChannel, bytes: Uint8Array): void {
    const name = communicationEventName(source.channel);
    this.#emit(name, () => processCommunicationEvent(source, echoText(bytes)));
  }

  /** A listener wrote to its stdout. The bytes are looked at before it returns. */
  listenerPrinted(key: ProcessKey, chunk: Uint8Array): void {
    if (this.#state.poolOf.has(key)) this.#post({ kind: "listener-printed", key, chunk });
  }

  pools(): readonly Pool[] {
    return [...this.#state.pools.values()];
  }

  /** Continues with the state of the predecessor. */
  resume(): void {
    this.#armAlarm();
  }

  /**
   * Completes what a daemon that has died had begun.
   * @param stateOf the present state of a listener
   * @param isUnread whether a listener has not read its input yet, or has answered
   */
  recover(
    unsent: readonly EventsEffect[],
    stateOf: (key: ProcessKey) => ProcessStateName | null,
    isUnread: (key: ProcessKey) => boolean,
  ): void {
    for (const effect of unsent) {
      // A listener that waits for an event has nothing in its pipes: it got this one.
      if (effect.kind === "send" && isUnread(effect.key)) {
        this.#post({ kind: "sent", key: effect.key, outcome: "accepted" });
      } else this.#guard(`performing "${effect.kind}"`, () => this.#perform(effect));
    }
    for (const { listeners } of this.#state.pools.values()) {
      for (const { key, isRunning } of listeners) {
        const to = stateOf(key);
        if (to !== null && isRunning !== (to === "RUNNING")) {
          this.#post({ kind: "listener-changed", key, to });
        }
      }
    }
  }

  /** The end: reports what is still unreported. Later items are ignored: an alarm would keep the daemon up. */
  end(): void {
    this.#post({ kind: "end" });
    this.#hasEnded = true;
    this.#deps.clock.setAlarm(null);
  }

  /** Makes the payload only if a pool subscribes to the type. */
  #emit(name: EventName, body: () => EventBody): void {
    if (this.#state.wanted.has(name)) this.#post({ kind: "emit", body: body() });
  }

  #ring(): void {
    this.#alarmAt = null;
    this.#post({ kind: "deadline" });
  }

  #post(input: EventsInput): void {
    if (this.#hasEnded) return;
    if (this.#mailbox.post(input)) this.#armAlarm();
  }

  #armAlarm(): void {
    const at = eventsDeadline(this.#state);
    if (at === this.#alarmAt) return;
    this.#alarmAt = at;
    this.#deps.clock.setAlarm(at);
  }

  #turn(input: EventsInput): void {
    this.#guard(`handling "${input.kind}"`, () => {
      const now = this.#deps.clock.now();
      const { state, effects } = stepEvents(this.#state, input, now);
      this.#state = state;
      this.#deps.record?.(input, now);
      for (const effect of effects) {
        this.#guard(`performing "${effect.kind}"`, () => this.#perform(effect));
      }
    });
  }

  #perform(effect: EventsEffect): void {
    switch (effect.kind) {
      case "log":
        this.#deps.activity.log(effect.level, effect.text);
        return;
      case "print":
        this.#deps.print(Uint8Array.from(effect.text, (character) => character.charCodeAt(0)));
        return;
      case "send":
        this.#send(effect.key, effect.pool, effect.event);
        return;
      default:
        assertNever(effect);
    }
  }

  /** The outcome is handled in this same turn, before anything else that happened. */
  #send(key: ProcessKey, pool: string, event: PooledEvent): void {
    let outcome: "accepted" | "closed" = "closed";
    // An event that could not be written goes to another listener, whatever the reason.
    this.#guard("writing to a listener", () => {
      const bytes = ENCODER.encode(envelope(this.#deps.identifier, pool, event));
      outcome = this.#deps.writeEvent(key, bytes);
    });
    this.#turn({ kind: "sent", key, outcome });
  }

  /** An error in one thing is logged and leaves the others: supervision must not suffer from events. */
  #guard(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#deps.activity.log(
        "CRIT",
        linesOf(`internal error of events, while ${what}: ${thrownStack(error)}`),
      );
    }
  }
}
