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
import { eventsInput } from "../../core/snapshot/events.ts";
import type { Unrecorded } from "../../core/snapshot/recover.ts";
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
  /** What was accepted and not written can be written: it is recorded. */
  readonly deliver?: (key: ProcessKey) => "delivered" | "closed";
  /** Discards what was accepted and not written. */
  readonly withdraw?: (key: ProcessKey) => void;
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

/** The same for equal inputs. */
function textOf(input: EventsInput): string {
  return JSON.stringify(eventsInput.encode(input));
}

export class Events implements EventsApi, EventPools {
  readonly #deps: EventsDeps;
  /** What a daemon that has died has recorded of the effects that are repeated. */
  #recorded: string[] = [];
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

  /** Bytes that a listener has written to its stdout in this run; null for a process that is none. */
  receivedFrom(key: ProcessKey): number | null {
    const pool = this.#state.pools.get(this.#state.poolOf.get(key) ?? "");
    return pool?.listeners.find((listener) => listener.key === key)?.received ?? null;
  }

  /**
   * Completes what a daemon that has died had begun.
   * @param unsent what was accepted, perhaps, and not written
   * @param recorded what it has recorded since the last decision of supervision
   * @param repeat performs the effects of that decision again
   */
  recover({ unsent, recorded }: Pick<Unrecorded, "unsent" | "recorded">, repeat: () => void): void {
    for (const effect of unsent) {
      if (effect.kind === "send") this.#deps.withdraw?.(effect.key);
      this.#guard(`performing "${effect.kind}"`, () => this.#perform(effect));
    }
    this.#recorded = recorded.map(textOf);
    repeat();
    this.#recorded = [];
  }

  /** Compares what is known of listeners with supervision. @param stateOf the present state of a listener */
  compare(stateOf: (key: ProcessKey) => ProcessStateName | null): void {
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
    if (this.#hasEnded || this.#isRecorded(input)) return;
    if (this.#mailbox.post(input)) this.#armAlarm();
  }

  /** Each record is of one input. */
  #isRecorded(input: EventsInput): boolean {
    const at = this.#recorded.length === 0 ? -1 : this.#recorded.indexOf(textOf(input));
    if (at >= 0) this.#recorded.splice(at, 1);
    return at >= 0;
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
      if (input.kind === "sent" && input.outcome === "accepted") this.#deliver(input.key);
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

  #deliver(key: ProcessKey): void {
    this.#guard("writing to a listener", () => {
      const outcome = this.#deps.deliver?.(key) ?? "delivered";
      if (outcome === "closed") this.#post({ kind: "sent", key, outcome });
    });
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
