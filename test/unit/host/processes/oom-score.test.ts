// The requested out-of-memory score of programs. The effect: test/e2e/service-manager.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { oomScoreRequest } from "../../../../src/host/processes/start-process.ts";

void test("only a score that is lowered is not handed on", () => {
  assert.deepEqual(oomScoreRequest(-500), { oomScoreAdj: 0 });
  assert.deepEqual(oomScoreRequest(0), {});
  assert.deepEqual(oomScoreRequest(300), {});
  assert.deepEqual(oomScoreRequest(Number.NaN), {});
});
