// How long an answer to a wrong password waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedLogins } from "../../../../src/core/web/audit.ts";
import { fc } from "../../../property.ts";

test("each wrong password of a peer waits longer, up to a bound, and others do not", () => {
  const failed = new FailedLogins();
  let now = 0;
  const waits = Array.from({ length: 8 }, () => {
    const wait = failed.failed("10.0.0.5", now);
    now += wait;
    return wait;
  });
  assert.deepEqual(waits, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
  assert.equal(failed.failed("10.0.0.6", now), 50);
  assert.equal(failed.failed("10.0.0.5", now + 61_000), 50);
});

test("tries at the same time wait for one another", () => {
  const failed = new FailedLogins();
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => failed.failed("uid 1000", 0)),
    [50, 150, 350, 750, 1550, 2000],
  );
});

test("no wait is longer than two seconds, and no more than 256 peers are remembered", () => {
  const failed = new FailedLogins();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2000), fc.nat(100))), (tries) => {
      let now = 0;
      for (const [peer, step] of tries) {
        now += step;
        const wait = failed.failed(`peer ${peer}`, now);
        assert.ok(wait > 0 && wait <= 2000);
        assert.ok(failed.size <= 256);
      }
    }),
  );
});
