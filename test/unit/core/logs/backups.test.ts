// Rotation with backups of which some are compressed, checked against a model of a directory.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BACKUP_FORMS,
  type Backup,
  backupPath,
  backupPlace,
  shiftSteps,
  unknownTargets,
} from "../../../../src/core/logs/backups.ts";
import { fc } from "../../../property.ts";

/** A directory in which each file holds what was written when. */
function directory(keep: number) {
  const files = new Map<string, number>([["l", 0]]);
  let known: Backup[] = [];
  return {
    files,
    /** @param crashAfter steps; Infinity for all */
    rotate(crashAfter: number, next: number): void {
      for (const step of shiftSteps("l", keep, known).slice(0, crashAfter)) {
        if (step.kind === "remove") files.delete(step.path);
        else {
          const content = files.get(step.from);
          if (content === undefined) continue;
          files.delete(step.from);
          files.set(step.to, content);
        }
      }
      if (crashAfter === Infinity) files.set("l", next);
    },
    compress(index: number, form: Backup["form"]): void {
      const plain = backupPath("l", { index, form: "" });
      const content = files.get(plain);
      if (content === undefined) return;
      files.delete(plain);
      files.set(backupPath("l", { index, form }), content);
    },
    look(): void {
      known = [];
      for (let index = 1; index <= keep; index += 1) {
        for (const form of BACKUP_FORMS) {
          const at = { index, form };
          if (files.has(backupPath("l", at))) known.push({ ...at, size: 1, changedAt: 0 });
        }
      }
    },
    /** What is there, the newest first. */
    contents(): number[] {
      this.look();
      const live = files.get("l");
      const backups = known.map((backup) => files.get(backupPath("l", backup)) ?? Number.NaN);
      return live === undefined ? backups : [live, ...backups];
    },
  };
}

const actions = fc.array(
  fc.oneof(
    fc.constant(null),
    fc.record({
      index: fc.integer({ min: 1, max: 5 }),
      form: fc.constantFrom(...BACKUP_FORMS.filter((form) => form !== "")),
    }),
  ),
  { maxLength: 30 },
);

test("plain and compressed backups stay in order, none is lost before its time, none stays beyond it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), actions, (keep, steps) => {
      const model = directory(keep);
      let rounds = 0;
      for (const step of steps) {
        model.look();
        if (step !== null) model.compress(step.index, step.form);
        else {
          rounds += 1;
          model.rotate(Infinity, rounds);
        }
      }
      const expected = Array.from({ length: Math.min(keep, rounds) + 1 }, (_, age) => rounds - age);
      assert.deepEqual(model.contents(), expected);
    }),
  );
});

test("a crash in the middle of a rotation loses nothing but the oldest, and keeps the order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), actions, fc.nat(12), (keep, steps, crash) => {
      const model = directory(keep);
      let rounds = 0;
      for (const step of steps) {
        model.look();
        if (step !== null) model.compress(step.index, step.form);
        else {
          rounds += 1;
          model.rotate(Infinity, rounds);
        }
      }
      const before = model.contents();
      model.look();
      model.rotate(crash, Number.NaN);
      const after = model.contents();
      assert.deepEqual(
        [...after].sort((a, b) => b - a),
        after,
      );
      const most = before.length > keep ? before.slice(0, -1) : before;
      for (const content of most) assert.ok(after.includes(content), `${content} is lost`);
    }),
  );
});

test("the name of a backup tells its number, and other names are of none", () => {
  const place = fc.record({
    index: fc.integer({ min: 1, max: 999_999_999 }),
    form: fc.constantFrom(...BACKUP_FORMS),
  });
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), place, (of, { index, form }) => {
      assert.deepEqual(backupPlace(backupPath(of, { index, form })), { of, index, form });
    }),
  );
  for (const name of ["a", "a.0", "a.01", "a.1.gz.gz", "a.1.bz2", ".1", "a.1 ", "a.1e3", "a.-1"]) {
    const { of } = backupPlace(name) ?? {};
    assert.notEqual(of, "a", name);
  }
});

// Rotation as a plan of renames, checked against a model of a directory.

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
