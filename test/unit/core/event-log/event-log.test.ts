// The event log: numbers without gaps, a limited number of events, readers that resume.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import {
  cursorText,
  EventLog,
  eventFields,
  KEPT_EVENTS,
  parseCursor,
} from "../../../../src/core/event-log/event-log.ts";
import { fc } from "../../../property.ts";

const EMPTY = { epoch: "e1", next: 1, events: [] };

function filled(count: number): EventLog {
  const log = new EventLog(EMPTY);
  for (let i = 0; i < count; i++) log.append(i, { kind: "group-added", group: `g${i}` });
  return log;
}

const seqs = (log: EventLog, after: number, limit = Number.POSITIVE_INFINITY) =>
  log.after({ epoch: log.epoch, seq: after }, limit).events.map(({ seq }) => seq);

void test("a reader that passes its cursor back gets each event once, whatever the limit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ appended: fc.nat(300), limit: fc.integer({ min: 1, max: 400 }) }), {
        maxLength: 30,
      }),
      (turns) => {
        const log = new EventLog(EMPTY);
        let cursor = log.end;
        let expected = 1;
        for (const { appended, limit } of turns) {
          for (let i = 0; i < appended; i++) log.append(0, { kind: "stopping" });
          const page = log.after(cursor, limit);
          // Behind by more than is kept, it is told so, and continues with the oldest.
          const oldest = page.events[0]?.seq ?? expected;
          if (page.isGap) assert.ok(oldest > expected);
          else assert.equal(oldest, expected);
          for (const [i, { seq }] of page.events.entries()) assert.equal(seq, oldest + i);
          assert.ok(page.events.length <= limit);
          ({ cursor } = page);
          assert.equal(cursor.seq, page.events.at(-1)?.seq ?? cursor.seq);
          expected = cursor.seq + 1;
        }
        const rest = log.after(cursor, Number.POSITIVE_INFINITY);
        assert.deepEqual(rest.cursor, log.end);
      },
    ),
  );
});

void test("keeps at least a thousand events and at most two thousand", () => {
  const log = filled(10 * KEPT_EVENTS + 7);
  const { events } = log.after(null, Number.POSITIVE_INFINITY);
  assert.ok(events.length >= KEPT_EVENTS && events.length <= 2 * KEPT_EVENTS);
  assert.equal(events.at(-1)?.seq, log.end.seq);
});

void test("a reader that missed events learns it, one that missed none does not", () => {
  const log = filled(3 * KEPT_EVENTS);
  const [oldest = 0] = log.after(null, 1).events.map(({ seq }) => seq);
  assert.equal(log.after({ epoch: "e1", seq: oldest - 1 }, 1).isGap, false);
  assert.equal(log.after({ epoch: "e1", seq: oldest - 2 }, 1).isGap, true);
  assert.equal(log.after(log.end, 1).isGap, false);
  assert.equal(log.after(null, 1).isGap, false);
});

void test("a cursor of another life of the daemon, or of the future, gets all there is", () => {
  const log = filled(3);
  for (const cursor of [
    { epoch: "e0", seq: 2 },
    { epoch: "e1", seq: 99 },
  ]) {
    const page = log.after(cursor, 10);
    assert.equal(page.isGap, true);
    assert.deepEqual(
      page.events.map(({ seq }) => seq),
      [1, 2, 3],
    );
  }
});

void test("continues in a successor with the same numbers", () => {
  const log = filled(KEPT_EVENTS + 5);
  const successor = new EventLog(log.state());
  assert.deepEqual(successor.after(null, 9999), log.after(null, 9999));
  successor.append(7, { kind: "stopping" });
  assert.deepEqual(seqs(successor, log.end.seq), [log.end.seq + 1]);
});

void test("a cursor is read as it was written, and no other text is one", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-z]{1,20}$/), fc.nat(), (epoch, seq) => {
      assert.deepEqual(parseCursor(cursorText({ epoch, seq })), { epoch, seq });
    }),
  );
  for (const text of [
    "",
    "e",
    "e-",
    "-1",
    "e-x",
    "e-1 ",
    "E-1",
    "e-99999999999999999999",
    "e".repeat(70),
  ])
    assert.equal(parseCursor(text), null, text);
});

void test("an event is flat for clients", () => {
  const key = "web:one" as ProcessKey;
  const log = new EventLog(EMPTY);
  const fields = [
    log.append(5, { kind: "state", key, from: "STARTING", to: "RUNNING", details: { pid: 7 } }),
    log.append(6, { kind: "executes", key, pid: 8 }),
    log.append(6, {
      ...{ kind: "notice", key },
      notice: { about: "HEALTH", details: { pid: 8, to: "unhealthy" }, text: "no answer" },
    }),
    log.append(7, { kind: "group-removed", group: "web" }),
    log.append(8, { kind: "stopping" }),
  ].map(eventFields);
  assert.deepEqual(fields, [
    {
      seq: 1,
      at_ms: 5,
      kind: "state",
      group: "web",
      name: "one",
      from: "STARTING",
      to: "RUNNING",
      pid: 7,
    },
    { seq: 2, at_ms: 6, kind: "executes", group: "web", name: "one", pid: 8 },
    {
      ...{ seq: 3, at_ms: 6, kind: "notice", group: "web", name: "one" },
      ...{ about: "HEALTH", pid: 8, to: "unhealthy", text: "no answer" },
    },
    { seq: 4, at_ms: 7, kind: "group-removed", group: "web" },
    { seq: 5, at_ms: 8, kind: "stopping" },
  ]);
});
