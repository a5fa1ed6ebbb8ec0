// Alerts as a service: receivers that answer, fail and hang, on a clock of the test.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GATHER_MS, INTERVAL_MS, type ReceiverState } from "../../../../src/core/alerts/model.ts";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type { ReceiverConfig } from "../../../../src/core/config/model.ts";
import type { ProcessStateName } from "../../../../src/core/process/model.ts";
import type { CheckOutcome } from "../../../../src/ports/checker.ts";
import { Alerts } from "../../../../src/services/alerts/alerts.ts";
import { FakeChecker, type PendingCheck } from "../../../fakes/checker.ts";
import { FakeClock } from "../../../fakes/clock.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";
import { reportOf, stoppedProcess, viewOf } from "../../../fakes/supervised-process.ts";
import { fc } from "../../../property.ts";
import { readText } from "../../core/config/fake-world.ts";

const HOUR = 3_600_000;
const LIMIT_MS = 10_000;
const CONFIGS = readText(
  "[notify:all]\nurl=https://a/\n[notify:web]\nurl=https://b/\nprograms=web\n",
).receivers;
const NAMES = ["all", "web"] as const;
const PROGRAMS = ["web", "db"] as const;

type Name = (typeof NAMES)[number];
type Program = (typeof PROGRAMS)[number];

interface Received {
  readonly receiver: string;
  readonly at: number;
  /** `fatal new web` */
  readonly alerts: readonly string[];
}

/** What a message says. */
function readMessage({ target }: PendingCheck): Omit<Received, "at"> {
  assert.equal(target.kind, "post");
  const { receiver, alerts } = JSON.parse(target.body) as {
    readonly receiver: string;
    readonly alerts: readonly Record<"kind" | "state" | "program", string>[];
  };
  return {
    receiver,
    alerts: alerts.map(({ kind, state, program }) => `${kind} ${state} ${program}`),
  };
}

/** A daemon with two receivers, whose host is made up. */
class World {
  readonly clock = new FakeClock();
  readonly log = fakeEventLog();
  readonly checker = new FakeChecker();
  /** Messages that arrived, and all that were tried. */
  readonly received: Received[] = [];
  tried = 0;
  readonly lines: string[] = [];
  readonly answers = new Map<string, "ok" | "fail" | "hang">();
  readonly #expiring = new Map<PendingCheck, number>();
  /** The programs that receivers believe to be FATAL. */
  readonly #known = new Map<string, Set<string>>();
  alerts: Alerts;

  constructor() {
    this.checker.begun = (check) => this.#begun(check);
    this.alerts = this.#compose([]);
  }

  #compose(initial: readonly ReceiverState[]): Alerts {
    const { clock } = this;
    const processes = new Map(
      PROGRAMS.map((name) => [
        processKey(name, name),
        stoppedProcess(name, fakeProcessConfig(name)),
      ]),
    );
    const alerts = new Alerts({
      clock,
      wallAlarm: clock.wallAlarm,
      eventLog: this.log,
      supervisor: () => ({
        process(group, name) {
          const process = processes.get(processKey(group, name));
          return process === undefined ? null : viewOf(process);
        },
        report(key: ProcessKey) {
          const process = processes.get(key);
          return process === undefined ? null : reportOf(process);
        },
      }),
      offsetMinutes: () => 0,
      activity: { log: (level, text) => void this.lines.push(`${level} ${text}`) },
      sender: { host: "web1", daemon: "supervisor" },
      checker: this.checker,
      context: { environment: {}, softFileLimit: 1024 },
      readSecret: () => Promise.reject(new Error("no file is read")),
      withinLimit: (work) => work,
      initial,
      changed: () => {},
    });
    alerts.configure(CONFIGS);
    return alerts;
  }

  /** One message at a time for each receiver. */
  #begun(check: PendingCheck): void {
    const message = readMessage(check);
    const { receiver } = message;
    this.tried += 1;
    const all = Array.from(this.checker.pending, (one) => readMessage(one).receiver);
    assert.equal(all.filter((name) => name === receiver).length, 1, `two messages to ${receiver}`);
    const answer = this.answers.get(receiver) ?? "ok";
    if (answer === "hang") this.#expiring.set(check, this.clock.now().mono + LIMIT_MS);
    else queueMicrotask(() => this.#answer(check, message, answer === "ok"));
  }

  #answer(check: PendingCheck, message: Omit<Received, "at">, ok: boolean): void {
    if (!this.checker.pending.has(check)) return;
    if (ok) this.#receive({ ...message, at: this.clock.now().mono });
    const outcome: CheckOutcome = { ok, text: ok ? "status 200" : "status 500" };
    check.tell(outcome);
  }

  /** A message contradicts no earlier one, and does not come too soon after it. */
  #receive(message: Received): void {
    const { receiver, at, alerts } = message;
    const known = this.knownTo(receiver);
    if (alerts.length === 0) return;
    const before = this.received.findLast((one) => one.receiver === receiver);
    if (before !== undefined) assert.ok(at - before.at >= INTERVAL_MS, `${at - before.at} ms`);
    this.received.push(message);
    for (const alert of alerts) {
      const [, state = "", program = ""] = alert.split(" ");
      assert.equal(known.has(program), state === "over", alert);
      if (state === "new") known.add(program);
      else known.delete(program);
    }
  }

  knownTo(receiver: string): Set<string> {
    const known = this.#known.get(receiver) ?? new Set();
    this.#known.set(receiver, known);
    return known;
  }

  change(program: Program, to: ProcessStateName): void {
    // What is stopped on request is forgotten, and not over.
    if (to === "STOPPED") for (const known of this.#known.values()) known.delete(program);
    const key = processKey(program, program);
    this.log.append({ kind: "state", key, from: "STARTING", to, details: { expected: 0 } });
  }

  /** Passes time, alarm by alarm. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now().mono + ms;
    await settled();
    for (let rings = 0; rings < 10_000; rings += 1) {
      const limits = Array.from(this.#expiring.values());
      const next = Math.min(this.clock.nextRing ?? Number.POSITIVE_INFINITY, ...limits);
      const { mono } = this.clock.now();
      if (next > end) {
        this.clock.pass(end - mono);
        return;
      }
      this.clock.pass(Math.max(0, next - mono));
      for (const [check, at] of this.#expiring) {
        if (at > this.clock.now().mono) continue;
        this.#expiring.delete(check);
        check.tell({ ok: false, text: "no answer within 10s" });
      }
      this.clock.ringIfDue();
      await settled();
    }
    assert.fail("the alarm does not stop to ring");
  }

  /** Another daemon continues with the state of this one. */
  upgrade(): void {
    this.alerts.suspend();
    const states = this.alerts.state();
    this.alerts.close();
    this.#expiring.clear();
    this.alerts = this.#compose(states);
  }

  /** What one receiver was told, in order. */
  told(receiver: Name): readonly string[] {
    return this.received.flatMap((one) => (one.receiver === receiver ? one.alerts : []));
  }
}

