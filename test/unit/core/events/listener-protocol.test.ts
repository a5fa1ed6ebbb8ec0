// The protocol of event listeners, at any chunk border.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FRESH_PHASE,
  handlerOf,
  type ListenerNews,
  type ListenerPhase,
  RESULT_HANDLERS,
  receive,
  SENT_PHASE,
} from "../../../../src/core/events/listener-protocol.ts";
import { DEFAULT_HANDLER, STDOUT_HANDLER } from "../../../../src/core/plugins/known.ts";
import { fc } from "../../../property.ts";
import { PoolWorld } from "./world.ts";

const ENCODER = new TextEncoder();

function bytes(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Everything a chunk meant, in short. */
function hear(phase: ListenerPhase, ...chunks: readonly (string | Uint8Array)[]) {
  let now = phase;
  const news: string[] = [];
  for (const chunk of chunks) {
    const step = receive(now, typeof chunk === "string" ? bytes(chunk) : chunk, 64);
    now = step.phase;
    news.push(...step.news.map(short));
  }
  return { kind: now.kind, news, phase: now };
}

function short(news: ListenerNews): string {
  switch (news.kind) {
    case "ready":
      return "ready";
    case "result":
      return news.text === "OK" ? "ok" : "rejected";
    case "bad-line":
      return `bad line ${news.text}`;
    case "violation":
      return `violation from ${news.from}`;
  }
}

test("READY and a line feed makes it ready, whatever comes instead makes it UNKNOWN", () => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ["READY\n", "READY", ["ready"]],
    ["READY", "ACKNOWLEDGED", []],
    ["FOO\n", "ACKNOWLEDGED", []],
    ["READY\r\n", "UNKNOWN", ["violation from ACKNOWLEDGED"]],
    ["ready\n", "UNKNOWN", ["violation from ACKNOWLEDGED"]],
    ["\nREADY\n", "UNKNOWN", ["violation from ACKNOWLEDGED"]],
    ["READY\nREADY\n", "UNKNOWN", ["ready", "violation from READY"]],
  ];
  for (const [text, kind, news] of rows) {
    const heard = hear(FRESH_PHASE, text);
    assert.deepEqual([heard.kind, heard.news], [kind, news], JSON.stringify(text));
  }
});

test("a result is accepted when it is exactly OK", () => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ["RESULT 2\nOK", "ACKNOWLEDGED", ["ok"]],
    ["RESULT 2\nOKREADY\n", "READY", ["ok", "ready"]],
    ["RESULT 4\nFAIL", "ACKNOWLEDGED", ["rejected"]],
    ["RESULT 3\nOK\n", "ACKNOWLEDGED", ["rejected"]],
    ["RESULT 2\nok", "ACKNOWLEDGED", ["rejected"]],
    ["RESULT 2\nOK\nREADY\n", "UNKNOWN", ["ok", "violation from ACKNOWLEDGED"]],
    ["GARBAGE 2\nOK", "ACKNOWLEDGED", ["ok"]],
    ["RESULT  +0_2 \nOK", "ACKNOWLEDGED", ["ok"]],
    ["RESULT 2", "BUSY", []],
    ["RESULT 2\nO", "RESULT", []],
    ["RESULT\n", "UNKNOWN", ["bad line RESULT"]],
    ["RESULT two\n", "UNKNOWN", ["bad line RESULT two"]],
  ];
  for (const [text, kind, news] of rows) {
    const heard = hear(SENT_PHASE, text);
    assert.deepEqual([heard.kind, heard.news], [kind, news], JSON.stringify(text));
  }
});

test("an empty result is complete at once; an impossible length is not a number (result-length)", () => {
  assert.deepEqual(hear(SENT_PHASE, "RESULT 0\n").news, ["rejected"]);
  assert.deepEqual(hear(SENT_PHASE, "RESULT 0\n", "READY\n").news, ["rejected", "ready"]);
  assert.deepEqual(hear(SENT_PHASE, "RESULT -1\n").news, ["bad line RESULT -1"]);
  const huge = `RESULT ${"9".repeat(30)}`;
  assert.deepEqual(hear(SENT_PHASE, `${huge}\n`).news, [`bad line ${huge}`]);
});

test("a bad line that is no text is shown as Python shows bytes", () => {
  const line = Uint8Array.of(...bytes("RESULT "), 0xff, 0x0a);
  assert.deepEqual(hear(SENT_PHASE, line).news, ["bad line Undecodable: b'RESULT \\xff'"]);
});

