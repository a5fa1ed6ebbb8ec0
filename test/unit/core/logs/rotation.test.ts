// Rotation as a plan of renames, checked against a model of a directory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shiftSteps } from "../../../../src/core/logs/backups.ts";
import { isRotationDue } from "../../../../src/core/logs/rotation.ts";
import { fc } from "../../../property.ts";

/** Of backups that are not compressed. */
function rotationPlan(path: string, backups: number): { from: string; to: string }[] {
  return shiftSteps(path, backups, []).flatMap((step) =>
    step.kind === "rename" ? [{ from: step.from, to: step.to }] : [],
  );
}

test("the oldest backup is moved first and the log last", () => {
  assert.deepEqual(rotationPlan("/l", 3), [
    { from: "/l.2", to: "/l.3" },
    { from: "/l.1", to: "/l.2" },
    { from: "/l", to: "/l.1" },
  ]);
});

test("one backup means one rename, none means none", () => {
  assert.deepEqual(rotationPlan("/l", 1), [{ from: "/l", to: "/l.1" }]);
  assert.deepEqual(rotationPlan("/l", 0), []);
});

test("rotation is due from the limit on, and never without a limit", () => {
  assert.equal(isRotationDue(9, 10), false);
  assert.equal(isRotationDue(10, 10), true);
  assert.equal(isRotationDue(1e12, 0), false);
});

test("after any number of rotations the backups are the newest ones in order", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 12 }),
      (backups, rounds) => {
        const files = new Map<string, number>();
        for (let round = 0; round < rounds; round += 1) {
          files.set("l", round);
          for (const { from, to } of rotationPlan("l", backups)) {
            const content = files.get(from);
            if (content === undefined) continue;
            files.delete(from);
            files.set(to, content);
          }
        }
        for (let index = 1; index <= backups; index += 1) {
          const expected = rounds - index >= 0 ? rounds - index : undefined;
          assert.equal(files.get(`l.${index}`), expected);
        }
      },
    ),
  );
});
