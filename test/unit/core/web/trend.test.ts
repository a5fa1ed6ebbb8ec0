// The CPU of a program over time as a short text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { trendOf } from "../../../../src/core/web/trend.ts";

const of = (...cpuMax: readonly (number | null)[]) => trendOf({ cpuMax });

test("the largest value has the full height, and gaps are kept", () => {
  assert.deepEqual(of(0, 50, null, 100), ["0i-z", "100 %"]);
  assert.deepEqual(of(200, 400), ["iz", "400 %"]);
});

test("a program that does nothing has a flat line, and one that was never measured has none", () => {
  assert.deepEqual(of(0, 0.05), ["00", "0.1 %"]);
  assert.deepEqual(of(0, 0), ["00", "0.0 %"]);
  assert.equal(of(null, null), null);
  assert.equal(of(), null);
});
