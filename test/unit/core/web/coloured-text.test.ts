// Terminal sequences as classes: whatever a program writes, nothing but its visible text and known classes reaches a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { colouredParts } from "../../../../src/core/web/coloured-text.ts";
import { plainText } from "../../../../src/core/web/tail.ts";
import { fc } from "../../../property.ts";

void test("colours and styles become classes", () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ["plain", [["", "plain"]]],
    ["", []],
    [
      "\x1b[31mred\x1b[0m and \x1b[1;92mgreen\x1b[m",
      [
        ["c1", "red"],
        ["", " and "],
        ["c2 b", "green"],
      ],
    ],
    [
      "\x1b[1mb\x1b[22mn",
      [
        ["b", "b"],
        ["", "n"],
      ],
    ],
    ["\x1b[2md\x1b[90mgrey\x1b[22mg", [["d", "dgreyg"]]],
    [
      "\x1b[3;4;9mx\x1b[23;24;29my",
      [
        ["i u s", "x"],
        ["", "y"],
      ],
    ],
    ["\x1b[37mwhite\x1b[30mblack\x1b[97mbright", [["", "whiteblackbright"]]],
    [
      "\x1b[41;33mback\x1b[49mfront\x1b[39mnone",
      [
        ["g1", "back"],
        ["c3", "front"],
        ["", "none"],
      ],
    ],
    [
      "\x1b[7mi\x1b[31mr\x1b[27mn",
      [
        ["g0", "i"],
        ["g1", "r"],
        ["c1", "n"],
      ],
    ],
    [
      "\x1b[38;5;9mp\x1b[38;5;46mcube\x1b[38;5;244mgrey\x1b[38;5;255mw",
      [
        ["c1", "p"],
        ["c2", "cube"],
        ["d", "grey"],
        ["", "w"],
      ],
    ],
    [
      "\x1b[38;2;250;20;10mrgb\x1b[48;2;0;0;200mback",
      [
        ["c1", "rgb"],
        ["g4", "back"],
      ],
    ],
    ["\x1b[38:5:12mcolons", [["c4", "colons"]]],
    ["\x1b[38;5;999mwrong\x1b[38mshort\x1b[999mother", [["", "wrongshortother"]]],
    // A link, a title, a move of the cursor: not shown.
    ["a\x1b]8;;http://x\x07b\x1b]0;t\x1b\\c\x1b[2Kd", [["", "abcd"]]],
    ["<b>\x07&\x1b", [["", "<b>␇&␛"]]],
  ];
  for (const [line, parts] of cases)
    assert.deepEqual(colouredParts(line), parts, JSON.stringify(line));
});

const CLASSES = /^(?:(?:[cg][0-6]|[bdius])(?: (?!$)|$))*$/;
const PIECES = fc.array(
  fc.oneof(
    fc.string(),
    fc.constantFrom("\x1b", "\x1b[", "m", ";", "38", "48", "5", "\x1b]", "\x07", "\x9b", "<", "\n"),
    fc.array(fc.nat(120), { maxLength: 6 }).map((codes) => `\x1b[${codes.join(";")}m`),
  ),
  { maxLength: 20 },
);

void test("the visible text is that of a page without colours, and classes are those of the style sheet", () => {
  fc.assert(
    fc.property(PIECES, (pieces) => {
      const line = pieces.join("");
      const parts = colouredParts(line);
      assert.equal(parts.map(([, text]) => text).join(""), plainText(line));
      for (const [classes, text] of parts) {
        assert.match(classes, CLASSES);
        assert.notEqual(text, "");
        assert.doesNotMatch(text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
      }
      for (const [index, [classes]] of parts.entries()) {
        assert.notEqual(classes, parts[index + 1]?.[0]);
      }
    }),
  );
});
