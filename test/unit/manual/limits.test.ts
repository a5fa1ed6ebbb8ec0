// docs/limits.md names where each limit is set: the files are there, and have constants or fields of those names.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const rows = readFileSync(`${root}docs/limits.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:what|---)/.test(line))
  .map((line) => line.slice(2, -2).split(/ ?\| ?/));

test("every limit states whose it is, its effect, its reason and the constants that set it, which are there", () => {
  assert.ok(rows.length > 50, `${rows.length} rows`);
  for (const [what, limit = "", share, effect, reason, places = ""] of rows) {
    if (limit.startsWith("none")) continue;
    for (const cell of [what, limit, share, effect, reason, places]) assert.ok(cell, what);
    let source = "";
    for (const [, name = ""] of places.matchAll(/`([^`]+)`/g)) {
      if (name.includes("/")) source = readFileSync(root + name, "utf8");
      else assert.match(source, new RegExp(`\\b${name}\\b`), `${what}: ${places}`);
    }
    assert.notEqual(source, "", `${what}: no place`);
  }
});
