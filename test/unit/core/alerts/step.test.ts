// The alerts of one receiver over time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AlertInput,
  GATHER_MS,
  INTERVAL_MS,
  type Incident,
  type IncidentKind,
  LONGEST_WAIT_MS,
  MOST_INCIDENTS,
  newReceiver,
  RETRY_MS,
  type ReceiverState,
} from "../../../../src/core/alerts/model.ts";
import {
  type AlertOptions,
  alertDeadlines,
  quietUntil,
  stepAlerts,
  toldOf,
} from "../../../../src/core/alerts/step.ts";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import { fc } from "../../../property.ts";

const OPTIONS: AlertOptions = {
  on: ["fatal", "unhealthy", "restarts", "failed", "recovered"],
  restarts: { count: 2, seconds: 60 },
  repeat: 0,
  quiet: null,
};
const WEB = processKey("web", "web");
const DB = processKey("db", "db");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface SentMessage {
  readonly at: number;
  readonly lines: readonly string[];
}

/** A receiver on a simulated clock. Its answers are those of `answer`. */
class Receiver {
  state: ReceiverState = newReceiver("x");
  mono = 1000;
  /** Of the wall clock from the other one: midnight UTC. */
  offset = 0;
  readonly tried: SentMessage[] = [];
  readonly sent: SentMessage[] = [];
  answer: () => { readonly ok: boolean; readonly waitMs: number | null } = () => OK;
  readonly options: AlertOptions;

  constructor(options: Partial<AlertOptions> = {}) {
    this.options = { ...OPTIONS, ...options };
  }

  get now() {
    return { mono: this.mono, wall: this.mono + this.offset };
  }

  input(input: AlertInput): void {
    const { state, send } = stepAlerts(this.state, input, this.options, this.now, () => 0);
    this.state = state;
    if (send === null) return;
    const message = { at: this.mono, lines: send.map(lineOf) };
    this.tried.push(message);
    const { ok, waitMs } = this.answer();
    if (ok) this.sent.push(message);
    const text = ok ? "status 200" : "status 500";
    this.input({ kind: "result", told: toldOf(send), ok, text, waitMs });
  }

  began(incident: IncidentKind, key: ProcessKey = WEB): void {
    this.input({ kind: "began", incident, key, reason: "because" });
  }

  over(...incidents: IncidentKind[]): void {
    this.input({ kind: "over", incidents, key: WEB });
  }

  /** Passes time, alarm by alarm. @returns how many rang */
  pass(ms: number): number {
    const end = this.mono + ms;
    let rings = 0;
    for (;;) {
      const { mono, wall } = alertDeadlines(this.state, this.options, this.now, () => 0);
      const next = Math.min(
        mono ?? Number.POSITIVE_INFINITY,
        wall === null ? Number.POSITIVE_INFINITY : wall - this.offset,
      );
      if (next > end) break;
      this.mono = Math.max(this.mono, next);
      rings += 1;
      assert.ok(rings < 10_000, "it does not stop to ring");
      this.input({ kind: "time" });
    }
    this.mono = end;
    return rings;
  }

  /** The lines of all messages that were sent. */
  get lines(): readonly string[] {
    return this.sent.flatMap(({ lines }) => lines);
  }
}

const OK = { ok: true, waitMs: null };
const FAILED = { ok: false, waitMs: null };

function lineOf({ kind, key, until, isTold, times }: Incident): string {
  const state = until === null ? (isTold ? "lasts" : "new") : isTold ? "over" : "was";
  return `${key} ${kind} ${state}${times > 1 ? ` x${times}` : ""}`;
}

