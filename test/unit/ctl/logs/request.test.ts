// Options of tsv logs that mean nothing without others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readLogsRequest } from "../../../../src/ctl/logs/request.ts";
import { parseVerbArguments } from "../../../../src/ctl/verb-arguments.ts";
import { findVerb } from "../../../../src/ctl/verbs.ts";

function problem(...argv: readonly string[]): string | null {
  const parsed = parseVerbArguments("logs", findVerb("logs") ?? {}, argv);
  assert.ok(parsed.ok);
  const read = readLogsRequest([], parsed.value, 0, () => 0);
  return read.ok ? null : read.error;
}

test("-i needs --grep", () => {
  assert.equal(problem("-i"), "-i needs --grep");
  assert.equal(problem("-f", "--ignore-case"), "-i needs --grep");
  assert.equal(problem("-i", "--grep", "x"), null);
});
