// Event listeners of the simulated host, good and bad, and the invariants of their pools.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { GroupConfig } from "../../src/core/config/model.ts";
import { INITIAL_EVENTS, type Pool } from "../../src/core/events/model.ts";
import type { EventsApi } from "../../src/services/events/api.ts";
import { Events } from "../../src/services/events/events.ts";
import type { FakeChild } from "../fakes/spawner.ts";
import { parseEvent } from "../unit/services/events/rig.ts";
import { Rig } from "../unit/services/supervisor/rig.ts";
import { Agenda } from "./agenda.ts";
import { ownerOf } from "./programs.ts";
import { Rng } from "./rng.ts";
import { Trace } from "./trace.ts";

/** A listener's process is called `<kind>_<number>`. */
export const LISTENER_KINDS = [
  "prompt", // answers OK at once
  "slow", // takes its time
  "failing", // answers FAIL at once, always
  "flaky", // fails now and then
  "dying", // dies while it handles an event, now and then
  "rude", // breaks the protocol now and then
  "silent", // never says READY
  "deaf", // closes its stdin now and then
] as const;

/** What is known of a pool from outside. */
interface Seen {
  /** Highest serial of the pool that was sent. */
  highest: number;
  readonly rejected: Set<number>;
  readonly processed: Set<number>;
}

export class ListenerSimulation extends Rig {
  readonly agenda = new Agenda();
  readonly trace = new Trace();
  readonly rng: Rng;
  readonly seed: number;
  /** Events that each kind was sent. */
  readonly sentTo = new Map<string, number>();
  /** Largest number of events that one failing listener was sent within ten seconds. */
  busiest = 0;
  readonly #seen = new Map<string, Seen>();
  readonly #holding = new Map<ProcessKey, { pool: string; serial: number; pid: number }>();
  readonly #recent = new Map<number, number[]>();
  readonly #closed = new Set<number>();

  constructor(seed: number, groups: readonly GroupConfig[]) {
    super(...groups);
    this.seed = seed;
    this.rng = new Rng(seed);
    this.spawner.spawned = (child) => this.#live(child);
    this.spawner.signalled = (child, { signal }) => this.#dieSoon(child, { signal });
  }

  get service(): Events {
    return this.events as Events;
  }

  protected override createEvents(): EventsApi {
    return new Events({
      clock: this.shareClock(),
      activity: {
        log: (level, record) => {
          const text = String(record);
          this.trace.add(`${this.clock.now().mono} ${level} ${text}`);
          this.#read(text);
          if (text.includes("internal error")) this.fail(text);
        },
      },
      print: () => {},
      identifier: "supervisor",
      initial: INITIAL_EVENTS,
      writeEvent: (key, bytes) => this.#deliver(key, bytes),
    });
  }

  fail(text: string): never {
    throw new Error(`seed ${this.seed}: ${text}\n${this.trace.tail()}`);
  }

  /** Lets everything happen up to a moment, and checks after each step. */
  runUntil(end: number): void {
    let atOnce = 0;
    for (;;) {
      const now = this.clock.now().mono;
      const at = Math.min(this.agenda.next ?? Infinity, this.clock.alarmAt ?? Infinity);
      if (at > end) return;
      if (at > now) {
        this.clock.pass(at - now);
        atOnce = 0;
      }
      atOnce += 1;
      if (atOnce > 5000) this.fail("the daemon spins");
      if ((this.clock.alarmAt ?? Infinity) <= this.clock.now().mono) this.clock.ringIfDue();
      else this.agenda.take()?.();
      this.settle();
      for (const pool of this.service.pools()) this.#check(pool);
    }
  }

  #deliver(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed" {
    const [group = "", name = ""] = key.split(":");
    const pid = this.supervisor.process(group, name)?.pid ?? 0;
    const child = this.spawner.children.get(pid);
    if (child?.state !== "live" || this.#closed.has(pid)) return "closed";
    const outcome = this.supervisor.writeEvent(key, bytes);
    if (outcome === "accepted") this.#note(key, child, new TextDecoder().decode(bytes));
    return outcome;
  }

