// Growth: more at the end than in the middle, whatever single samples show.

import assert from "node:assert/strict";
import { test } from "node:test";
import { growth } from "../../soak/trend.ts";

const TOLERANCE = { share: 0.1, constant: 1 };

test("warming up is no growth, and neither is one high sample", () => {
  assert.equal(growth("x", [1, 5, 9, 10, 10, 10, 10, 99, 10], TOLERANCE), null);
});

test("a leak is, however slow its beginning", () => {
  const leak = Array.from({ length: 9 }, (_, n) => 10 + n * 2);
  assert.match(growth("x", leak, TOLERANCE) ?? "", /^x grew from 18 to 24: 10 12 /);
});