describe("alerts of a receiver", () => {
  test("an incident is reported once, and when it is over", () => {
    const one = new Receiver();
    one.began("fatal");
    assert.deepEqual(one.sent, [], "it waits for others");
    one.pass(HOUR);
    one.began("fatal");
    one.pass(HOUR);
    one.over("fatal", "failed");
    one.pass(HOUR);
    assert.deepEqual(one.lines, ["web:web fatal new", "web:web fatal over"]);
    assert.deepEqual(one.state.incidents, []);
  });

  test("nothing that works is reported as recovered", () => {
    const one = new Receiver();
    one.over("fatal", "failed");
    assert.equal(one.pass(HOUR), 0);
    assert.deepEqual(one.tried, []);
  });

  test("fifty incidents at once are one message", () => {
    const one = new Receiver();
    for (let i = 0; i < 50; i += 1) one.began("fatal", processKey("web", `w${i}`));
    one.pass(HOUR);
    assert.deepEqual([one.sent.length, one.lines.length], [1, 50]);
    assert.equal(one.sent[0]?.at, 1000 + GATHER_MS);
  });

  test("an idle receiver sets no alarm", () => {
    const one = new Receiver({ repeat: 0 });
    one.began("fatal");
    one.pass(MINUTE);
    assert.equal(one.pass(1000 * HOUR), 0);
  });

  test("it is repeated while it lasts", () => {
    const one = new Receiver({ repeat: 3600 });
    one.began("fatal");
    one.pass(2.5 * HOUR);
    one.over("fatal");
    one.pass(5 * HOUR);
    const lasts = "web:web fatal lasts";
    assert.deepEqual(one.lines, ["web:web fatal new", lasts, lasts, "web:web fatal over"]);
  });

  test("a program that flaps makes few messages", () => {
    const one = new Receiver();
    for (let i = 0; i < 600; i += 1) {
      one.began("fatal");
      one.pass(500);
      one.over("fatal");
      one.pass(500);
    }
    assert.ok(one.tried.length <= (600 * 1000) / INTERVAL_MS + 1, String(one.tried.length));
    assert.match(one.lines.at(-1) ?? "", / x\d+$/);
  });

  test("a receiver that fails is tried again after longer and longer waits", () => {
    const one = new Receiver();
    one.answer = () => FAILED;
    one.began("fatal");
    one.pass(GATHER_MS + RETRY_MS.reduce((sum, ms) => sum + ms, 0) + 900_000);
    const waits = one.tried.map(({ at }, i) => at - (one.tried[i - 1]?.at ?? 1000));
    assert.deepEqual(waits, [GATHER_MS, ...RETRY_MS, 900_000]);
    one.over("fatal");
    one.answer = () => OK;
    one.pass(HOUR);
    assert.deepEqual(one.lines, ["web:web fatal was"]);
    assert.deepEqual(one.state.counts, { sent: 1, failed: 7, dropped: 0 });
  });

  test("a test that succeeds ends the wait of a receiver that failed", () => {
    const one = new Receiver();
    one.answer = () => FAILED;
    one.began("fatal");
    const since = one.mono + GATHER_MS;
    one.pass(HOUR);
    assert.equal(one.state.failingSince, since);
    one.answer = () => OK;
    const at = one.mono;
    one.input({ kind: "works", text: "status 200" });
    assert.deepEqual(
      one.sent.map((message) => message.at),
      [at],
    );
    assert.deepEqual([one.state.failures, one.state.failingSince], [0, null]);
    one.began("fatal", DB);
    one.input({ kind: "works", text: "status 200" });
    assert.equal(one.tried.at(-1)?.at, at, "it makes no message come earlier otherwise");
  });

  test("a receiver can ask for a longer wait, up to an hour", () => {
    const one = new Receiver();
    one.answer = () => ({ ok: false, waitMs: 10 * HOUR });
    one.began("fatal");
    one.pass(GATHER_MS + LONGEST_WAIT_MS);
    assert.equal(one.tried.length, 2);
  });

  test("what happens while a message is sent is in the next one", () => {
    const one = new Receiver();
    const { options, now } = one;
    const step = (state: ReceiverState, input: AlertInput, mono = now.mono) =>
      stepAlerts(state, input, options, { ...now, mono }, () => 0);
    const began = { kind: "began", incident: "fatal", key: WEB, reason: "" } as const;
    const over = { kind: "over", incidents: ["fatal"], key: WEB } as const;
    const first = step(step(one.state, began).state, { kind: "time" }, now.mono + GATHER_MS);
    assert.ok(first.send !== null);
    const meanwhile = step(step(first.state, over).state, began).state;
    const result = { kind: "result", told: toldOf(first.send), ...OK, text: "" } as const;
    one.state = step(meanwhile, result).state;
    one.pass(HOUR);
    assert.deepEqual(one.lines, [], "it lasts, as the receiver knows");
    const again = step(step(first.state, over).state, result).state;
    one.state = again;
    one.pass(HOUR);
    assert.deepEqual(one.lines, ["web:web fatal over"]);
  });

  test("kinds that it does not want are not sent", () => {
    const one = new Receiver({ on: ["fatal"] });
    one.began("unhealthy");
    one.began("fatal");
    one.pass(HOUR);
    one.over("fatal", "unhealthy");
    one.pass(HOUR);
    assert.deepEqual(one.lines, ["web:web fatal new"]);
    assert.deepEqual(one.state.incidents, []);
  });

  test("a stop on request ends its alerts without a message", () => {
    const one = new Receiver();
    one.began("unhealthy");
    one.pass(HOUR);
    one.input({ kind: "forget", key: WEB });
    one.over("unhealthy");
    assert.equal(one.pass(HOUR), 0);
    assert.deepEqual(one.lines, ["web:web unhealthy new"]);
  });

  test("more restarts than allowed are reported, and when they have stopped", () => {
    const one = new Receiver();
    const restart = () => one.input({ kind: "restarted", key: WEB, reason: "" });
    for (const gap of [0, 61_000, 1000]) {
      one.pass(gap);
      restart();
    }
    one.pass(10 * MINUTE);
    assert.deepEqual(one.lines, []);
    for (let i = 0; i < 3; i += 1) restart();
    one.pass(59_000);
    assert.deepEqual(one.lines, ["web:web restarts new"]);
    one.pass(2000 + INTERVAL_MS);
    assert.deepEqual(one.lines, ["web:web restarts new", "web:web restarts over"]);
  });

  test("a program that is given up is not one that is restarted", () => {
    const one = new Receiver();
    for (let i = 0; i < 3; i += 1) one.input({ kind: "restarted", key: WEB, reason: "" });
    one.began("fatal");
    one.pass(HOUR);
    assert.deepEqual(one.lines, ["web:web fatal new"]);
  });

  test("too many incidents are dropped and counted", () => {
    const one = new Receiver();
    one.answer = () => FAILED;
    for (let i = 0; i < MOST_INCIDENTS + 5; i += 1) one.began("fatal", processKey("web", `w${i}`));
    assert.equal(one.state.incidents.length, MOST_INCIDENTS);
    assert.deepEqual([one.state.forgotten, one.state.counts.dropped], [5, 5]);
    one.answer = () => OK;
    one.pass(HOUR);
    assert.equal(one.state.forgotten, 0);
  });
});

