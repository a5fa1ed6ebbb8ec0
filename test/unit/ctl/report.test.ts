// Output of servers and programs on a terminal and in a pipe.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createJsonReporter, createLineReporter, type Reporter } from "../../../src/ctl/report.ts";
import { createFakeTerminal } from "../../fakes/ctl-client.ts";
import { fc } from "../../property.ts";

const HOSTILE = "a\x1b]52;c;eA==\x07\x1b[31mb\x9b2J\r\x1b[2J";

function said(isTerminal: boolean, colours: boolean, say: (report: Reporter) => void): string {
  const terminal = { ...createFakeTerminal(), stdoutIsTty: isTerminal };
  say(createLineReporter(terminal, colours));
  return terminal.written();
}

const EVERYTHING: readonly (readonly [(report: Reporter) => void, string])[] = [
  [
    (r) => r.item({ line: HOSTILE, data: {} }),
    "a\\x1b]52;c;eA==\\x07\\x1b[31mb\\x9b2J\\x0d\\x1b[2J\n",
  ],
  [(r) => r.item({ line: HOSTILE, data: {}, output: "filtered" }), "a\x1b[31mb\r\x1b[0m\n"],
  [(r) => r.item({ line: HOSTILE, data: {}, output: "raw" }), `${HOSTILE}\n`],
  [(r) => r.error(HOSTILE), "a\\x1b]52;c;eA==\\x07\\x1b[31mb\\x9b2J\\x0d\\x1b[2J\n"],
  [(r) => r.notice("x\x1bc\ny"), "x\\x1bc\ny\n"],
  [
    (r) => {
      r.chunk({ name: "a", channel: "stdout" }, Buffer.from("one\x1b]0;ti"));
      r.chunk({ name: "b", channel: "stdout" }, Buffer.from("other"));
      r.chunk({ name: "a", channel: "stdout" }, Buffer.from("tle\x07two"));
    },
    "oneothertwo",
  ],
  [(r) => r.chunk({ name: "a", channel: "stdout", raw: true }, Buffer.from(HOSTILE)), HOSTILE],
];

test("a terminal gets text and colours of logs, and other lines with control characters spelt (tail-terminal)", () => {
  for (const [say, shown] of EVERYTHING) assert.equal(said(true, false, say), shown);
});

test("a pipe gets all bytes (tail-terminal)", () => {
  const chunk = Buffer.from(HOSTILE);
  assert.equal(
    said(false, false, (r) => r.item({ line: HOSTILE, data: {} })),
    `${HOSTILE}\n`,
  );
  assert.equal(
    said(false, false, (r) => r.error(HOSTILE)),
    `${HOSTILE}\n`,
  );
  assert.equal(
    said(false, false, (r) => r.chunk({ name: "a", channel: "stdout" }, chunk)),
    HOSTILE,
  );
  assert.equal(
    said(false, false, (r) => r.item({ line: HOSTILE, data: {}, output: "filtered" })),
    `${HOSTILE}\n`,
  );
});

test("a colour stands where it belongs, whatever is spelt before it", () => {
  const item = { line: "\x1bx up rest", data: {}, mark: { from: 3, to: 5, tone: "good" } } as const;
  assert.equal(
    said(true, true, (r) => r.item(item)),
    "\\x1bx \x1b[32mup\x1b[0m rest\n",
  );
});

test("whatever a server says, no line of an answer has control characters but line feeds and our colours", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(), fc.nat(), (line, a, b) => {
      const mark = { from: Math.min(a, b), to: Math.max(a, b), tone: "bad" } as const;
      const terminal = { ...createFakeTerminal(), stdoutIsTty: true };
      const report = createLineReporter(terminal, true);
      report.item({ line, data: { line }, mark });
      report.error(line);
      createJsonReporter(terminal).finish(line, 0);
      assert.doesNotMatch(terminal.written().replace(/\x1b\[\d+m/g, ""), /(?!\n)\p{Cc}/u);
    }),
  );
});

const ITEM = {
  line: "a: started",
  data: { name: "a" },
  mark: { from: 3, to: 10, tone: "good" },
} as const;

test("a colour is only on the part that matters", () => {
  const terminal = createFakeTerminal();
  createLineReporter(terminal, true).item(ITEM);
  assert.equal(terminal.written(), "a: \u001b[32mstarted\u001b[0m\n");
});

test("JSON is one line, and one for each piece of a log", () => {
  const terminal = createFakeTerminal();
  const report = createJsonReporter(terminal);
  report.chunk({ name: "a", channel: "stdout" }, Uint8Array.of(0x68, 0xc3));
  report.chunk({ name: "a", channel: "stdout" }, Uint8Array.of(0xa9));
  report.item(ITEM);
  report.error("bad");
  report.finish("start", 1);
  assert.equal(
    terminal.written(),
    '{"name":"a","channel":"stdout","text":"h"}\n{"name":"a","channel":"stdout","text":"é"}\n' +
      '{"format":1,"verb":"start","exitStatus":1,"results":[{"name":"a"}],' +
      '"errors":[{"kind":"failed","message":"bad","steps":[]}],"hints":[]}\n',
  );
});
