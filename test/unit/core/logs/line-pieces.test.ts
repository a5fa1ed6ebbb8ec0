// Where a chunk may be cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unfinishedCharacter } from "../../../../src/core/logs/line-pieces.ts";
import { decodeStrict } from "../../../../src/core/logs/log-text.ts";
import { fc } from "../../../property.ts";

test("a text cut anywhere is whole again when the unfinished character goes with the rest", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, where) => {
      const bytes = new TextEncoder().encode(text);
      const cut = bytes.length === 0 ? 0 : where % bytes.length;
      const end = cut - unfinishedCharacter(bytes.subarray(0, cut));
      assert.ok(cut - end < 4);
      const parts = [bytes.subarray(0, end), bytes.subarray(end)].map(decodeStrict);
      assert.equal(parts.join(""), text);
      assert.ok(!parts.includes(null));
    }),
  );
});

test("bytes that cannot begin a character are passed on at once", () => {
  for (const bytes of [[0x80], [0x80, 0x80, 0x80, 0x80], [0xc0], [0xff], [0xf5], [0x41], []]) {
    assert.equal(unfinishedCharacter(Uint8Array.from(bytes)), 0, String(bytes));
  }
  for (const [bytes, held] of [
    [[0xc3], 1],
    [[0xe6, 0x97], 2],
    [[0x41, 0xf0, 0x9f, 0x98], 3],
    [[0xc3, 0xa9], 0],
    [[0xf0, 0x9f, 0x98, 0x80], 0],
  ] as const) {
    assert.equal(unfinishedCharacter(Uint8Array.from(bytes)), held, String(bytes));
  }
});
