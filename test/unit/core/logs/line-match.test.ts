// A text that is looked for in lines, however they come in pieces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineMatch, MOST_MATCHED_LINE, partsOf } from "../../../../src/core/logs/line-match.ts";
import { fc } from "../../../property.ts";

function finds(pattern: string, ...pieces: readonly (string | Uint8Array)[]): boolean {
  let match = new LineMatch(pattern);
  for (const piece of pieces) {
    match.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    // Another daemon may continue at any point.
    match = new LineMatch(pattern, match.state);
  }
  return match.isFound;
}

test("a text is found in a whole line, anywhere in it, and not across lines", () => {
  assert.equal(finds("ready to accept", "LOG: database is ready to accept connections\n"), true);
  assert.equal(finds("ready to accept", "ready to\naccept\n"), false);
  assert.equal(finds("ready", "ready"), false, "the line has not ended");
  assert.equal(finds("ready", "re", "ad", "y\r\n"), true);
  assert.equal(finds("größe", "gr\u00f6\u00dfe\n"), true);
});

test("a star stands for anything, and other signs for themselves", () => {
  assert.equal(finds("listening on *:80", "now listening on 0.0.0.0:8080\n"), true);
  assert.equal(finds("b*a", "a b\n"), false);
  assert.equal(finds("[a].?", "xa.b\n"), false);
  assert.equal(finds("[a].?", "x[a].?\n"), true);
});

test("control sequences of terminals are left out, also cut ones", () => {
  assert.equal(finds("server ready", "\x1b[32mserver\x1b[0m re\x1b", "[1mady\x1b[0m\r\n"), true);
});

test("of a line without an end only the beginning is looked at, and the next line is a new one", () => {
  const long = "x".repeat(MOST_MATCHED_LINE);
  assert.equal(finds("ready", long, "ready\n"), false);
  assert.equal(finds("ready", `${long}ready\n`), false);
  assert.equal(finds("ready", long, long, "\nready\n"), true);
});

test("bytes that are no text do no harm", () => {
  assert.equal(finds("ready", new Uint8Array([0xff, 0xc3, 0x00]), " ready\n"), true);
});

test("where the output is cut changes nothing, and a regular expression finds the same", () => {
  const letters = fc.constantFrom("a", "b", " ", "\n", "\x1b[1m");
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 6 });
  const output = fc.string({ unit: letters, maxLength: 60 });
  fc.assert(
    fc.property(pattern, output, fc.array(fc.nat(80), { maxLength: 4 }), (wanted, text, cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
      const lines = text.replaceAll("\x1b[1m", "").split("\n").slice(0, -1);
      const expression = new RegExp(partsOf(wanted).join(".*"));
      assert.equal(
        finds(wanted, ...pieces),
        lines.some((line) => expression.test(line)),
      );
    }),
    { numRuns: 1000 },
  );
});
