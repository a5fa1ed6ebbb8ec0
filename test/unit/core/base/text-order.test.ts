// The order of strings that users see.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareText } from "../../../../src/core/base/text-order.ts";
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