test("neither an endless line nor an enormous result takes memory (listener-memory)", () => {
  const flood = new Uint8Array(1_000_000).fill(0x78);
  const line = hear(SENT_PHASE, flood);
  assert.equal(line.kind, "UNKNOWN");
  assert.equal(line.news.length, 1);
  assert.ok((line.news[0]?.length ?? 0) < 1100);

  const parts = Array.from({ length: 50 }, () => flood);
  const result = hear(SENT_PHASE, "RESULT 50000000\n", ...parts.slice(1), flood.subarray(1));
  assert.ok(JSON.stringify(result.phase).length < 200, JSON.stringify(result.phase));
  assert.equal(result.kind, "RESULT");
  assert.deepEqual(hear(result.phase, "x").news, ["rejected"]);
});

test("everything after a violation is ignored", () => {
  const heard = hear(FRESH_PHASE, "nonsense", "READY\n", "RESULT 2\nOK", new Uint8Array(100_000));
  assert.deepEqual([heard.kind, heard.news], ["UNKNOWN", ["violation from ACKNOWLEDGED"]]);
});

/** Streams near the protocol: pieces of it, whole or damaged. */
const stream = fc
  .array(
    fc.oneof(
      fc.constantFrom("READY\n", "RESULT 2\nOK", "RESULT 4\nFAIL", "RESULT 0\n", "\n", "x"),
      fc.nat(20).map((length) => `RESULT ${length}\n${"y".repeat(length)}`),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => bytes(parts.join("")));

const phase = fc.constantFrom(FRESH_PHASE, SENT_PHASE, { kind: "READY" } as const);

test("any chunking of a stream means the same", () => {
  fc.assert(
    fc.property(stream, phase, fc.array(fc.nat(40)), (whole, start, cuts) => {
      const chunks: Uint8Array[] = [];
      let from = 0;
      for (const cut of cuts) {
        chunks.push(whole.subarray(from, from + cut));
        from += cut;
      }
      chunks.push(whole.subarray(from));
      const single = hear(start, whole);
      const many = hear(start, ...chunks);
      assert.deepEqual(many.news, single.news);
      assert.deepEqual(many.phase, single.phase);
    }),
    { numRuns: 2000 },
  );
});

// Handlers of results: Supervisor's own, and that of supervisor-stdout, which prints events of output.

const HEADER = "processname:web groupname:web pid:7 channel:stdout\n";

const printer = RESULT_HANDLERS[STDOUT_HANDLER];

test("Supervisor's handler accepts only OK", () => {
  const { judge } = RESULT_HANDLERS[DEFAULT_HANDLER];
  assert.equal(judge("OK").kind, "processed");
  for (const text of ["", "ok", "OK\n", "FAIL"]) assert.equal(judge(text).kind, "rejected", text);
  assert.equal(handlerOf("other:handler"), DEFAULT_HANDLER);
});

test("each line has the process and the channel in front", () => {
  assert.deepEqual(printer.judge(`${HEADER}one`), {
    kind: "processed",
    print: "web stdout | one\n",
  });
  // As the package does it: what ends with a line end has an empty line behind it.
  assert.deepEqual(printer.judge(`${HEADER}one\ntwo\n`), {
    kind: "processed",
    print: "web stdout | one\nweb stdout | two\nweb stdout | \n",
  });
});

test("a result that is no event of output fails", () => {
  for (const text of ["", "OK", "OK\n", "a:b c\nx", "processname:web\nx"])
    assert.deepEqual(printer.judge(text), { kind: "failed" }, text);
});

function world(): PoolWorld {
  return new PoolWorld().pool("out", { handler: STDOUT_HANDLER });
}

test("a result is printed, and the event is processed whatever it says", () => {
  const pool = world();
  pool.emit("x");
  const result = `${HEADER}${"y".repeat(300)}`;
  pool.say("out:out", `RESULT ${result.length}\n${result.slice(0, 50)}`);
  assert.deepEqual(pool.printed, []);
  pool.say("out:out", result.slice(50));
  assert.deepEqual(pool.printed, [`web stdout | ${"y".repeat(300)}\n`]);
  assert.deepEqual(pool.get("out").counts, { accepted: 1, processed: 1, rejected: 0, dropped: 0 });
});

test("a result that cannot be printed is an error of the listener, as in Supervisor", () => {
  const pool = world();
  pool.emit("x").say("out:out", "RESULT 2\nOK");
  assert.deepEqual(pool.printed, []);
  assert.equal(pool.get("out").listeners[0]?.phase.kind, "UNKNOWN");
  assert.equal(pool.get("out").counts.rejected, 1);
});
