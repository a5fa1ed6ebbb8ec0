// Text from outside, with every control character spelt.

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";

import {
  codePointLength,
  compareText,
  displayWidth,
  isPrintable,
  padRight,
  printable,
} from "../../../../src/core/base/printable.ts";
import { fc } from "../../../property.ts";

test("control characters of all kinds are spelt, all other text stays", () => {
  const cases = [
    ["plain äöü 漢字 😀 \\x1b", "plain äöü 漢字 😀 \\x1b"],
    ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
    ["a\tb\rc\nd\0", "a\\x09b\\x0dc\\x0ad\\x00"],
    ["\x7f\x85\x9b31m", "\\x7f\\x85\\x9b31m"],
    ["\u2028\u2029\u202e\u2066\u200f\u061c", "\\u2028\\u2029\\u202e\\u2066\\u200f\\u061c"],
  ] as const;
  for (const [text, shown] of cases) {
    assert.equal(printable(text), shown);
    assert.equal(isPrintable(text), text === shown);
  }
});

test("printable characters are unchanged, and all others are escaped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = printable(text);
      assert.ok(isPrintable(shown));
      assert.equal(printable(shown), shown);
      assert.doesNotMatch(shown, /[\p{Cc}\u2028-\u202e]/u);
    }),
  );
});

// Columns on a terminal, and Python's characters.

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

// The order of strings that users see.

import "../../../property.ts";

/** The definition: code points from left to right, then the shorter one first. */
function byDefinition(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => Array.from(text, (each) => each.codePointAt(0) ?? 0));
  for (const [index, point] of (a ?? []).entries()) {
    const other = b?.[index];
    if (other === undefined) return 1;
    if (point !== other) return Math.sign(point - other);
  }
  return Math.sign((a?.length ?? 0) - (b?.length ?? 0));
}

test("text is in the order of its code points, never in that of a locale or of UTF-16", () => {
  assert.ok(compareText("Z", "a") < 0);
  assert.ok(compareText("a10", "a9") < 0);
  assert.ok(compareText("a", "ab") < 0);
  assert.ok(compareText("\uffff", "\u{1f600}") < 0);
  assert.equal(compareText("a", "a"), 0);
});

test("every pair of strings is in that order, both ways", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "\uffff", "\u{1f600}", "\u{1f601}", "\ue000"),
  });
  fc.assert(
    fc.property(text, text, (left, right) => {
      const sign = byDefinition(left, right);
      assert.equal(Math.sign(compareText(left, right)), sign);
      assert.equal(Math.sign(compareText(right, left)), sign === 0 ? 0 : -sign);
    }),
  );
});

test("characters are counted as iterating over them does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      // Halves of pairs too: joined at a cut, and swapped.
      for (const text of [a, `${a.slice(1)}${b.slice(0, 1)}`, `\udc00${a}\ud800`]) {
        assert.equal(codePointLength(text), [...text].length);
      }
    }),
  );
});
