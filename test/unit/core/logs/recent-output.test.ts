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
import { writtenAt } from "../../../../src/core/logs/time-marks.ts";
import { fc } from "../../../property.ts";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test("output is read by offsets, also when its beginning is gone", () => {
  const recent = new RecentOutput(new RecentBudget());
  recent.add(Buffer.from("hello "), null);
  recent.add(Buffer.from("world"), null);
  assert.equal(text(recent.read(0, 100)), "hello world");
  assert.equal(text(recent.read(6, 3)), "wor");
  recent.add(Buffer.alloc(RECENT_BYTES - 4, "x"), null);
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
      for (const each of chunks) recent.add(Buffer.from(each), null);
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
    recent.add(Buffer.alloc(RECENT_BYTES), null);
    return recent;
  };
  const some = Array.from({ length: ALL_RECENT_BYTES / RECENT_BYTES + 100 }, fill);
  assert.equal(some[0]?.kept, RECENT_BYTES);
  assert.equal(some.at(-1)?.kept, LEAST_RECENT_BYTES);
  for (const recent of some) recent.clear();
  assert.equal(fill().kept, RECENT_BYTES);
});

test("output has the time at which it came, also in a successor, and those of what is gone are forgotten", () => {
  const recent = new RecentOutput(new RecentBudget());
  recent.add(Buffer.from("one\n"), 5000);
  recent.add(Buffer.from("two\n"), 5050);
  recent.add(Buffer.from("three\n"), 5950);
  // Another second.
  recent.add(Buffer.from("four\n"), 6010);
  assert.deepEqual(recent.times, [5000, 0, 5950, 8, 6010, 14]);
  const other = new RecentOutput(new RecentBudget());
  other.restore(recent.state(1000));
  other.add(Buffer.alloc(RECENT_BYTES - 5, "x"), 9000);
  other.add(Buffer.from("y"), 10_000);
  assert.deepEqual(other.first, 15);
  assert.deepEqual(other.times, [6010, 14, 9000, 19, 10_000, RECENT_BYTES + 14]);
  other.clear();
  assert.deepEqual(other.times, []);
});

test("output of which no time is remembered has none", () => {
  const recent = new RecentOutput(new RecentBudget());
  recent.restore({ written: 10, bytes: Buffer.from("old\n"), times: [] });
  recent.add(Buffer.from("file\n"), null);
  recent.add(Buffer.alloc(0), 3000);
  assert.deepEqual(recent.times, []);
  recent.add(Buffer.from("new\n"), 4000);
  assert.equal(writtenAt(recent.times, 10), null);
  assert.deepEqual(writtenAt(recent.times, 15), { from: 4000, to: null });
});

test("however often something comes, its times are roughly right and take little memory", () => {
  const step = fc.tuple(fc.integer({ min: -50, max: 3000 }), fc.integer({ min: 1, max: 4000 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 1500 }), (steps) => {
      const recent = new RecentOutput(new RecentBudget());
      let wall = 1_000_000;
      const came: (readonly [offset: number, wall: number])[] = [];
      for (const [pause, bytes] of steps) {
        wall += pause;
        came.push([recent.written, wall]);
        recent.add(Buffer.alloc(bytes), wall);
      }
      assert.ok(recent.times.length <= 512);
      for (const [offset, at] of came.filter(([each]) => each >= recent.first)) {
        const known = writtenAt(recent.times, offset);
        // The clock was set back by 50 ms at once, for 1500 times at most.
        assert.ok(known !== null && known.from <= at + 75_000);
      }
      assert.ok((recent.times[3] ?? recent.first + 1) > recent.first - 4000);
    }),
    { numRuns: 50 },
  );
});
