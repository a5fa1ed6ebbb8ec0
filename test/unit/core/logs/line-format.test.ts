// Formats of lines: what a line becomes, and that it does not depend on chunk borders.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ESCAPED_BYTES, escapeInto } from "../../../../src/core/logs/json-escape.ts";
import {
  LineFormatter,
  type LineStyle,
  lineTimeOf,
  readOwnLine,
  shownName,
} from "../../../../src/core/logs/line-format.ts";
import { LONGEST_PIECE } from "../../../../src/core/logs/line-pieces.ts";
import { fc } from "../../../property.ts";

const NOON = Date.UTC(2026, 2, 1, 11, 4, 7, 123);
const PLAIN: LineStyle = {
  format: "prefix",
  time: "time",
  name: "web",
  channel: "stdout",
  colour: null,
};

function format(chunks: readonly (string | Uint8Array)[], style: Partial<LineStyle> = {}): string {
  const parts: Buffer[] = [];
  const formatter = new LineFormatter({ ...PLAIN, ...style }, () => 60);
  const emit = (lines: Uint8Array): void => void parts.push(Buffer.from(lines));
  for (const chunk of chunks) formatter.push(Buffer.from(chunk), NOON, emit);
  formatter.end(NOON, emit);
  return Buffer.concat(parts).toString();
}

const JSON_HEAD =
  '{"time":"2026-03-01T12:04:07.123+01:00","program":"web","channel":"stdout","message":';
const LOGFMT_HEAD = "time=2026-03-01T12:04:07.123+01:00 program=web channel=stdout message=";
const json = { format: "json", time: "iso-ms" } as const;
const logfmt = { format: "logfmt", time: "iso-ms" } as const;

const CASES: readonly [name: string, style: Partial<LineStyle>, input: string, expected: string][] =
  [
    ["prefix", {}, "one\n\ntwo", "12:04:07 web | one\n12:04:07 web | \n12:04:07 web | two\n"],
    ["prefix without a time", { time: "none" }, "one\n", "web | one\n"],
    ["prefix of a given width", { width: 6 }, "one\n", "12:04:07 web    | one\n"],
    ["prefix of a wide name", { name: "網", width: 4 }, "one\n", "12:04:07 網   | one\n"],
    ["prefix of standard error in a log", { channel: "stderr" }, "one\n", "12:04:07 web | one\n"],
    [
      "prefix of standard error on a terminal",
      { channel: "stderr", isForPeople: true },
      "one\n",
      "12:04:07 web ! one\n",
    ],
    [
      "prefix of a progress bar on a terminal",
      { isForPeople: true },
      "10%\r20%\r\nend\r\r\n",
      "12:04:07 web | 10% 20%\r\n12:04:07 web | end \r\n",
    ],
    ["prefix of a progress bar in a log", {}, "10%\r20%\n", "12:04:07 web | 10%\r20%\n"],
    ["prefix in colour", { colour: "36" }, "one\n", "\x1b[0;36m12:04:07 web |\x1b[0m one\n"],
    [
      "prefix passes control sequences",
      {},
      "\x1b[31mred\x1b[0m\r\n",
      "12:04:07 web | \x1b[31mred\x1b[0m\r\n",
    ],
    [
      "prefix for a terminal",
      { isForPeople: true, isFiltered: true },
      `\x1b]52;c;QUFB\x07a\x1b[2J\x1b[1A\r\x1b[31mred\u009b5A\x1bP1$r\x1b\\\nnext\n`,
      "12:04:07 web | a \x1b[31mred\x1b[0m\n12:04:07 web | next\n",
    ],
    [
      "plain for a terminal",
      { format: "plain", time: "none", isFiltered: true },
      "\x1b]0;T\x07\x1b[?25lone\x1b[2K\r\ntwo\x1b",
      "one\r\ntwo\n",
    ],
    [
      "json for a terminal",
      { ...json, isFiltered: true },
      "\x1b[A\n",
      `${JSON_HEAD}"\\u001b[A"}\n`,
    ],
    ["a name with control characters", { name: "a\x1b[m" }, "x\n", "12:04:07 a\\u001b[m | x\n"],
    ["plain", { format: "plain", time: "none" }, "one\ntwo", "one\ntwo\n"],
    [
      "plain with a time",
      { format: "plain", time: "iso" },
      "one\n",
      "2026-03-01T12:04:07+01:00 one\n",
    ],
    ["raw", { format: "raw", time: "none" }, "one\r\ntwo", "one\r\ntwo"],
    [
      "json",
      json,
      'say "hi"\\\t\x00\x1b[m\x7f\u0085é\n',
      `${JSON_HEAD}"say \\"hi\\"\\\\\\t\\u0000\\u001b[m\\u007f\\u0085é"}\n`,
    ],
    [
      "json with seconds",
      { format: "json", time: "unix" },
      "x\n",
      '{"time":1772363047.123,"program":"web","channel":"stdout","message":"x"}\n',
    ],
    ["json of a line that ends with CR LF", json, "a\rb\r\n", `${JSON_HEAD}"a\\rb"}\n`],
    ["json of a last CR", json, "a\r", `${JSON_HEAD}"a\\r"}\n`],
    ["logfmt", logfmt, 'a="b"\n', `${LOGFMT_HEAD}"a=\\"b\\""\n`],
    [
      "logfmt of a name that needs quotes",
      { format: "logfmt", time: "utc", name: 'a b"', channel: "stderr" },
      "x\n",
      'time=2026-03-01T11:04:07.123Z program="a b\\"" channel=stderr message="x"\n',
    ],
  ];

