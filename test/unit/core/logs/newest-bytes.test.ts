import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NewestBytes } from "../../../../src/core/logs/newest-bytes.ts";

const SIZES = fc.oneof(fc.nat(300), fc.nat(200_000), fc.constantFrom(256, 512, 65_536));

test("the newest bytes are those of the end of all that came", () => {
  const pieces = fc.array(SIZES, { maxLength: 30 });
  fc.assert(
    fc.property(fc.oneof(fc.nat(1000), fc.nat(300_000)), pieces, pieces, (most, early, late) => {
      const kept = new NewestBytes(most);
      let all = Buffer.alloc(0);
      let next = 0;
      const add = (sizes: readonly number[]): void => {
        for (const size of sizes) {
          const bytes = Buffer.from(Array.from({ length: size }, () => (next = (next + 7) % 251)));
          all = Buffer.concat([all, bytes]);
          kept.add(bytes);
        }
      };
      const newest = (): Buffer => all.subarray(Math.max(0, all.length - most));
      add(early);
      assert.ok(newest().equals(kept.copy()));
      assert.ok(newest().equals(kept.take()));
      assert.equal(kept.length, 0);
      all = Buffer.alloc(0);
      add(late);
      assert.equal(kept.length, newest().length);
      assert.ok(newest().equals(kept.copy()));
    }),
    { numRuns: 60 },
  );
});
