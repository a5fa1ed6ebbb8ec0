// Words that are no actions lead a person to one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownActionHint } from "../../../../src/ctl/hints.ts";
import { whereOf } from "../../../../src/ctl/where.ts";

const WHERE = whereOf(
  { configFile: "d.conf", serverUrl: null, usedConfig: "d.conf" },
  ["tsv", "ctl"],
  null,
);

function hint(line: string): unknown {
  return unknownActionHint(line, ["start", "status", "stop"], WHERE);
}

test("a slip leads to the action, and a verb of tsv to its command", () => {
  assert.deepEqual(hint("statsu web"), { text: "did you mean status?", steps: [] });
  assert.deepEqual(hint("why web"), {
    text: "why is no action of ctl",
    steps: [["In another shell", "tsv why web -c d.conf"]],
  });
  assert.equal(hint("nonsense"), null);
});
