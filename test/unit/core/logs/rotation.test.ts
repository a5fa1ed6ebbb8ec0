// Rotation as a plan of renames, checked against a model of a directory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Backup, shiftSteps, unknownTargets } from "../../../../src/core/logs/backups.ts";
import { fc } from "../../../property.ts";

/** Of backups that are not compressed. @param known the numbers of those that are there */
function rotationPlan(path: string, backups: number, known: readonly number[] = []): string[] {
  const facts = known.map((index) => ({ index, form: "" as const, size: 1, changedAt: 0 }));
  return shiftSteps(path, backups, facts).map((step) =>
    step.kind === "rename" ? `${step.from} ${step.to}` : step.path,
  );
}

test("the oldest backup is removed, the others are moved from the oldest on, and the log last", () => {
  assert.deepEqual(rotationPlan("/l", 3, [1, 2, 3]), ["/l.3", "/l.2 /l.3", "/l.1 /l.2", "/l /l.1"]);
});

test("a rotation has as many steps as there are backups, however many may be kept", () => {
  assert.deepEqual(rotationPlan("/l", 100_000, [2]), ["/l.2 /l.3", "/l /l.1"]);
});

test("one backup means one rename, none means none", () => {
  assert.deepEqual(rotationPlan("/l", 1), ["/l /l.1"]);
  assert.deepEqual(rotationPlan("/l", 1, [1]), ["/l.1", "/l /l.1"]);
  assert.deepEqual(rotationPlan("/l", 0), []);
});

test("a rotation names the files that it would overwrite without knowing them", () => {
  const known = (index: number, form: Backup["form"] = "") => ({
    index,
    form,
    size: 1,
    changedAt: 0,
  });
  assert.deepEqual(unknownTargets("/l", 9, []), ["/l.1"]);
  assert.deepEqual(unknownTargets("/l", 9, [known(1), known(2)]), ["/l.3"]);
  assert.deepEqual(unknownTargets("/l", 2, [known(1), known(2)]), []);
  assert.deepEqual(unknownTargets("/l", 9, [known(1), known(2, ".gz")]), ["/l.3.gz", "/l.2"]);
  assert.deepEqual(unknownTargets("/l", 0, []), []);
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
          const known = Array.from({ length: backups }, (_, at) => at + 1).filter((index) =>
            files.has(`l.${index}`),
          );
          for (const step of rotationPlan("l", backups, known)) {
            const [from = "", to] = step.split(" ");
            const content = files.get(from);
            files.delete(from);
            if (to !== undefined && content !== undefined) files.set(to, content);
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