/** All promises that are due have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("the receivers of a daemon", () => {
  test("get what is theirs, in the order in which it happened", async () => {
    const world = new World();
    world.change("db", "FATAL");
    world.change("web", "FATAL");
    await world.pass(HOUR);
    assert.deepEqual(world.told("all"), ["fatal new db", "fatal new web"]);
    assert.deepEqual(world.told("web"), ["fatal new web"]);
    assert.equal(world.clock.nextRing, null);
  });

  test("one that hangs delays no other, and gets all when it answers", async () => {
    const world = new World();
    world.answers.set("all", "hang");
    const begin = world.clock.now().mono;
    world.change("web", "FATAL");
    await world.pass(HOUR);
    assert.deepEqual(
      world.received.map(({ receiver, at }) => [receiver, at - begin]),
      [["web", GATHER_MS]],
    );
    world.change("db", "FATAL");
    world.answers.set("all", "ok");
    await world.pass(HOUR);
    assert.deepEqual(world.told("all"), ["fatal new web", "fatal new db"]);
    const failures = world.lines.filter((line) => line.startsWith("WARN"));
    assert.deepEqual(failures, [
      "WARN alert not sent to all, it is tried again: no answer within 10s",
    ]);
  });

  test("one that works again gets at once what waits, when a test succeeds", async () => {
    const world = new World();
    world.answers.set("web", "fail");
    const begin = world.clock.now().wall;
    world.change("web", "FATAL");
    await world.pass(HOUR);
    const [, failing] = world.alerts.receivers();
    assert.deepEqual([failing?.failingSince, failing?.waiting], [begin + GATHER_MS, 1]);
    assert.deepEqual(await world.alerts.test("web"), {
      ok: true,
      value: { ok: false, text: "status 500" },
    });
    await settled();
    assert.deepEqual(world.told("web"), []);
    world.answers.set("web", "ok");
    await world.alerts.test("web");
    await settled();
    assert.deepEqual(world.told("web"), ["fatal new web"]);
    assert.equal(world.alerts.receivers()[1]?.failingSince, null);
  });

  test("programs that a shutdown stops have not failed", async () => {
    const world = new World();
    world.log.append({ kind: "stopping" });
    world.change("web", "FATAL");
    await world.pass(HOUR);
    assert.equal(world.tried, 0);
  });

  test("one that is removed gets nothing more", async () => {
    const world = new World();
    world.answers.set("web", "hang");
    world.change("web", "FATAL");
    await world.pass(GATHER_MS + 1);
    const left = CONFIGS.filter(({ name }: ReceiverConfig) => name !== "web");
    world.alerts.configure(left);
    assert.equal(world.checker.pending.size, 0, "the message in progress is cancelled");
    await world.pass(HOUR);
    assert.deepEqual(world.told("web"), []);
  });
});

describe("whatever happens", () => {
  const act = fc.oneof(
    fc.record({
      act: fc.constantFrom("FATAL" as const, "RUNNING" as const, "STOPPED" as const),
      program: fc.constantFrom(...PROGRAMS),
    }),
    fc.record({
      act: fc.constantFrom("ok" as const, "fail" as const, "hang" as const),
      receiver: fc.constantFrom(...NAMES),
    }),
    fc.record({ act: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 120_000 }) }),
    fc.record({ act: fc.constant("upgrade" as const) }),
  );

  test("each receiver learns in the end what is wrong, once, in order, and not too often", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const world = new World();
        const lasting = new Set<Program>();
        for (const one of acts) {
          if (one.act === "pass") await world.pass(one.ms);
          else if (one.act === "upgrade") world.upgrade();
          else if ("receiver" in one) world.answers.set(one.receiver, one.act);
          else {
            world.change(one.program, one.act);
            if (one.act === "FATAL") lasting.add(one.program);
            else lasting.delete(one.program);
          }
          await settled();
        }
        for (const name of NAMES) world.answers.set(name, "ok");
        await world.pass(2 * HOUR);
        assert.deepEqual([...world.knownTo("all")].sort(), [...lasting].sort());
        const ofWeb = [...lasting].filter((program) => program === "web");
        assert.deepEqual([...world.knownTo("web")], ofWeb);
        assert.equal(world.clock.nextRing, null, "nothing is left to be done");
      }),
    );
  });
});
