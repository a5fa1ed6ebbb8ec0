// docs/limits.md names where each limit is set: the file is there, and has a constant or field of that name.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const rows = readFileSync(`${root}docs/limits.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:what|---)/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim()));

test("every limit states its effect and the constant that sets it, and has that value", () => {
  assert.ok(rows.length > 50, `${rows.length} rows`);
  for (const [what = "", limit, , place = ""] of rows) {
    assert.ok(limit, what);
    const named = /^`([^`]+)`(?:: `([^`]+)`)?/.exec(place);
    if (named === null) {
      assert.match(limit, /^none/, `${what}: no place`);
      continue;
    }
    const [, file = "", name] = named;
    assert.ok(existsSync(root + file), `${what}: ${file} is not there`);
    if (name === undefined) continue;
    assert.match(
      readFileSync(root + file, "utf8"),
      new RegExp(`\\b${name}\\b`),
      `${what}: ${place}`,
    );
  }
});
