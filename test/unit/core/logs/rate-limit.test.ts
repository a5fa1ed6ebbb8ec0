// Limits of log lines that other users can cause.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimit } from "../../../../src/core/logs/rate-limit.ts";
import { fc } from "../../../property.ts";

test("a burst gets through, then so many a second, with the count of the rest", () => {
  const limit = new RateLimit({ burst: 2, perSecond: 1 });
  assert.deepEqual(
    [0, 0, 0, 10].map((at) => limit.take(at)),
    [0, 0, null, null],
  );
  assert.equal(limit.take(1010), 2);
  assert.equal(limit.take(1020), null);
  assert.equal(limit.take(60_000), 1);
});

test("all are counted once, and no more get through than allowed", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 300 }), (steps) => {
      const limit = new RateLimit({ burst: 3, perSecond: 2 });
      let now = 0;
      let told = 0;
      let passed = 0;
      for (const step of steps) {
        now += step;
        const before = limit.take(now);
        if (before === null) continue;
        passed += 1;
        told += 1 + before;
      }
      assert.ok(told <= steps.length);
      assert.ok(passed <= 3 + (now * 2) / 1000 + 1e-9);
      const rest = limit.take(now + 1000);
      assert.equal(told + (rest ?? 0), steps.length);
    }),
  );
});
