// docs/differences.md and the tests keep each other true: every row names a test that holds its id, and every deliberate
// difference of the comparison has a row.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KNOWN } from "./differential/known.ts";
import { ROOT } from "./rig/places.ts";

interface Row {
  readonly id: string;
  readonly cells: readonly string[];
  readonly test: string;
}

/** Rows of all tables of five columns, without their heads. A bar within code is written as \|. */
function rows(): readonly Row[] {
  return readFileSync(join(ROOT, "docs/differences.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells[0] !== "id" && !/^-+$/.test(cells[0] ?? ""))
    .map((cells) => ({ id: cells[0] ?? "", cells, test: cells[4] ?? "" }));
}

void test("there are rows, each complete and with a unique id", () => {
  const all = rows();
  assert.ok(all.length > 0);
  for (const { id, cells } of all) {
    assert.equal(cells.length, 5, `row ${id} has five cells`);
    assert.match(id, /^[a-z0-9-]+$/);
    for (const cell of cells) assert.notEqual(cell, "", `row ${id} has an empty cell`);
  }
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length, "ids are unique");
});

void test("each row names a test that exists and holds its id", () => {
  const problems = rows().flatMap(({ id, test: file }) => {
    const path = join(ROOT, "test", file);
    if (!existsSync(path)) return [`${id}: test/${file} does not exist`];
    return readFileSync(path, "utf8").includes(id)
      ? []
      : [`${id}: test/${file} does not mention it`];
  });
  assert.deepEqual(problems, []);
});

void test("each deliberate difference of the comparison has a row", () => {
  const known = new Set(rows().map(({ id }) => id));
  const missing = KNOWN.map(({ id }) => id).filter((id) => !known.has(id));
  assert.deepEqual([...new Set(missing)], []);
});
