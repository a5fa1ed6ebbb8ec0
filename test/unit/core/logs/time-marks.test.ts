// When bytes of a log were written: never wrong, and roughly right in bounded memory.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TimeMarks, writtenAt } from "../../../../src/core/logs/time-marks.ts";
import { fc } from "../../../property.ts";

describe("the times of a log", () => {
  it("are known to a second while there are few", () => {
    const marks = new TimeMarks();
    marks.add(10_000, 0);
    marks.add(10_400, 5);
    marks.add(12_000, 9);
    assert.deepEqual(writtenAt(marks.pairs, 0), { from: 10_000, to: 12_000 });
    assert.deepEqual(writtenAt(marks.pairs, 8), { from: 10_000, to: 12_000 });
    assert.deepEqual(writtenAt(marks.pairs, 9), { from: 12_000, to: null });
    marks.add(12_980, 12);
    marks.add(13_010, 15);
    assert.deepEqual(writtenAt(marks.pairs, 15), { from: 13_010, to: null }, "a new second");
    assert.deepEqual(writtenAt(marks.pairs, 14), { from: 12_000, to: 13_010 });
    assert.equal(writtenAt([], 0), null);
    assert.equal(writtenAt([5000, 7], 6), null);
  });

  it("are remembered by marks that were made of pairs", () => {
    const marks = new TimeMarks([1000, 0, 5000, 7]);
    marks.add(9000, 8);
    assert.deepEqual(marks.pairs, [1000, 0, 5000, 7, 9000, 8]);
    assert.deepEqual(new TimeMarks([1000]).pairs, []);
  });

  it("of bytes that are gone are forgotten, but for the last one", () => {
    const marks = new TimeMarks([1000, 0, 5000, 7, 9000, 20]);
    marks.forgetBefore(10);
    assert.deepEqual(marks.pairs, [5000, 7, 9000, 20]);
    marks.forgetBefore(20);
    assert.deepEqual(marks.pairs, [9000, 20]);
  });

  it("contain the real time, stay sorted and bounded, whatever is written when", () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 2000 }), (steps) => {
        const marks = new TimeMarks();
        const written: { offset: number; wall: number }[] = [];
        let wall = 1_000_000;
        let offset = 0;
        for (const [pause, bytes] of steps) {
          wall += pause;
          marks.add(wall, offset);
          written.push({ offset, wall });
          offset += bytes;
        }
        assert.ok(marks.pairs.length <= 512);
        for (const each of written) {
          const at = writtenAt(marks.pairs, each.offset);
          assert.ok(at !== null && at.from <= each.wall);
          // A mark is not made within a second of the one before it.
          assert.ok(at.to === null || each.wall < at.to + 1000);
        }
      }),
    );
  });

  it("of a log that is written all the time are close together in proportion to their age", () => {
    const marks = new TimeMarks();
    const end = 30 * 86_400;
    for (let second = 0; second <= end; second += 7) marks.add(second * 1000, second);
    for (const age of [60, 600, 3600, 86_400, 7 * 86_400]) {
      const at = writtenAt(marks.pairs, end - age);
      assert.ok(at?.to != null, `age ${age}`);
      assert.ok(
        at.to - at.from <= Math.max(20_000, age * 1000 * 0.15),
        `age ${age}: ${at.to - at.from}`,
      );
    }
  });
});
