// Changes of one input to one pool, collected while it is processed: the queue of events, the state of each listener, and
// what to log and send. Rules: Supervisor, sections 8.3 and 8.4.

import type { ProcessKey } from "../base/ids.ts";
import { isStoppedState, type ProcessStateName } from "../process/model.ts";
import {
  FRESH_PHASE,
  type ListenerNews,
  type ListenerPhase,
  type phaseName,
  RESULT_HANDLERS,
  type ResultHandler,
  receive,
  SENT_PHASE,
  UNKNOWN_PHASE,
  type Verdict,
} from "./listener-protocol.ts";
import {
  type EventsEffect,
  FIRST_REST_MS,
  type Listener,
  LONGEST_REST_MS,
  OVERFLOW_REPORT_MS,
  type Pool,
  type PoolCounts,
} from "./model.ts";
import { type EmittedEvent, eventBytes, type PooledEvent } from "./payload.ts";
import { pushed, queueHead, shifted, unshifted } from "./queue.ts";

type Draft = { -readonly [Field in keyof Pool]: Pool[Field] };

/**
 * Starts from a pool, which stays as it is, and ends as the pool after it. The lines of the activity log are Supervisor's
 * (section 5.2) where it has one; like its lines they show the process name without its group.
 */
export class PoolStep {
  readonly effects: EventsEffect[] = [];
  readonly #pool: Draft;
  readonly #now: number;
  readonly #mostBytes: number;

  /** @param mostBytes memory that the events in its buffer may take */
  constructor(pool: Pool, nowMono: number, mostBytes: number) {
    this.#pool = { ...pool };
    this.#now = nowMono;
    this.#mostBytes = mostBytes;
  }

  get pool(): Pool {
    return this.#pool;
  }

  get #handler(): ResultHandler {
    return RESULT_HANDLERS[this.#pool.handler];
  }

  /** An event that the pool subscribed to. */
  accept(event: EmittedEvent): void {
    const poolSerial = this.#pool.nextSerial++;
    this.#count("accepted");
    this.#makeRoom(eventBytes(event));
    this.#buffer({ event, poolSerial }, "tail");
  }

  /** Supervision moved a listener to another state. */
  listenerChanged(key: ProcessKey, to: ProcessStateName): void {
    this.#change(key, { isRunning: to === "RUNNING" });
    if (to === "STARTING") {
      const fresh = { phase: FRESH_PHASE, received: 0, isDeaf: false };
      this.#change(key, { ...fresh, failures: 0, restUntil: 0 });
    }
    // UNKNOWN counts as stopped, but the process exists and may still answer.
    const isDead = (isStoppedState(to) && to !== "UNKNOWN") || to === "BACKOFF";
    const event = this.#listener(key)?.event ?? null;
    if (!isDead || event === null) return;
    this.#change(key, { event: null });
    this.#requeue(event);
  }

  /** A listener wrote to its stdout. */
  listenerPrinted(key: ProcessKey, chunk: Uint8Array): void {
    const listener = this.#listener(key);
    if (listener === undefined) return;
    const { mostBytes } = this.#handler;
    const { phase, news } = receive(listener.phase, chunk, mostBytes);
    let next = phase;
    for (const item of news) if (!this.#handle(key, item)) next = UNKNOWN_PHASE;
    this.#change(key, { phase: next, received: listener.received + chunk.length });
  }

  /** The outcome of sending. One event is sent at a time, so that a refused one goes to the next listener first. */
  sent(key: ProcessKey, outcome: "accepted" | "closed"): void {
    const listener = this.#listener(key);
    const event = listener?.event;
    if (listener === undefined || event === undefined || event === null) return;
    const { serial } = event.event;
    if (outcome === "accepted") {
      this.#log("DEBG", `event ${serial} sent to listener ${listener.name}`);
      if (this.dispatch()) return;
      const waiting = queueHead(this.#pool.buffer);
      if (waiting !== undefined) this.#logRebuffering(waiting, 1);
      return;
    }
    const why = "epipe occurred while sending event";
    this.#log("DEBG", `${why} ${serial} to listener ${listener.name}, listener state unchanged`);
    this.#change(key, { event: null, phase: { kind: "READY" }, isDeaf: true });
    this.#buffer(event, "head");
    this.dispatch();
  }

  /** Sends the oldest event to the first listener that is free. @returns whether there were both */
  dispatch(): boolean {
    const event = queueHead(this.#pool.buffer);
    if (event === undefined) return false;
    const listener = this.#pool.listeners.find(
      (each) => isFree(each) && each.restUntil <= this.#now,
    );
    if (listener === undefined) return false;
    this.#removeHead(event);
    this.#change(listener.key, { event, phase: SENT_PHASE });
    this.effects.push({ kind: "send", key: listener.key, pool: this.#pool.name, event });
    return true;
  }

  /** Reports the number of events dropped since the last report, if any. */
  reportOverflow(): void {
    const { name, overflow, counts } = this.#pool;
    if (overflow.unreported === 0) return;
    const more = overflow.unreported === 1 ? "1 more event" : `${overflow.unreported} more events`;
    this.#log(
      "ERRO",
      `pool ${name} event buffer overflowed, discarded ${more} since the last such line, ${counts.dropped} in all: its listeners are too slow, failing or down, or its buffer_size is too small`,
    );
    this.#setOverflow(0, this.#now + OVERFLOW_REPORT_MS);
  }

  /** The pool or the daemon ends: lost and undelivered events are reported. */
  end(): void {
    this.reportOverflow();
    const { name, buffer, listeners } = this.#pool;
    const busy = listeners.filter(({ event }) => event !== null).length;
    const left = buffer.length + busy;
    const events = left === 1 ? "1 event" : `${left} events`;
    if (left > 0) this.#log("INFO", `pool ${name} ends with ${events} that no listener handled`);
  }

  /** @returns false when the handler of results failed, after which the listener gets no more events */
  #handle(key: ProcessKey, news: ListenerNews): boolean {
    const name = this.#listener(key)?.name ?? "";
    switch (news.kind) {
      case "ready":
        this.#logState(name, "ACKNOWLEDGED", "READY");
        return true;
      case "violation":
        this.#logState(name, news.from, "UNKNOWN");
        return true;
      case "bad-line":
        this.#log("WARN", `${name}: bad result line: '${news.text}'`);
        this.#logState(name, "BUSY", "UNKNOWN");
        this.#notHandled(key);
        return true;
      case "result":
        return this.#judge(key, name, news.text) !== "failed";
    }
  }

  #judge(key: ProcessKey, name: string, result: string): Verdict["kind"] {
    const verdict = this.#handler.judge(result);
    if (verdict.kind === "processed") {
      if (verdict.print !== undefined) this.effects.push({ kind: "print", text: verdict.print });
      this.#log("DEBG", `${name}: event was processed`);
      this.#logState(name, "BUSY", "ACKNOWLEDGED");
      if (this.#listener(key)?.event !== null) this.#count("processed");
      this.#change(key, { event: null, failures: 0, restUntil: 0 });
      return verdict.kind;
    }
    const isFailed = verdict.kind === "failed";
    this.#log("WARN", `${name}: event ${isFailed ? "caused an error" : "was rejected"}`);
    this.#logState(name, "BUSY", isFailed ? "UNKNOWN" : "ACKNOWLEDGED");
    if (!isFailed) this.#rest(key, name);
    this.#notHandled(key);
    return verdict.kind;
  }

  #notHandled(key: ProcessKey): void {
    const event = this.#listener(key)?.event ?? null;
    this.#change(key, { event: null });
    if (event !== null) this.#requeue(event);
  }

  /** A listener that rejects at once would be fed again at once, forever: it is given time instead. */
  #rest(key: ProcessKey, name: string): void {
    const failures = (this.#listener(key)?.failures ?? 0) + 1;
    const rest = Math.min(FIRST_REST_MS * 2 ** Math.min(failures - 1, 20), LONGEST_REST_MS);
    const next = `gets the next one in ${rest / 1000} seconds`;
    if (failures > 1) this.#log("DEBG", `${name}: rejected ${failures} events in a row, ${next}`);
    this.#change(key, { failures, restUntil: this.#now + rest });
  }

  /** An event that was not handled is the first to be sent again. */
  #requeue(event: PooledEvent): void {
    this.#count("rejected");
    this.#logRebuffering(event, 0);
    this.#makeRoom(eventBytes(event.event));
    this.#buffer(event, "head");
  }

