// Records of the activity log: one line each, or lines that cannot be mistaken for a record.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, writtenLines } from "../../../../src/core/logs/log-text.ts";
import { fc } from "../../../property.ts";

test("a line feed in a text of one line is spelt", () => {
  assert.deepEqual(writtenLines("bad result line: 'a\n2026-11-22 08:00:00,000 CRIT forged'"), [
    "bad result line: 'a\\n2026-11-22 08:00:00,000 CRIT forged'",
  ]);
});

test("further lines of a text that may have them are indented once", () => {
  const stack = "internal error: Error: no\nsecond line\n    at f (a.ts:1:2)\n\tat g\n";
  assert.deepEqual(writtenLines(linesOf(stack)), [
    "internal error: Error: no",
    "    second line",
    "    at f (a.ts:1:2)",
    "    at g",
  ]);
});

test("whatever a text holds, each further line is indented and no control character is left", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, isOneLine) => {
      const [, ...rest] = writtenLines(isOneLine ? text : linesOf(text));
      if (isOneLine) assert.deepEqual(rest, []);
      for (const line of rest) assert.match(line, /^ {4}/);
      for (const line of writtenLines(linesOf(text))) assert.doesNotMatch(line, /\p{Cc}/u);
    }),
  );
});
