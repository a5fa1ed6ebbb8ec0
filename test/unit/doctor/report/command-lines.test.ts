// Commands of a repair as lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLines } from "../../../../src/doctor/report/report.ts";

test("comments are wrapped as comments, and commands stay whole", () => {
  assert.deepEqual(commandLines("# in /etc/tsv.conf line 7 [program:a] write: a=b", 46), [
    "# in /etc/tsv.conf line 7 [program:a] write:",
    "#   a=b",
  ]);
  assert.deepEqual(commandLines("install -d -o nobody /srv/logs", 10), [
    "install -d -o nobody /srv/logs",
  ]);
});
