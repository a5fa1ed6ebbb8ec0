// Pools: distribution of events, rejected events, dropped events and their reports.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_POOLS_BYTES, POOL_BYTES } from "../../../../src/core/events/model.ts";
import { DEFAULT_HANDLER } from "../../../../src/core/plugins/known.ts";
import { PoolWorld } from "./world.ts";

test("an event listener gets no event before it is both RUNNING and READY", () => {
  const late = new PoolWorld();
  late.post({
    kind: "add-pool",
    pool: {
      name: "p",
      events: ["EVENT"],
      bufferSize: 10,
      handler: DEFAULT_HANDLER,
      listeners: [{ key: "p:p" as never, name: "p" }],
    },
  });
  late.emit("a").listener("p:p", "STARTING").say("p:p", "READY\n");
  assert.deepEqual(late.sent, []);
  late.listener("p:p", "RUNNING");
  assert.deepEqual(late.sent, ["p:p 0/0 a"]);
});

test("a type that is subscribed to twice is delivered once (event-once)", () => {
  const world = new PoolWorld().pool("p", { events: ["EVENT", "REMOTE_COMMUNICATION"] }).emit("a");
  world.answer("p:p");
  assert.deepEqual(world.sent, ["p:p 0/0 a"]);
});

test("free listeners get events in the order of their definition", () => {
  const world = new PoolWorld().pool("p", { listeners: ["x", "y", "z"] });
  world.emit("a", "b").answer("p:x").emit("c", "d", "e");
  assert.deepEqual(world.sent, ["p:x 0/0 a", "p:y 1/1 b", "p:x 2/2 c", "p:z 3/3 d"]);
  assert.deepEqual(world.waiting("p"), ["e"]);
});

test("a rejected event is the next to be sent, with the serials that it had, after a rest (reject-rest)", () => {
  const world = new PoolWorld().pool("p").emit("a", "b").answer("p:p", "FAIL");
  assert.deepEqual(world.sent.splice(0), ["p:p 0/0 a"]);
  assert.equal(world.deadline, world.now + 100);
  world.pass(99);
  assert.deepEqual(world.sent, []);
  world.pass(1);
  assert.deepEqual(world.sent.splice(0), ["p:p 0/0 a"]);
  world.answer("p:p");
  assert.deepEqual(world.sent, ["p:p 1/1 b"], "no rest after a success");
});

test("a listener that always rejects is asked ever less often, another listener of its pool at once (reject-rest)", () => {
  const world = new PoolWorld().pool("p").emit("a");
  const moments: number[] = [];
  const begin = world.now;
  for (let n = 0; n < 12; n += 1) {
    moments.push(world.now - begin);
    world.answer("p:p", "FAIL");
    const due = world.deadline ?? Number.NaN;
    world.pass(due - world.now);
  }
  assert.deepEqual(moments.slice(0, 5), [0, 100, 300, 700, 1500]);
  assert.equal((moments[11] ?? 0) - (moments[10] ?? 0), 10_000);
  assert.equal(world.sent.length, 13);

  const two = new PoolWorld().pool("p", { listeners: ["bad", "good"] }).emit("a");
  two.answer("p:bad", "FAIL");
  assert.deepEqual(two.sent, ["p:bad 0/0 a", "p:good 0/0 a"]);
});

test("an event rejected in one pool is queued again in that pool alone (reject-own-pool)", () => {
  const world = new PoolWorld().pool("one").pool("two").emit("a");
  world.answer("two:two").answer("one:one", "FAIL").pass(100);
  assert.deepEqual(world.sent, ["one:one 0/0 a", "two:two 0/0 a", "one:one 0/0 a"]);
});

