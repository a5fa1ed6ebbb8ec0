// Watches 200 silent pipes, reports readiness, and does nothing else.

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
