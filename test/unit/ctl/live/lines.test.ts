// Lines of a full screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth } from "../../../../src/core/base/printable.ts";
import { fitted, folded, painted, plain, redraw } from "../../../../src/ctl/live/lines.ts";
import { fc } from "../../../property.ts";

const textOf = (line: ReturnType<typeof fitted>): string => line.map(([text]) => text).join("");

test("a line is cut where its columns end, also within a wide character, and nothing follows", () => {
  assert.equal(
    textOf(
      fitted(
        [
          ["ab", "plain"],
          ["\u7f51c", "bad"],
          ["d", "plain"],
        ],
        3,
      ),
    ),
    "ab",
  );
  assert.equal(
    textOf(
      fitted(
        [
          ["ab", "plain"],
          ["\u7f51c", "bad"],
          ["d", "plain"],
        ],
        5,
      ),
    ),
    "ab\u7f51c",
  );
  assert.equal(textOf(fitted(plain("a\x1b[2Jb"), 80)), "a\\x1b[2Jb");
});

test("lines have the width, fold without loss, and contain no control characters", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (any, columns) => {
      const line = textOf(fitted(plain(any), columns));
      assert.ok(displayWidth(line) <= columns);
      assert.doesNotMatch(line, /\p{Cc}/u);
      assert.equal(folded(any, columns).join(""), any);
    }),
  );
});

test("without colours a selection is still reversed, and a state has no colour", () => {
  const line = [
    ["x", "reverse"],
    ["y", "bad"],
    ["z", "plain"],
  ] as const;
  assert.equal(painted(line, true), "\x1b[7mx\x1b[0m\x1b[31my\x1b[0mz");
  assert.equal(painted(line, false), "\x1b[7mx\x1b[0myz");
});

test("only rows that differ are written, and rows that are gone are erased", () => {
  assert.equal(redraw(["a", "b"], ["a", "b"]), "");
  assert.equal(redraw(["a", "b"], ["a", "c"]), "\x1b[2;1H\x1b[Kc");
  assert.equal(redraw(["a", "b"], ["a"]), "\x1b[2;1H\x1b[K");
  assert.equal(redraw([], ["a"]), "\x1b[1;1H\x1b[Ka");
});