  #note(key: ProcessKey, child: FakeChild, text: string): void {
    const event = parseEvent(text);
    this.trace.add(`${this.clock.now().mono} > ${key} ${event.serial}/${event.poolSerial}`);
    const seen = this.#seen.get(event.poolName) ?? {
      highest: -1,
      rejected: new Set<number>(),
      processed: new Set<number>(),
    };
    this.#seen.set(event.poolName, seen);
    const serial = event.poolSerial;
    this.#releaseDead();
    if (this.#holding.has(key)) this.fail(`${key} is sent an event while it has another`);
    if (seen.processed.has(serial))
      this.fail(`${key} is sent event ${serial} after it was handled`);
    if (serial <= seen.highest && !seen.rejected.has(serial)) {
      this.fail(`${key} is sent event ${serial} after ${seen.highest}`);
    }
    seen.highest = Math.max(seen.highest, serial);
    this.#holding.set(key, { pool: event.poolName, serial, pid: child.pid });
    const kind = kindOf(key);
    this.sentTo.set(kind, (this.sentTo.get(kind) ?? 0) + 1);
    if (kind === "failing") this.#noteRate(child.pid);
    this.#react(key, child);
  }

  #noteRate(pid: number): void {
    const now = this.clock.now().mono;
    const recent = (this.#recent.get(pid) ?? []).filter((moment) => moment > now - 10_000);
    recent.push(now);
    this.#recent.set(pid, recent);
    this.busiest = Math.max(this.busiest, recent.length);
  }

  #react(key: ProcessKey, child: FakeChild): void {
    const { rng } = this;
    const kind = kindOf(key);
    if (kind === "dying" && rng.chance(0.3)) {
      this.#dieSoon(child, { exitCode: 1 });
      return;
    }
    const isBad = kind === "failing" || (kind === "flaky" && rng.chance(0.3));
    const wait = kind === "slow" ? rng.exponential(8000) : rng.int(0, 3);
    const rude = kind === "rude" && rng.chance(0.05);
    const result = isBad ? "FAIL" : "OK";
    const text = rude
      ? rng.pick(["RESULT x\n", "\n", "RESULT 2\nOKnonsense"])
      : `RESULT ${result.length}\n${result}READY\n`;
    this.#sayLater(key, child, text, wait);
    if (kind === "deaf" && rng.chance(0.2)) this.#closed.add(child.pid);
  }

  /** In pieces, with time between them. */
  #sayLater(key: ProcessKey, child: FakeChild, text: string, wait: number): void {
    const { agenda, clock, rng } = this;
    const cut = rng.int(0, text.length);
    const parts = [text.slice(0, cut), text.slice(cut)];
    let at = clock.now().mono + wait;
    for (const part of parts) {
      agenda.add(at, () => {
        if (child.state === "live" && part !== "") this.#say(key, part);
      });
      at += rng.pick([0, 0, 1, 20]);
    }
  }

  #say(key: ProcessKey, text: string): void {
    this.service.listenerPrinted(key, new TextEncoder().encode(text));
  }

  /** What the daemon says of a listener's answer, right before it acts on it. */
  #read(line: string): void {
    const answered = /^(\S+): (event was processed|event was rejected|bad result line)/.exec(line);
    if (answered === null) return;
    const [, name = "", verdict] = answered;
    const key = `${name.split("_")[0]}:${name}` as ProcessKey;
    this.#release(key, verdict === "event was processed");
  }

  #release(key: ProcessKey, isProcessed: boolean): void {
    const held = this.#holding.get(key);
    if (held === undefined) return;
    this.#holding.delete(key);
    const seen = this.#seen.get(held.pool);
    (isProcessed ? seen?.processed : seen?.rejected)?.add(held.serial);
  }

  /** Listeners that are dead hold nothing any more. */
  #releaseDead(): void {
    for (const [key, { pid }] of this.#holding) {
      if (this.spawner.children.get(pid)?.state === "reaped") this.#release(key, false);
    }
  }

  #live(child: FakeChild): void {
    const key = ownerOf(child.spec) as ProcessKey;
    if (!this.service.state.poolOf.has(key)) {
      this.agenda.add(this.clock.now().mono + this.rng.exponential(20_000), () => {
        if (child.state === "live") this.#die(child, { exitCode: this.rng.int(0, 1) });
      });
      return;
    }
    const kind = kindOf(key);
    if (kind === "silent") return;
    const greeting = kind === "rude" && this.rng.chance(0.1) ? "hello there\n" : "READY\n";
    this.#sayLater(key, child, greeting, this.rng.int(0, 2000));
    // Those that went wrong are killed by somebody now and then.
    this.agenda.add(this.clock.now().mono + this.rng.exponential(300_000), () => {
      if (child.state === "live") this.#die(child, { signal: 9 });
    });
  }

  #dieSoon(child: FakeChild, death: { exitCode?: number; signal?: number }): void {
    this.agenda.add(this.clock.now().mono + this.rng.int(0, 50), () => {
      if (child.state === "live") this.#die(child, death);
    });
  }

  #die(child: FakeChild, death: { exitCode?: number; signal?: number }): void {
    this.spawner.die(child.pid, death);
    this.agenda.add(this.clock.now().mono + this.rng.pick([0, 1, 15]), () =>
      this.supervisor.childrenDied(),
    );
  }

  #check({ name, bufferSize, buffer, counts, listeners }: Pool): void {
    const waiting = buffer.length;
    if (waiting > bufferSize) this.fail(`${name} holds ${waiting} events of ${bufferSize}`);
    const busy = listeners.filter(({ event }) => event !== null);
    const known = counts.processed + counts.dropped + waiting + busy.length;
    if (known !== counts.accepted) {
      this.fail(`${name} accepted ${counts.accepted} events and knows of ${known}`);
    }
  }
}

function kindOf(key: string): string {
  return key.slice(key.indexOf(":") + 1).split("_")[0] ?? "";
}