test("a full buffer drops its oldest event, and reports the first at once (event-overflow)", () => {
  const world = new PoolWorld().pool("p", { size: 2 }).emit("a");
  world.lines();
  world.emit("b", "c", "d", "e", "f");
  assert.deepEqual(world.waiting("p"), ["e", "f"]);
  assert.deepEqual(world.lines(), ["ERRO pool p event buffer overflowed, discarding event 1"]);
  assert.equal(world.pass(60_000), 1, "one wake-up to tell of the others");
  assert.deepEqual(world.lines(), [
    "ERRO pool p event buffer overflowed, discarded 2 more events since the last such line, 3 in all: its listeners are too slow, failing or down, or its buffer_size is too small",
  ]);
  assert.equal(world.pass(3_600_000), 0, "and none when there is nothing to tell");
  world.emit("g");
  assert.deepEqual(world.lines(), ["ERRO pool p event buffer overflowed, discarding event 4"]);
  assert.equal(world.get("p").counts.dropped, 4);
});

test("a rejected event takes the place of the oldest that waits when the buffer is full", () => {
  const world = new PoolWorld().pool("p", { size: 2 }).emit("a", "b", "c");
  world.answer("p:p", "FAIL");
  assert.deepEqual(world.waiting("p"), ["a", "c"]);
});

test("unreported drops and unhandled events are reported at the end (event-undelivered)", () => {
  for (const input of [{ kind: "remove-pool", name: "p" }, { kind: "end" }] as const) {
    const world = new PoolWorld().pool("p", { size: 1 }).emit("a", "b", "c", "d");
    world.lines();
    world.post(input);
    const [drops, left] = world.lines();
    assert.match(drops ?? "", /^ERRO .* discarded 1 more event since .* 2 in all/);
    assert.equal(left, "INFO pool p ends with 2 events that no listener handled");
  }
});

test("events too large to be kept are dropped by their size too, but one is always kept (event-memory)", () => {
  const large = "x".repeat(POOL_BYTES / 4 - 128);
  const world = new PoolWorld().pool("p", { size: 1000 }).emit("first");
  world.emit(large, large, "small");
  assert.deepEqual(
    world.waiting("p").map((text) => text.length),
    [large.length, 5],
  );
  world.emit(large + large + large);
  assert.equal(world.waiting("p").length, 1);
  world.answer("p:p");
  assert.equal(world.get("p").buffered, 0);
});

test("pools share the total limit", () => {
  const world = new PoolWorld();
  for (let n = 0; n < 20; n += 1) world.pool(`p${n}`, { size: 1000 });
  for (let n = 0; n < 100; n += 1) world.emit("\u{1f600}".repeat(POOL_BYTES / 80));
  let sum = 0;
  for (let n = 0; n < 20; n += 1) sum += world.get(`p${n}`).buffered;
  assert.ok(sum > ALL_POOLS_BYTES / 2 && sum <= ALL_POOLS_BYTES, `${sum} bytes`);
});

test("the event of an event listener that dies is queued again, and the listener restarts", () => {
  const world = new PoolWorld().pool("p").emit("a", "b");
  world.say("p:p", "RESULT 2").listener("p:p", "EXITED");
  assert.deepEqual(world.waiting("p"), ["a", "b"]);
  world.start("p:p");
  assert.equal(world.sent.length, 1);
  world.say("p:p", "READY\n").answer("p:p");
  assert.deepEqual(world.sent, ["p:p 0/0 a", "p:p 0/0 a", "p:p 1/1 b"]);
});

test("an event listener that is being stopped can still answer, and gets no more events", () => {
  const world = new PoolWorld().pool("p").emit("a", "b").listener("p:p", "STOPPING");
  world.answer("p:p");
  assert.equal(world.get("p").counts.processed, 1);
  world.listener("p:p", "STOPPED");
  assert.deepEqual(world.waiting("p"), ["b"]);
  assert.deepEqual(world.sent, ["p:p 0/0 a"]);
});

test("one that cannot be killed keeps its event until it is gone", () => {
  const world = new PoolWorld().pool("p").emit("a").listener("p:p", "UNKNOWN");
  assert.deepEqual(world.waiting("p"), []);
  world.listener("p:p", "STOPPED");
  assert.deepEqual(world.waiting("p"), ["a"]);
});

