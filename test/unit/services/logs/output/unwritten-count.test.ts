import assert from "node:assert/strict";
import { test } from "node:test";
import { UnwrittenCount } from "../../../../../src/services/logs/output/unwritten-count.ts";
import { key } from "../../supervisor/rig.ts";

/** A count, and a writer that writes when it is told to. */
function rig() {
  const noted: number[] = [];
  const waiting: (() => void)[] = [];
  const of = { key: key("web:web"), channel: "stdout" } as const;
  const setUnwritten = (_: number, bytes: number): void => void noted.push(bytes);
  const count = new UnwrittenCount(of, { setUnwritten, placeOfUnwritten: () => 7 });
  const writer = { whenWritten: (done: () => void): void => void waiting.push(done) };
  const write = (): void => {
    for (const done of waiting.splice(0)) done();
  };
  return { count, writer, write, noted };
}

test("output counts from when it is read until it is written", () => {
  const { count, writer, write, noted } = rig();
  count.reading(100);
  count.took(10);
  count.passed(writer);
  count.took(5);
  count.passed(writer);
  write();
  write();
  assert.deepEqual(noted, [100, 10, 15, 5, 0]);
});

test("the beginning of a line counts until the line is written", () => {
  const { count, writer, write, noted } = rig();
  count.took(10);
  count.passed(writer, 4);
  write();
  assert.equal(noted.at(-1), 4);
  count.took(6);
  count.passed(writer);
  write();
  assert.equal(noted.at(-1), 0);
});

test("a transfer counts itself, and the count goes on behind it", () => {
  const { count, writer, write, noted } = rig();
  count.took(10);
  count.passed(writer);
  count.transferred(1000, 3);
  write();
  assert.equal(noted.at(-1), 3);
  count.took(2);
  assert.equal(noted.at(-1), 5);
});

test("the beginning of a line of the daemon before an upgrade counts too", () => {
  const { count, writer, write, noted } = rig();
  count.transferred(0, 4);
  count.took(10);
  count.passed(writer, 14);
  write();
  assert.equal(noted.at(-1), 14);
});

test("output that nothing queues is handed on at once, but for what is held", () => {
  const { count, noted } = rig();
  count.reading(100);
  count.took(10);
  count.passed(null, 3);
  count.took(5);
  count.passed(null);
  assert.deepEqual(noted, [100, 10, 3, 8, 0]);
});
