// The echo of output that is not UTF-8 must look as Python prints bytes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { echoText, pyBytesRepr } from "../../../../src/core/logs/py-bytes.ts";
import { cpuMsOf } from "../../../cpu-time.ts";

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
