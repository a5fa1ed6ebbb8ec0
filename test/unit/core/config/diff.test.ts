// The comparison of two readings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diffGroups } from "../../../../src/core/config/diff.ts";
import { readText } from "./fake-world.ts";

describe("the comparison of two readings", () => {
  const before = readText(
    "[program:a]\ncommand=a\n[program:b]\ncommand=b\nstdout_logfile=/tmp/b\n",
  );

  test("finds nothing when only places and comments moved", () => {
    const next = readText(
      "\n; x\n[program:b]\nstdout_logfile=/tmp/b\ncommand=b\n[program:a]\ncommand=a\n",
    );
    assert.deepEqual(diffGroups(before.groups, next.groups), {
      added: [],
      changed: [],
      removed: [],
    });
  });

  test("finds what was added, removed and changed", () => {
    const next = readText(
      "[program:b]\ncommand=b\nstdout_logfile=/tmp/b\nstartsecs=2\n[program:c]\ncommand=c\n",
    );
    assert.deepEqual(diffGroups(before.groups, next.groups), {
      added: ["c"],
      changed: ["b"],
      removed: ["a"],
    });
  });

  test("sees a log file that became AUTO (explicit-to-auto)", () => {
    const next = readText("[program:a]\ncommand=a\n[program:b]\ncommand=b\n");
    assert.deepEqual(diffGroups(before.groups, next.groups).changed, ["b"]);
  });
});