for (const [name, style, input, expected] of CASES) {
  test(`formats ${name}`, () => {
    assert.equal(format([input], style), expected);
    assert.equal(format(input.split(""), style), expected);
  });
}

test("a line that is too long is written in pieces, which say that it goes on", () => {
  const line = "x".repeat(2 * LONGEST_PIECE + 5);
  const [first, second, third] = format([`${line}\nend\n`]).split("\n");
  assert.equal(first, `12:04:07 web | ${"x".repeat(LONGEST_PIECE)}`);
  assert.equal(second, `12:04:07 web + ${"x".repeat(LONGEST_PIECE)}`);
  assert.equal(third, "12:04:07 web + xxxxx");
  const records = format([`${line}\nend\n`], json)
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));
  assert.deepEqual(
    records.map(({ partial }) => partial),
    [true, true, undefined, undefined],
  );
  assert.equal(records.map(({ message }) => message).join(""), `${line}end`);
  assert.match(format([line], logfmt), /x" partial=true\n/);
});

test("a line that is just as long as a piece is one", () => {
  const line = "x".repeat(LONGEST_PIECE);
  assert.equal(format([line, "\n", "y\n"]), `12:04:07 web | ${line}\n12:04:07 web | y\n`);
});

test("records always have a time", () => {
  assert.equal(lineTimeOf("json", "none"), "iso-ms");
  assert.equal(lineTimeOf("logfmt", null), "iso-ms");
  assert.equal(lineTimeOf("json", "unix"), "unix");
  assert.equal(lineTimeOf("prefix", null), "time");
  assert.equal(lineTimeOf("prefix", "none"), "none");
  assert.equal(lineTimeOf("raw", null), "none");
});

test("a process is shown with its group where that has another name", () => {
  assert.equal(shownName("web", "web"), "web");
  assert.equal(shownName("web", "web_0"), "web:web_0");
});

test("the time of a line is that of its chunk, in the zone of that moment", () => {
  const parts: string[] = [];
  const formatter = new LineFormatter({ ...PLAIN, ...json }, (wall) =>
    wall < NOON - 1000 ? 60 : -570,
  );
  const emit = (lines: Uint8Array): void => void parts.push(Buffer.from(lines).toString());
  for (const wall of [NOON - 3_600_000, NOON, NOON + 1, NOON + 1, NOON + 1000, -1]) {
    formatter.push(Buffer.from("x\n"), wall, emit);
  }
  assert.deepEqual(
    parts.map((text) => JSON.parse(text).time),
    [
      "2026-03-01T11:04:07.123+01:00",
      "2026-03-01T01:34:07.123-09:30",
      "2026-03-01T01:34:07.124-09:30",
      "2026-03-01T01:34:07.124-09:30",
      "2026-03-01T01:34:08.123-09:30",
      "1970-01-01T00:59:59.999+01:00",
    ],
  );
});

