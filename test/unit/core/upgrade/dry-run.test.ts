// The answer of an executable that was asked whether it could take over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dryRunLine, readDryRun } from "../../../../src/core/upgrade/dry-run.ts";

test("an answer is read as it was written", () => {
  for (const problem of [null, 'a "mistake"\nof two lines']) {
    const answer = { tsv: "1.2.3", problem };
    assert.deepEqual(readDryRun(dryRunLine(answer)), answer);
  }
});

test("the output of other programs is not an answer", () => {
  for (const text of [
    "",
    "3.11",
    "null",
    "[]",
    "{}",
    '{"tsv":1,"problem":null}',
    '{"tsv":"1"}',
    "{",
  ]) {
    assert.equal(readDryRun(text), null, text);
  }
});
