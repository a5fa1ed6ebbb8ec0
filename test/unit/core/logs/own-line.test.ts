// Lines that tsv has formatted are read back as what the program wrote; any other line is the program's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineFormatter, type LineStyle } from "../../../../src/core/logs/line-format.ts";
import { readOwnLine } from "../../../../src/core/logs/own-line.ts";
import { fc } from "../../../property.ts";

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
/** Names of processes have no blanks, and no colon but that between group and name. */
const NAME = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.@+*(){}$^"\\-]{1,20}$/),
  fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }).filter((name) => !/\s/.test(name)),
);
/** A line of a program, whatever is in it. */
const TEXT = fc.oneof(
  fc.string({ maxLength: 200, unit: "binary" }),
  fc.stringMatching(/^[{}":,\\ |!+=a-z\d\u001b[;]{0,80}$/),
  fc.constantFrom('","partial":true}', '" partial=true', '"}', "\\", "web | ", "12:04:07 web | x"),
);
const STYLE = fc.record({
  format: fc.constantFrom("prefix" as const, "json" as const, "logfmt" as const),
  time: fc.constantFrom("time", "iso", "iso-ms", "utc", "unix", "none") as fc.Arbitrary<
    LineStyle["time"]
  >,
  channel: fc.constantFrom("stdout" as const, "stderr" as const),
  width: fc.nat(30),
});

function formatted(text: string, style: LineStyle): readonly string[] {
  let written = "";
  const formatter = new LineFormatter(style, () => 60);
  const emit = (lines: Uint8Array): void => {
    written += Buffer.from(lines).toString();
  };
  formatter.push(Buffer.from(`${text}\n`), NOON, emit);
  return written.split("\n").slice(0, -1);
}

test("what any program writes in any format is read back", () => {
  fc.assert(
    fc.property(NAME, TEXT, STYLE, (name, text, style) => {
      const line = text.replaceAll("\n", " ");
      const [written = "", ...more] = formatted(line, { ...style, name, colour: null });
      assert.deepEqual(more, []);
      const own = readOwnLine(written, name);
      const isRecord = style.format !== "prefix";
      // A carriage return in front of the line feed is a part of the line end.
      const expected = isRecord ? line.replace(/\r$/, "") : line;
      // A name with control characters or quotes is spelt with escapes in a prefix.
      if (own === null) assert.match(name, /[\p{C}"\\]/u, written);
      else assert.equal(own.text, expected, written);
    }),
    { numRuns: 2000 },
  );
});

test("a line of another program is its own", () => {
  fc.assert(
    fc.property(TEXT, STYLE, (text, style) => {
      const line = text.replaceAll("\n", " ");
      const [written = ""] = formatted(line, { ...style, name: "web", colour: null });
      assert.equal(readOwnLine(written, "api"), null);
    }),
  );
});

test("of any line it says something, and never more than is in it", () => {
  fc.assert(
    fc.property(TEXT, NAME, (line, name) => {
      const own = readOwnLine(line, name);
      assert.ok(own === null || own.text.length <= line.length);
    }),
  );
});

test("a line of a megabyte takes no longer for being odd", () => {
  const most = 1_000_000;
  for (const part of ["a", " ", "a ", '"', '\\"', "\\", "=", "|", "| ", "+ |", "\u001b[0m", "1:"]) {
    for (const head of [
      "",
      '{"time":"',
      '{"program":"',
      '{"program":"web","channel":"stdout","message":"',
      "program=web ",
      'program="',
      'program=web channel=stdout message="',
      "time=1 program=",
      "12:04:07 ",
      "12:04:07 web ",
    ]) {
      // Work that grows with the square of the length would not end in an hour.
      readOwnLine(head + part.repeat(most / part.length), "web");
    }
  }
});
