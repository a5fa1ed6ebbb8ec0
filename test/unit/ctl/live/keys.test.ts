// Keys of a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { edited, readKeys } from "../../../../src/ctl/live/keys.ts";
import { fc } from "../../../property.ts";

test("characters and sequences are keys, and sequences without a name are none", () => {
  const { keys, rest } = readKeys("j\x1b[A\x1bOB\x1b[5~\r\x7fé\u{1f980}\x1b[200~\x1b[1;5C\x1f\x1b");
  assert.deepEqual(keys, [
    "j",
    "up",
    "down",
    "page-up",
    "enter",
    "backspace",
    "é",
    "\u{1f980}",
    "escape",
  ]);
  assert.equal(rest, "");
});

test("a sequence that is cut waits for its end", () => {
  for (const cut of ["\x1b[", "\x1b[5", "\x1bO", "\x1b[1;"]) {
    assert.deepEqual(readKeys(`x${cut}`), { keys: ["x"], rest: cut });
  }
  assert.deepEqual(readKeys("\x1b[5" + "~"), { keys: ["page-up"], rest: "" });
});

test("any bytes are read, in any pieces, and what waits for its end is short", () => {
  const piece = fc.string({
    unit: fc.constantFrom("\x1b", "[", "O", "5", ";", "~", "A", "\r", "x"),
  });
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      let rest = "";
      for (const each of pieces) {
        const read = readKeys(rest + each);
        assert.ok(read.keys.every((key) => key !== ""));
        rest = read.rest;
      }
      assert.ok(rest.length <= 24, JSON.stringify(rest));
    }),
  );
});

test("a line that is typed loses whole characters", () => {
  assert.equal(edited("a\u{1f980}", "backspace"), "a");
  assert.equal(edited("ab", "ctrl-u"), "");
  assert.equal(edited("ab", "up"), "ab");
  assert.equal(edited("ab", "é"), "abé");
});
