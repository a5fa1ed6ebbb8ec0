// A slow follower costs bounded memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FOLLOWER_LIMIT, Follower } from "../../../../../src/services/logs/reader/follower.ts";

test("a reader who asks for a pause gets the rest in order afterwards", async () => {
  const seen: string[] = [];
  let go: () => void = () => undefined;
  const follower = new Follower((bytes) => {
    seen.push(Buffer.from(bytes).toString());
    if (seen.length === 1) return new Promise<void>((resolve) => (go = resolve));
    return undefined;
  });
  for (const text of ["a", "b", "c"]) follower.deliver(Buffer.from(text));
  assert.deepEqual(seen, ["a"]);
  go();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ["a", "b", "c"]);
});

test("a reader that stops reading is limited in memory, and gets the number of skipped bytes", async () => {
  let total = 0;
  let last = "";
  let go: () => void = () => undefined;
  const follower = new Follower((bytes) => {
    total += bytes.length;
    last = Buffer.from(bytes).toString();
    if (total === bytes.length) return new Promise<void>((resolve) => (go = resolve));
    return undefined;
  });
  const chunk = new Uint8Array(FOLLOWER_LIMIT / 4);
  for (let round = 0; round < 10; round += 1) follower.deliver(chunk);
  go();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(total - last.length, chunk.length * 5);
  assert.match(last, /==> 1310720 bytes skipped/);
});

test("a reader who throws is dropped", () => {
  let calls = 0;
  const follower = new Follower(() => {
    calls += 1;
    throw new Error("gone");
  });
  follower.deliver(Uint8Array.of(1));
  follower.deliver(Uint8Array.of(2));
  assert.equal(calls, 1);
});