describe("quiet hours", () => {
  const quiet = { from: 22 * 60, to: 7 * 60 };

  test("their alerts are one message at their end", () => {
    const one = new Receiver({ quiet });
    one.offset = 23 * HOUR;
    one.began("fatal");
    one.pass(HOUR);
    one.over("fatal");
    one.began("fatal", DB);
    one.pass(6.9 * HOUR);
    assert.deepEqual(one.tried, []);
    one.pass(0.1 * HOUR);
    assert.deepEqual(
      one.sent.map(({ lines }) => lines),
      [["web:web fatal was", "db:db fatal new"]],
    );
  });

  test("a clock that is set ends and begins them", () => {
    const one = new Receiver({ quiet });
    one.offset = 23 * HOUR;
    one.began("fatal");
    one.pass(HOUR);
    one.offset += 12 * HOUR;
    one.input({ kind: "time" });
    assert.equal(one.sent.length, 1);
    one.offset -= 12 * HOUR;
    one.over("fatal");
    one.pass(HOUR);
    assert.equal(one.sent.length, 1);
  });

  test("end at a minute of the day, whatever the zone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: -720, max: 840 }),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 1439 }),
        (wall, offset, from, to) => {
          fc.pre(from !== to);
          const end = quietUntil({ from, to }, wall, () => offset);
          if (end === null) return;
          assert.ok(end > wall && end - wall <= 24 * HOUR);
          const minute = (Math.floor(end / MINUTE) + offset + 1440) % 1440;
          assert.equal(minute, to);
          assert.equal(
            quietUntil({ from, to }, end, () => offset),
            null,
          );
        },
      ),
    );
  });
});

describe("whatever happens", () => {
  const kinds = ["fatal", "unhealthy", "failed"] as const;
  const keys = ["a:a", "b:b", "c:c"].map((key) => key as ProcessKey);
  const happening = fc.record({
    act: fc.constantFrom("began", "over", "fail", "answer", "pass"),
    incident: fc.constantFrom(...kinds),
    key: fc.constantFrom(...keys),
    ms: fc.integer({ min: 0, max: 2 * MINUTE }),
  });

  test("each incident is told, each recovery follows one, and messages are few", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), fc.boolean(), (acts, isQuiet) => {
        const one = new Receiver({ quiet: isQuiet ? { from: 0, to: 1 } : null });
        const lasting = new Set<string>();
        const expected = new Set<string>();
        for (const { act, incident, key, ms } of acts) {
          if (act === "began") {
            one.began(incident, key);
            lasting.add(`${key} ${incident}`);
            expected.add(`${key} ${incident}`);
          } else if (act === "over") {
            one.input({ kind: "over", incidents: [incident], key });
            lasting.delete(`${key} ${incident}`);
          } else if (act === "fail") one.answer = () => FAILED;
          else if (act === "answer") one.answer = () => OK;
          one.pass(ms);
        }
        one.answer = () => OK;
        one.pass(2 * HOUR);
        const known = new Set<string>();
        for (const line of one.lines) {
          const [key, kind, state] = line.split(" ");
          const id = `${key} ${kind}`;
          if (state === "new") assert.ok(!known.has(id), line);
          if (state === "over") assert.ok(known.has(id), line);
          if (state === "new") known.add(id);
          else known.delete(id);
          expected.delete(id);
        }
        assert.deepEqual([...expected], [], "an incident was not told");
        assert.deepEqual([...known].sort(), [...lasting].sort());
        for (const [i, { at }] of one.sent.entries()) {
          const before = one.sent[i - 1]?.at ?? Number.NEGATIVE_INFINITY;
          assert.ok(at - before >= INTERVAL_MS);
        }
        assert.equal(one.pass(1000 * HOUR), 0, "nothing is left to be done");
      }),
    );
  });
});
