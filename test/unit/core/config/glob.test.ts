// File name patterns; test/integration/config compares them with Python's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { globMatch } from "../../../../src/core/config/glob.ts";

test("a pattern that is longer than a path matches nothing, and fails nothing", () => {
  assert.equal(globMatch("*a".repeat(2048), "a".repeat(3000)), true);
  assert.equal(globMatch("*a".repeat(100_000), "a".repeat(3000)), false);
  assert.equal(globMatch("?".repeat(100_000), "a"), false);
});
