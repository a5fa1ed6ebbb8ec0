// Lines for syslog are put together across chunks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineCollector, MAX_SYSLOG_LINE } from "../../../../src/core/logs/syslog-lines.ts";
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
