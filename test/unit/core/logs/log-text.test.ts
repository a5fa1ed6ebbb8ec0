// Records of the activity log: one line each, or lines that cannot be mistaken for a record.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import {
  echoText,
  LastLine,
  linesOf,
  MOST_LAST_LINE,
  pyBytesRepr,
  writtenLines,
} from "../../../../src/core/logs/log-text.ts";
import { cpuMsOf } from "../../../cpu-time.ts";
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

// The echo of output that is not UTF-8 must look as Python prints bytes.

const PYTHON = "/usr/bin/python3";

test("undecodable output is shown as Python's bytes", () => {
  assert.equal(echoText(Uint8Array.of(0x88, 0x0a)), "Undecodable: b'\\x88\\n'");
});

test("valid text is shown as it is", () => {
  assert.equal(echoText(Buffer.from("grüße\n")), "grüße\n");
});

test("a byte order mark is kept", () => {
  assert.equal(echoText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});

test("single quotes alone switch to double quotes, both kinds are escaped", () => {
  assert.equal(pyBytesRepr(Buffer.from("it's")), `b"it's"`);
  assert.equal(pyBytesRepr(Buffer.from(`'"`)), `b'\\'"'`);
});

test("every byte is printed as Python prints it", {
  skip: existsSync(PYTHON) ? false : `${PYTHON} is missing`,
}, () => {
  const script =
    "print(repr(bytes(range(256)))); print(repr(bytes(range(256)).replace(b'\"', b'')))";
  const [all, noDouble] = execFileSync(PYTHON, ["-c", script], { encoding: "latin1" }).split("\n");
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.equal(pyBytesRepr(bytes), all);
  assert.equal(pyBytesRepr(bytes.filter((byte) => byte !== 0x22)), noDouble);
});

test("a flood of bytes that are no text takes the memory of its text, and little time", () => {
  const flood = new Uint8Array(64 * 1024).fill(0xf0);
  const texts: string[] = [];
  const before = process.memoryUsage().heapUsed;
  const took = cpuMsOf(() => {
    for (let n = 0; n < 100; n += 1) texts.push(echoText(flood));
  });
  const each = (process.memoryUsage().heapUsed - before) / texts.length;
  assert.equal(texts[99]?.length, "Undecodable: b''".length + 4 * flood.length);
  assert.ok(each < 2 * 4 * flood.length, `${each} bytes for each`);
  assert.ok(took < 5000, `${took} ms`);
});

// The last line of an output, however it comes in pieces.

function lastOf(...pieces: readonly string[]): string {
  const line = new LastLine();
  for (const piece of pieces) line.push(new TextEncoder().encode(piece));
  return line.text();
}

test("the last line that is not blank counts, also one without an end", () => {
  assert.equal(lastOf(""), "");
  assert.equal(lastOf("one\nt", "w", "o", "\r\n\n  \n"), "two");
});

test("it is printable and short, however long it was", () => {
  assert.equal(lastOf("\x1b[31mno\x1b[0m response\x07\n"), "no response\\x07");
  assert.equal(lastOf(`${"x".repeat(MOST_LAST_LINE * 2)}\n`), `${"x".repeat(200)}...`);
});

test("where the output is cut changes nothing", () => {
  const output = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n"), maxLength: 60 });
  fc.assert(
    fc.property(output, fc.array(fc.nat(60), { maxLength: 5 }), (text, cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
      const lines = text.split("\n").map((line) => line.trim());
      assert.equal(lastOf(...pieces), lines.findLast((line) => line !== "") ?? "");
    }),
  );
});

test("a line that is blank as far as it is kept counts as blank, in one piece too", () => {
  const late = `${" ".repeat(MOST_LAST_LINE)}x`;
  assert.equal(lastOf(`one\n${late}\n`), "one");
  assert.equal(lastOf("one\n", late, "\n"), "one");
});
