// What the files say of a program, as its page shows it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { filesView } from "../../../../src/core/web/files-view.ts";

const CHANGE = { option: "command", before: "old", after: "new" };
const PLAN = {
  group: "web",
  name: "web",
  action: "restart",
  isWhole: false,
  changes: [CHANGE],
} as const;

test("values have their places, and changes say what becomes of the program", () => {
  const place = { file: "/etc/tsv/tsv.conf", line: 3, from: "program-default" };
  const view = filesView(
    [
      PLAN,
      { ...PLAN, name: "*", action: "change", changes: [] },
      { ...PLAN, group: "pool", name: "a", isWhole: true },
      { ...PLAN, changes: [{ option: "environment KEY", before: "***", after: "***" }] },
    ],
    [{ key: "user", value: "app", places: [place, { ...place, line: 9, from: null }] }],
  );
  assert.equal(view.isSame, false);
  assert.deepEqual(
    view.plan.map(({ label, what }) => [label, what]),
    [
      ["web", "is restarted, if it runs"],
      ["web:*", "is changed, and not restarted"],
      ["pool:a", "is restarted, if it runs, with its whole group"],
      ["web", "is restarted, if it runs"],
    ],
  );
  assert.deepEqual(
    view.plan.map(({ changes }) => changes.map(({ isHidden }) => isHidden)),
    [[false], [], [false], [true]],
  );
  assert.deepEqual(view.options[0]?.places, [
    { place: "/etc/tsv/tsv.conf:3", from: "[program-default]" },
    { place: "/etc/tsv/tsv.conf:9", from: "" },
  ]);
});

test("nothing to apply is said, and long lists and values are cut", () => {
  assert.equal(filesView([], []).isSame, true);
  const changes = Array.from({ length: 300 }, () => ({ ...CHANGE, after: "x".repeat(5000) }));
  const view = filesView([{ ...PLAN, changes }], []);
  assert.equal(view.plan[0]?.changes.length, 200);
  assert.equal(view.plan[0]?.changes[0]?.after.length, 2001);
});
