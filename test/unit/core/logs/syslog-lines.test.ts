// Lines for syslog are put together across chunks.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelLines,
  LINES_PER_SECOND,
  LineBudget,
  LineCollector,
  MAX_SYSLOG_LINE,
  SURE_LINES,
} from "../../../../src/core/logs/syslog-lines.ts";
import { fc } from "../../../property.ts";

function lines(chunks: readonly string[]): string[] {
  const collector = new LineCollector();
  const seen: string[] = [];
  const take = (line: Uint8Array) => seen.push(Buffer.from(line).toString("latin1"));
  for (const chunk of chunks) collector.push(Buffer.from(chunk, "latin1"), take);
  collector.end(take);
  return seen;
}

test("a line cut in the middle is one message (syslog-lines)", () => {
  assert.deepEqual(lines(["he", "llo\nwor", "ld\n"]), ["hello", "world"]);
});

test("the last line needs no end", () => assert.deepEqual(lines(["a\nb"]), ["a", "b"]));

test("a blank line is no message (syslog-blank-lines)", () => {
  assert.deepEqual(lines(["a\n\nb\n", "\n", "c", "\n\n"]), ["a", "b", "c"]);
});

test("a line longer than a message is sent in pieces", () => {
  const seen = lines(["x".repeat(MAX_SYSLOG_LINE + 5), "\n"]);
  assert.deepEqual(
    seen.map((line) => line.length),
    [MAX_SYSLOG_LINE, 5],
  );
});

test("a line of exactly the longest size is one message, however it arrives", () => {
  assert.deepEqual(
    lines(["x".repeat(MAX_SYSLOG_LINE), "\ny"]).map((l) => l.length),
    [MAX_SYSLOG_LINE, 1],
  );
  assert.deepEqual(
    lines([`${"x".repeat(MAX_SYSLOG_LINE)}\ny`]).map((l) => l.length),
    [MAX_SYSLOG_LINE, 1],
  );
});

test("any cutting of any short text gives its lines", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "\n", "bc")), (pieces) => {
      const whole = pieces.join("");
      const expected = whole.split("\n").filter((line) => line !== "");
      assert.deepEqual(lines(pieces), expected);
    }),
  );
});

// How many lines of programs go to the system's log.

test("a flood leaves every other channel its share, and a new second is a new start", () => {
  const budget = new LineBudget();
  const flood = new ChannelLines();
  const quiet = new ChannelLines();
  for (let n = 0; n < LINES_PER_SECOND; n += 1) assert.equal(budget.take(flood, 500), true);
  assert.equal(budget.take(flood, 999), false);
  assert.equal(flood.dropped, 1);
  for (let n = 0; n < SURE_LINES; n += 1) assert.equal(budget.take(quiet, 999), true);
  assert.equal(budget.take(quiet, 999), false);
  assert.equal(budget.take(flood, 1000), true);
});

test("however channels take turns, each second has a bounded number of lines and loses none unseen", () => {
  const times = fc.array(fc.record({ ms: fc.nat(3000), channel: fc.nat(4), lines: fc.nat(6000) }));
  fc.assert(
    fc.property(times, (turns) => {
      const budget = new LineBudget();
      const channels = Array.from({ length: 5 }, () => new ChannelLines());
      const sent = new Map<number, number>();
      let taken = 0;
      for (const { ms, channel, lines } of turns.sort((a, b) => a.ms - b.ms)) {
        for (let n = 0; n < lines; n += 1) {
          if (!budget.take(channels[channel] ?? new ChannelLines(), ms)) continue;
          taken += 1;
          const second = Math.floor(ms / 1000);
          sent.set(second, (sent.get(second) ?? 0) + 1);
        }
      }
      for (const count of sent.values()) {
        assert.ok(count <= LINES_PER_SECOND + channels.length * SURE_LINES);
      }
      const asked = turns.reduce((sum, { lines }) => sum + lines, 0);
      const dropped = channels.reduce((sum, each) => sum + each.dropped, 0);
      assert.equal(taken + dropped, asked);
    }),
  );
});