test("an event listener with bad output gets no events until it is restarted; its event is queued again", () => {
  const world = new PoolWorld().pool("p", { listeners: ["x", "y"] }).emit("a");
  world.lines();
  world.say("p:x", "RESULT ?\n");
  assert.deepEqual(world.sent, ["p:x 0/0 a", "p:y 0/0 a"]);
  assert.deepEqual(
    world.lines().filter((line) => line.startsWith("WARN")),
    [
      "WARN x: bad result line: 'RESULT ?'",
      "WARN x: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol",
    ],
  );
  world.say("p:x", "READY\n").emit("b").answer("p:y");
  assert.equal(world.sent.at(-1), "p:y 1/1 b");
  world.listener("p:x", "EXITED").start("p:x").say("p:x", "READY\n").emit("c");
  assert.equal(world.sent.at(-1), "p:x 2/2 c");
});

test("a listener that closed its stdin is passed over, at no cost (listener-deaf)", () => {
  const world = new PoolWorld().pool("p", { listeners: ["x", "y"] });
  world.closed.add("p:x");
  world.emit("a", "b");
  assert.deepEqual(world.sent, ["p:y 0/0 a"]);
  assert.deepEqual(world.waiting("p"), ["b"]);
  assert.equal(world.deadline, null);
  world.closed.add("p:y");
  world.answer("p:y");
  assert.deepEqual(world.waiting("p"), ["b"]);
  world.closed.clear();
  world.listener("p:x", "EXITED").start("p:x").say("p:x", "READY\n");
  assert.equal(world.sent.at(-1), "p:x 1/1 b");
});

test("the lines about sending are Supervisor's", () => {
  const world = new PoolWorld().pool("p").emit("a", "b");
  world.answer("p:p").closed.add("p:p");
  world.answer("p:p").emit("c");
  assert.deepEqual(world.lines(), [
    "DEBG p: ACKNOWLEDGED -> READY",
    "DEBG event 0 sent to listener p",
    "DEBG p: event was processed",
    "DEBG p: BUSY -> ACKNOWLEDGED",
    "DEBG p: ACKNOWLEDGED -> READY",
    "DEBG event 1 sent to listener p",
    "DEBG p: event was processed",
    "DEBG p: BUSY -> ACKNOWLEDGED",
    "DEBG p: ACKNOWLEDGED -> READY",
    "DEBG epipe occurred while sending event 2 to listener p, listener state unchanged",
  ]);
  const waiting = new PoolWorld().pool("p", { listeners: ["x"] });
  waiting.listener("p:x", "STOPPED").emit("a", "b").start("p:x").lines();
  waiting.say("p:x", "READY\n");
  assert.deepEqual(waiting.lines(), [
    "DEBG x: ACKNOWLEDGED -> READY",
    "DEBG event 0 sent to listener x",
    "DEBG rebuffering event 1 for pool p (buf size=0, max=10)",
  ]);
});

test("ticks reach the pools that want them, and only those cost a wake-up", () => {
  const world = new PoolWorld().pool("other");
  assert.equal(world.deadline, null);
  world.pool("ticks", { events: ["TICK_5"] });
  assert.equal(world.pass(12_000), 2);
  assert.deepEqual(
    world.sent.map((line) => line.split(" ")[0]),
    ["ticks:ticks"],
  );
  world.post({ kind: "remove-pool", name: "ticks" });
  assert.equal(world.deadline, null);
});

test("inputs about removed pools or event listeners change nothing", () => {
  const world = new PoolWorld().pool("p").emit("a");
  world.post({ kind: "remove-pool", name: "p" });
  const before = world.state;
  world.answer("p:p").listener("p:p", "EXITED").emit("b");
  world.post({ kind: "remove-pool", name: "p" });
  assert.deepEqual(world.state, before);
});
