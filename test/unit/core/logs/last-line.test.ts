// The last line of an output, however it comes in pieces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LastLine, MOST_LAST_LINE } from "../../../../src/core/logs/log-text.ts";
import { fc } from "../../../property.ts";

function lastOf(...pieces: readonly string[]): string {
  const line = new LastLine();
  for (const piece of pieces) line.push(new TextEncoder().encode(piece));
  return line.text();
}

test("the last line that is not blank counts, also one without an end", () => {
  assert.equal(lastOf(""), "");
  assert.equal(lastOf("one\ntwo\n"), "two");
  assert.equal(lastOf("one\ntwo\n\n  \n"), "two");
  assert.equal(lastOf("one\ntwo"), "two");
  assert.equal(lastOf("one\nt", "w", "o", "\r\n"), "two");
  assert.equal(lastOf("one\ntwo", "\n", "\n"), "two");
});

test("it is printable and short, however long it was", () => {
  assert.equal(lastOf("\x1b[31mno\x1b[0m response\x07\n"), "no response\\x07");
  assert.equal(lastOf(`${"x".repeat(MOST_LAST_LINE * 2)}\n`), `${"x".repeat(200)}...`);
});

test("where the output is cut changes nothing", () => {
  const output = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n"), maxLength: 60 });
  fc.assert(
    fc.property(output, fc.array(fc.nat(60), { maxLength: 5 }), (text, cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
      const lines = text.split("\n").map((line) => line.trim());
      assert.equal(lastOf(...pieces), lines.findLast((line) => line !== "") ?? "");
    }),
  );
});

test("a line that is blank as far as it is kept counts as blank, in one piece too", () => {
  const late = `${" ".repeat(MOST_LAST_LINE)}x`;
  assert.equal(lastOf(`one\n${late}\n`), "one");
  assert.equal(lastOf("one\n", late, "\n"), "one");
});
