// Messages of events: what is in one, and what a reader of the stream can conclude.

import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, eventOf, messageOf, readPosition } from "../../../../src/core/fleet/feed.ts";

const line = (event: string, cursor: string, more = {}) =>
  JSON.stringify({ cursor, event, ...more });
const state = { seq: 8, at_ms: 1, kind: "state", group: "web", name: "web", from: "STARTING" };

test("an event of the daemon is passed on with all its members", () => {
  const event = eventOf(line("state", "ab-8", state), "ab-7");
  assert.ok(event !== null && event !== "unreadable");
  assert.deepEqual([event.cursor, JSON.parse(event.text)], ["ab-8", state]);
});

test("a hole says how many events are missing, if that can be known", () => {
  const gap = (after: string, to: string) => {
    const event = eventOf(line("reset", to), after);
    return event !== null && event !== "unreadable" ? JSON.parse(event.text) : event;
  };
  assert.deepEqual(gap("ab-7", "ab-1000"), { kind: "gap", missed: 993, restarted: false });
  assert.deepEqual(gap("ab-7", "cd-0"), { kind: "gap", missed: null, restarted: true });
  assert.deepEqual(gap("ab-7", "ab-3"), { kind: "gap", missed: null, restarted: false });
  assert.deepEqual(gap("nonsense", "ab-3"), { kind: "gap", missed: null, restarted: true });
});

test("the begin of a stream is an event for a device that has none alone", () => {
  assert.equal(eventOf(line("begin", "ab-7"), "ab-7"), null);
  assert.deepEqual(eventOf(line("begin", "ab-7"), null), {
    cursor: "ab-7",
    text: '{"kind":"begin"}',
  });
});

test("lines that no daemon writes are noticed", () => {
  for (const text of [
    "<html>",
    "[]",
    "null",
    "{}",
    '{"cursor":1,"event":"x"}',
    '{"cursor":"a-1"}',
  ]) {
    assert.equal(eventOf(text, null), "unreadable", text);
  }
  assert.equal(eventOf(line("state", "ab-8", { text: "x".repeat(20_000) }), null), "unreadable");
});

test("a message has at most a hundred events and 24 kB, and at least one event", () => {
  const events = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => ({
      cursor: `a-${index}`,
      text: `"${"x".repeat(length)}"`,
    }));
  assert.equal(batchOf(events(250, 10)).length, 100);
  assert.equal(batchOf(events(250, 1000)).length, 24);
  assert.equal(batchOf(events(3, 30_000)).length, 1);
  assert.deepEqual(batchOf([]), []);
});

test("a message says where the next one continues", () => {
  const event = eventOf(line("state", "ab-8", state), "ab-7");
  assert.ok(event !== null && event !== "unreadable");
  const text = messageOf([event, { ...event, cursor: "ab-9" }], "run1");
  assert.deepEqual(readPosition(text), { cursor: "ab-9", run: "run1" });
  assert.deepEqual(JSON.parse(text).events, [state, state]);
  for (const other of ["", "[]", "{}", '{"cursor":"a-1"}', '{"run":"x"}']) {
    assert.equal(readPosition(other), null);
  }
});