test("a formatter may be used while another one passes lines on", () => {
  const inner: string[] = [];
  const outer: string[] = [];
  const other = new LineFormatter({ ...PLAIN, name: "other" }, () => 60);
  const formatter = new LineFormatter(PLAIN, () => 60);
  formatter.push(Buffer.from("a\nb\n"), NOON, (lines) => {
    other.push(Buffer.from("c\n"), NOON, (more) => void inner.push(Buffer.from(more).toString()));
    outer.push(Buffer.from(lines).toString());
  });
  assert.deepEqual(inner, ["12:04:07 other | c\n"]);
  assert.deepEqual(outer, ["12:04:07 web | a\n12:04:07 web | b\n"]);
});

/** Bytes as programs write them: text, broken text, line ends, and now and then a line that is too long. */
const OUTPUT = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom("\n", "\r\n", "\n\n", "\x1b[31m", '"', "\\").map((text) => Buffer.from(text)),
      fc
        .tuple(fc.integer({ min: -5, max: 5 }), fc.constantFrom("x", "é", "\x00"))
        .map(([more, text]) => Buffer.from(text.repeat(LONGEST_PIECE + more))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const borders = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...borders, bytes.length].map((end, index) =>
    bytes.subarray(borders[index - 1] ?? 0, end),
  );
}

test("lines do not depend on chunks, and every byte is in one of them", () => {
  const places = fc.array(fc.nat(), { maxLength: 8 });
  fc.assert(
    fc.property(OUTPUT, places, fc.nat(), (bytes, borders, at) => {
      const chunks = cut(bytes, borders);
      for (const style of [{}, json, logfmt, { format: "plain", time: "none" } as const]) {
        const whole = format([bytes], style);
        assert.equal(format(chunks, style), whole);
        assert.equal(formatInTwo(chunks, at % (chunks.length + 1), style), whole);
      }
      const lines = format([bytes], json).split("\n").slice(0, -1);
      const records = lines.map((line) => JSON.parse(line));
      const text = records.map(({ message, partial }) => message + (partial ? "" : "\n")).join("");
      const given = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      // Broken characters are replaced within their line, and CR LF is one line end.
      const expected = given.replaceAll("\r\n", "\n") + (/(^|\n)$/.test(given) ? "" : "\n");
      assert.equal(text.replaceAll("\ufffd", ""), expected.replaceAll("\ufffd", ""));
    }),
    { numRuns: 300 },
  );
});

function formatInTwo(chunks: readonly Buffer[], at: number, style: Partial<LineStyle>): string {
  const parts: Buffer[] = [];
  const emit = (lines: Uint8Array): void => void parts.push(Buffer.from(lines));
  const first = new LineFormatter({ ...PLAIN, ...style }, () => 60);
  for (const chunk of chunks.slice(0, at)) first.push(chunk, NOON, emit);
  const second = new LineFormatter({ ...PLAIN, ...style }, () => 60, first.state);
  for (const chunk of chunks.slice(at)) second.push(chunk, NOON, emit);
  second.end(NOON, emit);
  return Buffer.concat(parts).toString();
}

// Escaping bytes as JSON: what JSON.stringify and TextDecoder make of the same, but for control characters beyond theirs.

function escaped(bytes: Uint8Array): string {
  const output = new Uint8Array(ESCAPED_BYTES * bytes.length);
  const length = escapeInto(bytes, 0, bytes.length, output, 0);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    output.subarray(0, length),
  );
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

test("any bytes are escaped to what a JSON parser reads as the decoded text", () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xbf));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 24 }), (list) => {
      const bytes = Uint8Array.from(list);
      const text = escaped(bytes);
      assert.equal(JSON.parse(`"${text}"`), decoded(bytes));
      assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 2000 },
  );
});

// Lines that tsv has formatted are read back as what the program wrote; any other line is the program's own.

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
