// Bytes that pass through a file in memory: what the next daemon finds there, with the descriptors of this one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { PipeFiles } from "../../../../src/host/processes/exchange-files.ts";

const ENCODER = new TextEncoder();
/** More than a pipe takes. */
const LARGE = ENCODER.encode(Array.from({ length: 30_000 }, (_, n) => `line ${n}\n`).join(""));

function pipe(): readonly [number, number] {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  for (const end of ends) posix().setNonblocking(end);
  return ends;
}

/** A daemon with a file for a pipe, and the next one, which has the same descriptors. */
function daemons(fd: number) {
  const before = new PipeFiles();
  const file = before.create(fd);
  assert.ok(file !== null);
  before.join(fd, file, 0);
  const after = (taken: number): PipeFiles => {
    const files = new PipeFiles();
    files.join(fd, file, taken);
    return files;
  };
  return { before, after };
}

function textOf(read: (into: Uint8Array) => number | null): string {
  const into = new Uint8Array(1024);
  const count = read(into) ?? 0;
  return count < 0 ? "" : Buffer.from(into.subarray(0, count)).toString();
}

test("what was read and not recorded is read again, in front of what the pipe has", () => {
  const [from, to] = pipe();
  const { before, after } = daemons(from);
  posix().write(to, ENCODER.encode("READY\n"));
  assert.equal(
    textOf((into) => before.read(from, into)),
    "READY\n",
  );
  posix().write(to, ENCODER.encode("RESULT 2\nOK"));
  assert.equal(
    textOf((into) => before.read(from, into)),
    "RESULT 2\nOK",
  );
  const next = after("READY\n".length);
  assert.equal(next.hasRest(from), true);
  posix().write(to, ENCODER.encode("READY\n"));
  assert.equal(
    textOf((into) => next.read(from, into)),
    "RESULT 2\nOKREADY\n",
  );
  assert.equal(next.hasRest(from), false);
  assert.equal(
    textOf((into) => next.read(from, into)),
    "",
  );
  posix().close(to);
  assert.equal(next.read(from, new Uint8Array(1)), 0, "the end");
});

test("what is staged is written in the order of the pipe, however large it is, by any daemon", () => {
  const [from, to] = pipe();
  const { before, after } = daemons(to);
  assert.equal(before.stage(to, LARGE), "accepted");
  const left = before.pour(to);
  assert.ok(typeof left === "number" && left > 0 && left < LARGE.length);
  const next = after(0);
  const read: Buffer[] = [];
  const into = new Uint8Array(8192);
  for (let count = posix().read(from, into); count > 0; count = posix().read(from, into)) {
    read.push(Buffer.from(into.subarray(0, count)));
    next.pour(to);
  }
  assert.equal(Buffer.concat(read).compare(LARGE), 0);
  assert.equal(next.stage(to, ENCODER.encode("next")), "accepted");
  assert.equal(next.pour(to), 0);
  assert.equal(
    textOf((bytes) => posix().read(from, bytes)),
    "next",
  );
});

test("what was staged and not written can be forgotten", () => {
  const [from, to] = pipe();
  const { before, after } = daemons(to);
  before.stage(to, ENCODER.encode("one"));
  before.pour(to);
  before.stage(to, ENCODER.encode("two"));
  const next = after(0);
  next.unstage(to);
  next.stage(to, ENCODER.encode("three"));
  assert.equal(next.pour(to), 0);
  assert.equal(
    textOf((bytes) => posix().read(from, bytes)),
    "onethree",
  );
});

test("a pipe without a reader takes nothing", () => {
  const [from, to] = pipe();
  const { before } = daemons(to);
  posix().close(from);
  assert.equal(before.stage(to, ENCODER.encode("one")), "closed");
});
