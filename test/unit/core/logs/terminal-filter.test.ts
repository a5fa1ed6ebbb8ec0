// The part of a log that a terminal gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  filteredLine,
  filterForTerminal,
  TerminalFilter,
} from "../../../../src/core/logs/terminal-filter.ts";
import { fc } from "../../../property.ts";

function filtered(...pieces: readonly Uint8Array[]): Buffer {
  const filter = new TerminalFilter();
  return Buffer.concat(pieces.map((piece) => Buffer.from(filter.push(piece))));
}

const text = (latin1: string): string => filtered(Buffer.from(latin1, "latin1")).toString("latin1");

test("text, tabs, line ends and colours are shown", () => {
  for (const shown of [
    "plain\ttext\r\nnext 100%\r",
    "\x1b[1;31mred\x1b[0m \x1b[38;5;196mor\x1b[38:2::1:2:3mange\x1b[m",
  ]) {
    assert.equal(text(shown), shown);
  }
  for (const shown of ["äöü 漢字 😀 \u00a0", "é".repeat(1000)])
    assert.equal(filterForTerminal(shown), shown);
});

test("all other characters that a terminal obeys are dropped", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a\x1b]52;c;cm0gLXJmIC8=\x07b", "ab"],
    ["a\x1b]0;title\x1b\\b", "ab"],
    ["a\x1bP1;2qdata\x1b\\b", "ab"],
    ["a\x1b_apc\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d", "abcd"],
    ["a\x1b[2Jb\x1b[1;1Hc\x1b[?1049hd\x1b[6ne", "abcde"],
    ["a\x1b[>4;1mb\x1b[?1mc\x1b[1 md", "abcd"],
    ["a\x1bcb\x1b(0c\x1b#8d\x1b%Ge", "abcde"],
    ["a\x07b\x08c\x0bd\x0ce\x0ef\x0fg\x00h\x7fi\x05", "abcdefghi"],
    // C1 controls, as UTF-8 and alone.
    ["a\xc2\x9b2Jb\xc2\x9d0;title\x07c\xc2\x90q\x1b\\d\xc2\x85e", "abcde"],
    ["a\x9b31mb\x9d0;x\x07c\x84d", "a31mb0;xcd"],
    // Overlong forms of U+009B are no characters: the byte that would be a control is left out.
    ["a\xc0\x9bb\xe0\x82\x9bc", "a\xc0b\xe0\x82c".replace("\x82", "")],
    // A sequence that is broken off, and one within another.
    ["a\x1b[31\nb", "a\nb"],
    ["a\x1b[3\x1b[1mb", "a\x1b[1mb"],
    ["a\x1b\x1b[1mb", "a\x1b[1mb"],
    ["a\x1b]0;x\x1b[1mb", "a\x1b[1mb"],
    ["a\x1b]0;no end\nb", "a\nb"],
    [`a\x1b[${"1;".repeat(100)}mb`, "ab"],
    ["end\x1b[3", "end"],
  ];
  for (const [from, to] of cases) assert.equal(text(from), to, JSON.stringify(from));
});

/** Bytes that make sequences likely. */
const BYTES = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc
        .constantFrom("\x1b", "\x1b[", "\x1b]0;", "\x1bP", "m", "1;", "\x07", "\x1b\\", "\n", "a")
        .map((s) => Buffer.from(s)),
      fc
        .constantFrom("\x9b", "\xc2\x9b", "\xc2", "\xe2\x80", "\xf0\x9f")
        .map((s) => Buffer.from(s, "latin1")),
      fc.string({ unit: "grapheme", maxLength: 3 }).map((s) => Buffer.from(s)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.concat(parts));

test("wherever the stream is cut, the same is shown", () => {
  fc.assert(
    fc.property(BYTES, fc.array(fc.nat(200)), (bytes, cuts) => {
      const at = [...cuts.map((cut) => Math.min(cut, bytes.length)), 0, bytes.length].sort(
        (a, b) => a - b,
      );
      const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      assert.deepEqual(filtered(...pieces), filtered(bytes));
    }),
    { numRuns: 2000 },
  );
});

test("only colour sequences begin with ESC, and no other control character is shown", () => {
  fc.assert(
    fc.property(BYTES, (bytes) => {
      const shown = filtered(bytes);
      const rest = shown.toString("latin1").replace(/\x1b\[[0-9:;]*m/g, "");
      assert.doesNotMatch(rest, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
      assert.doesNotMatch(shown.toString().replace(/\x1b\[[0-9:;]*m/g, ""), /(?![\t\n\r])\p{Cc}/u);
      assert.deepEqual(filtered(shown), shown);
    }),
    { numRuns: 2000 },
  );
});

test("valid text without controls is shown whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (from) => {
      const plain = from.replace(/\p{Cc}/gu, "");
      assert.equal(filtered(Buffer.from(plain)).toString(), plain);
    }),
  );
});

test("a sequence that never ends costs no memory, and a colour that is left on is ended", () => {
  const filter = new TerminalFilter();
  filter.push(Buffer.from("\x1b["));
  const digits = Buffer.alloc(64 * 1024, "1");
  for (let round = 0; round < 100; round += 1) assert.equal(filter.push(digits).length, 0);
  assert.equal(Buffer.from(filter.push(Buffer.from("mx"))).toString(), "x");
  assert.equal(filterForTerminal("\x1b[31mred\n"), "\x1b[31mred\x1b[0m\n");
  assert.equal(filterForTerminal("\x1b[31mred\x1b[0m"), "\x1b[31mred\x1b[0m");
});

test("a line is what its bytes are one by one, with its colour reset, and stays when others follow", () => {
  const slowly = (line: Uint8Array): Buffer => {
    const filter = new TerminalFilter();
    const bytes = Array.from(line, (byte) => Buffer.from(filter.push(Uint8Array.of(byte))));
    return Buffer.concat([...bytes, Buffer.from(filter.resetNeeded ?? "")]);
  };
  fc.assert(
    fc.property(fc.array(BYTES, { maxLength: 5 }), (lines) => {
      const shown = lines.map((line) => filteredLine(line, false));
      assert.deepEqual(
        shown.map((line) => Buffer.from(line)),
        lines.map(slowly),
      );
    }),
    { numRuns: 1000 },
  );
  const red = Buffer.from("\x1b[31mred\rx\r");
  assert.equal(Buffer.from(filteredLine(red, true)).toString(), "\x1b[31mred x\r\x1b[0m");
  const long = Buffer.from(`\x1b[0m${"x".repeat(200_000)}`);
  assert.deepEqual(Buffer.from(filteredLine(long, true)), long);
});
