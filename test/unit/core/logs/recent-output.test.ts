// The newest output in memory: what is kept, at which offsets, and how much of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALL_RECENT_BYTES,
  LEAST_RECENT_BYTES,
  RECENT_BYTES,
  RecentBudget,
  RecentOutput,
} from "../../../../src/core/logs/recent-output.ts";
import { fc } from "../../../property.ts";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test("output is read by offsets, also when its beginning is gone", () => {
  const recent = new RecentOutput(new RecentBudget());
  recent.add(Buffer.from("hello "));
  recent.add(Buffer.from("world"));
  assert.equal(text(recent.read(0, 100)), "hello world");
  assert.equal(text(recent.read(6, 3)), "wor");
  recent.add(Buffer.alloc(RECENT_BYTES - 4, "x"));
  assert.deepEqual([recent.first, recent.written], [7, RECENT_BYTES + 7]);
  assert.equal(text(recent.read(0, 10)), "orl");
  recent.clear();
  assert.deepEqual([recent.first, recent.written, recent.read(0, 9).length], [0, 0, 0]);
});

test("whatever the chunks, the newest bytes are kept", () => {
  const chunk = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.nat(2 * RECENT_BYTES).map((length) => "abcdefg".repeat(length).slice(0, length)),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), fc.nat(), fc.nat(), (chunks, start, length) => {
      const recent = new RecentOutput(new RecentBudget());
      for (const each of chunks) recent.add(Buffer.from(each));
      const all = Buffer.from(chunks.join(""));
      assert.equal(recent.written, all.length);
      assert.ok(recent.kept >= Math.min(RECENT_BYTES, all.length));
      const from = start % (all.length + 1);
      const to = from + (length % (all.length + 1));
      const expected = all.subarray(Math.max(from, recent.first), Math.max(to, recent.first));
      assert.ok(expected.equals(recent.read(from, to - from)));
      const other = new RecentOutput(new RecentBudget());
      other.restore(recent.state(1000));
      assert.equal(other.written, recent.written);
      assert.ok(all.subarray(Math.max(0, all.length - 1000)).equals(other.read(0, all.length)));
    }),
    { numRuns: 200 },
  );
});

test("all channels together have a limit, beyond which each keeps the least", () => {
  const budget = new RecentBudget();
  const fill = (): RecentOutput => {
    const recent = new RecentOutput(budget);
    recent.add(Buffer.alloc(RECENT_BYTES));
    return recent;
  };
  const some = Array.from({ length: ALL_RECENT_BYTES / RECENT_BYTES + 100 }, fill);
  assert.equal(some[0]?.kept, RECENT_BYTES);
  assert.equal(some.at(-1)?.kept, LEAST_RECENT_BYTES);
  for (const recent of some) recent.clear();
  assert.equal(fill().kept, RECENT_BYTES);
});
