// Messages on standard error, also without a reader.

import assert from "node:assert/strict";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { createComplaints } from "../../../../src/host/system/complaints.ts";

test("complaints are written in order, without waiting for a full pipe", {
  timeout: 60_000,
}, async () => {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  const [from, to] = ends;
  posix().setNonblocking(from);
  const complain = createComplaints(to);
  // Far more than a pipe holds. The writing end is a blocking one, as a standard error is.
  for (let n = 100; n < 600; n += 1) complain(`${n}${"x".repeat(9996)}\n`);
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  while (text.split("\n").length <= 90) {
    const count = posix().read(from, buffer);
    if (count > 0) text += new TextDecoder().decode(buffer.subarray(0, count));
    else await new Promise((resolve) => setImmediate(resolve));
  }
  const lines = text.split("\n").slice(0, 90);
  assert.deepEqual(
    lines.map((line) => line.slice(0, 3)),
    lines.map((_, n) => `${100 + n}`),
  );
  posix().close(from);
});