  /** Drops the oldest events until one more fits. */
  #makeRoom(bytes: number): void {
    for (;;) {
      const { name, buffer, bufferSize, buffered } = this.#pool;
      const oldest = queueHead(buffer);
      const isFull = buffer.length >= bufferSize || buffered + bytes > this.#mostBytes;
      if (!isFull || oldest === undefined) return;
      this.#removeHead(oldest);
      this.#count("dropped");
      const { unreported, reportAt } = this.#pool.overflow;
      if (unreported > 0 || reportAt > this.#now) this.#setOverflow(unreported + 1, reportAt);
      else {
        const { serial } = oldest.event;
        this.#log("ERRO", `pool ${name} event buffer overflowed, discarding event ${serial}`);
        this.#setOverflow(0, this.#now + OVERFLOW_REPORT_MS);
      }
    }
  }

  #buffer(event: PooledEvent, where: "head" | "tail"): void {
    const { buffer } = this.#pool;
    this.#pool.buffer = where === "tail" ? pushed(buffer, event) : unshifted(buffer, event);
    this.#pool.buffered += eventBytes(event.event);
  }

  #removeHead(event: PooledEvent): void {
    this.#pool.buffer = shifted(this.#pool.buffer);
    this.#pool.buffered -= eventBytes(event.event);
  }

  #listener(key: ProcessKey): Listener | undefined {
    return this.#pool.listeners.find((each) => each.key === key);
  }

  #change(key: ProcessKey, changes: Partial<Listener>): void {
    this.#pool.listeners = this.#pool.listeners.map((each) =>
      each.key === key ? { ...each, ...changes } : each,
    );
  }

  #count(what: keyof PoolCounts): void {
    const { counts } = this.#pool;
    this.#pool.counts = { ...counts, [what]: counts[what] + 1 };
  }

  #setOverflow(unreported: number, reportAt: number): void {
    this.#pool.overflow = { unreported, reportAt };
  }

  /** @param taken how many events stand in the buffer that Supervisor counts as taken out */
  #logRebuffering({ event }: PooledEvent, taken: number): void {
    const { name, buffer, bufferSize } = this.#pool;
    const length = buffer.length - taken;
    const size = `(buf size=${length}, max=${bufferSize})`;
    this.#log("DEBG", `rebuffering event ${event.serial} for pool ${name} ${size}`);
  }

  #logState(name: string, from: string, to: ReturnType<typeof phaseName>): void {
    this.#log("DEBG", `${name}: ${from} -> ${to}`);
    if (to !== "UNKNOWN") return;
    this.#log(
      "WARN",
      `${name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol`,
    );
  }

  #log(level: "ERRO" | "WARN" | "INFO" | "DEBG", text: string): void {
    this.effects.push({ kind: "log", level, text });
  }
}

/** Could be sent an event, if it is not resting. */
export function isFree(listener: Listener): boolean {
  const phase: ListenerPhase["kind"] = listener.phase.kind;
  return listener.isRunning && phase === "READY" && !listener.isDeaf;
}
