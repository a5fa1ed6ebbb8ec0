// Where the native part of an executable may lie as a file.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { companionsOf } from "../../../../src/core/base/companions.ts";

describe("companions of the executable", () => {
  test("in an image they are in lib/tsv, in an unpacked archive in lib", () => {
    assert.deepEqual(companionsOf("/usr/local/bin/tsv", "posix.node"), [
      "/usr/local/lib/tsv/posix.node",
      "/usr/local/bin/lib/posix.node",
    ]);
  });

  test("an executable in the root directory has no other root", () => {
    assert.deepEqual(companionsOf("/tsv", "pty.node"), ["/lib/tsv/pty.node", "/lib/pty.node"]);
  });
});
