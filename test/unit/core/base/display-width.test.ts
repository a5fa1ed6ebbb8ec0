// Columns on a terminal, and Python's characters.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  codePointLength,
  displayWidth,
  padRight,
} from "../../../../src/core/base/display-width.ts";

describe("the width of a text", () => {
  it("is two columns for wide characters, none for marks that combine", () => {
    for (const [text, width] of [
      ["", 0],
      ["web:worker_00", 13],
      ["\u7f51\u9875", 4],
      ["\u30b5\u30fc\u30d3\u30b9", 8],
      ["\ud55c", 2],
      ["\uff21", 2],
      ["\u{1f980}", 2],
      ["caf\u00e9", 4],
      ["cafe\u0301", 4],
      ["a\u200bb", 2],
    ] as const) {
      assert.equal(displayWidth(text), width, text);
    }
  });

  it("is Python's count when the output is a pipe", () => {
    assert.deepEqual(["abc", "\u7f51", "\u{1f980}", "e\u0301"].map(codePointLength), [3, 1, 1, 2]);
  });

  it("fills up with blanks and never cuts", () => {
    assert.equal(padRight("\u7f51", 4), "\u7f51   ");
    assert.equal(padRight("\u7f51", 4, displayWidth), "\u7f51  ");
    assert.equal(padRight("abcdef", 3), "abcdef");
  });
});
