// Text from outside, with every control character spelt.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isPrintable, printable } from "../../../../src/core/base/printable.ts";
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
