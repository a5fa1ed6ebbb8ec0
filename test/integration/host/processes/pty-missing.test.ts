// A host without node-pty: programs with a terminal report the missing part, others are unaffected.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PTY_VARIABLE } from "../../../../src/host/processes/pty.ts";
import { outputOf, scratchDirectory, spawner, spec } from "./rig.ts";

function whyNot(place: string): string {
  process.env[PTY_VARIABLE] = place;
  const result = spawner.spawn(spec(["/bin/true"], { tty: true, redirectStderr: true }));
  assert.ok(!result.ok);
  assert.equal(result.error.stage, "terminal");
  return result.error.detail ?? "";
}

test("the error names what to install and where it was looked for", async () => {
  assert.equal(
    whyNot("/nonexistent/node-pty"),
    "tty=true requires node-pty, and this tsv cannot load it: install it (npm install -g node-pty, which " +
      "needs a C++ compiler) or name its directory in TSV_NODE_PTY. " +
      "Looked for: /nonexistent/node-pty/build/Release/pty.node (not there)",
  );
  assert.equal(await outputOf("echo the others run"), "the others run\n");
});

test("a file that is no addon is named with the loader's reason", (t) => {
  const file = join(scratchDirectory(t), "pty.node");
  writeFileSync(file, "not code");
  assert.match(whyNot(file), /pty\.node \(.*(?:too short|invalid ELF)/);
});
