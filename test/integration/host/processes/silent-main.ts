// Watches 200 pipes into which nothing is written, says so, and has nothing else to do.

import assert from "node:assert/strict";
import { posix } from "../../../../src/host/posix.ts";
import { createPipes } from "../../../../src/host/processes/pipes.ts";

const pipes = createPipes();
for (let n = 0; n < 200; n++) {
  const pair = posix().pipe();
  assert.ok(typeof pair !== "number");
  posix().setNonblocking(pair[0]);
  pipes.watch(pair[0], "read", {});
}
process.stdout.write("watching\n");
