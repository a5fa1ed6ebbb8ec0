// Keys out of bytes: each whole, none lost.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyAt } from "../../../../src/host/terminal/keyboard.ts";
import { fc } from "../../../property.ts";

function keys(bytes: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const key = keyAt(bytes, at);
    assert.ok(key.length > 0);
    found.push(key.toString("latin1"));
    at += key.length;
  }
  return found;
}

describe("keys", () => {
  it("are characters, control characters and sequences", () => {
    for (const [bytes, found] of [
      ["ab\r", ["a", "b", "\r"]],
      ["\u001b[Ax", ["\u001b[A", "x"]],
      ["\u001b[1;5C\t", ["\u001b[1;5C", "\t"]],
      ["\u001bOPq", ["\u001bOP", "q"]],
      ["\u001b[[Aq", ["\u001b[[A", "q"]],
      ["\u001bb\u0001", ["\u001bb", "\u0001"]],
      ["\u001b\u001b[A", ["\u001b", "\u001b[A"]],
      ["\u001b", ["\u001b"]],
      ["\u001b[1", ["\u001b[1"]],
    ] as const) {
      assert.deepEqual(keys(Buffer.from(bytes)), found);
    }
  });

  it("hold characters of several bytes together", () => {
    assert.deepEqual(
      keys(Buffer.from("a\u00e9\u7f51\u{1f980}")).map((key) => key.length),
      [1, 2, 3, 4],
    );
  });

  it("are all there is", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.equal(keys(Buffer.from(bytes)).join(""), Buffer.from(bytes).toString("latin1"));
      }),
    );
  });
});
