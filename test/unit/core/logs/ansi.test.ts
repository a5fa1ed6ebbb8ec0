// strip_ansi: removed and kept text, independent of chunk borders.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AnsiState,
  heldBack,
  isPlain,
  stripAnsi,
  strippedCapacity,
} from "../../../../src/core/logs/ansi.ts";
import { fc } from "../../../property.ts";

function strip(chunks: readonly string[]): string {
  let state: AnsiState = "ground";
  const parts: Buffer[] = [];
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk, "latin1");
    const output = new Uint8Array(strippedCapacity(bytes.length));
    const step = stripAnsi(state, bytes, output);
    state = step.state;
    parts.push(Buffer.from(output.subarray(0, step.written)));
  }
  parts.push(Buffer.from(heldBack(state)));
  return Buffer.concat(parts).toString("latin1");
}

const CASES: readonly [name: string, input: string, expected: string][] = [
  ["a colour", "\x1b[31mred\x1b[0m", "red"],
  [
    "every final byte of Supervisor's set",
    [..."HfABCDRsuJKhlpm"].map((f) => `x\x1b[1;2${f}`).join(""),
    "x".repeat(15),
  ],
  // strip-ansi: from here on Supervisor leaves sequences, or takes text with them.
  ["a final byte that Supervisor does not know", "a\x1b[5Gbc", "abc"],
  ["a private parameter", "\x1b[?25lx\x1b[?25h", "x"],
  ["a window title ended by BEL", "\x1b]0;title\x07text", "text"],
  ["a window title ended by ST", "\x1b]0;title\x1b\\text", "text"],
  ["an escape that is no sequence", "\x1bcx", "\x1bcx"],
  ["two escapes in a row", "\x1b\x1b[mx", "\x1bx"],
  ["a broken sequence ends where text begins", "\x1b[12\nnext", "\nnext"],
  ["a title without end costs one line", "\x1b]0;oops\nnext", "\nnext"],
  ["an escape at the very end", "x\x1b", "x\x1b"],
  [
    "UTF-8 beside colours",
    Buffer.from("\x1b[1mgrüße\x1b[m").toString("latin1"),
    Buffer.from("grüße").toString("latin1"),
  ],
];

for (const [name, input, expected] of CASES) {
  test(`strip_ansi handles ${name}`, () => assert.equal(strip([input]), expected));
}

test("the result does not depend on where the stream was cut (strip-ansi)", () => {
  const piece = fc.constantFrom(
    "\x1b",
    "[",
    "]",
    "\x1b[",
    "\x1b]",
    "0;1",
    "m",
    "G",
    "\n",
    "\x07",
    "\\",
    "text",
    "\xff",
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(5)), (pieces, cuts) => {
      const whole = pieces.join("");
      const chunks: string[] = [];
      let from = 0;
      for (const cut of cuts) {
        chunks.push(whole.slice(from, from + cut));
        from += cut;
      }
      chunks.push(whole.slice(from));
      assert.equal(strip(chunks), strip([whole]));
    }),
  );
});

test("text without an escape is known to be plain only outside a sequence", () => {
  const text = Buffer.from("plain");
  assert.equal(isPlain("ground", text), true);
  assert.equal(isPlain("csi", text), false);
  assert.equal(isPlain("ground", Buffer.from("\x1b[m")), false);
});
