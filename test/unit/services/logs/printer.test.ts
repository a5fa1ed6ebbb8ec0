// Lines on the daemon's stdout while nothing reads it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Printer } from "../../../../src/services/logs/printer.ts";

const MEGABYTE = 1 << 20;

function printer() {
  const told = { opened: 0, dropping: 0 };
  const writer = {
    pendingBytes: 0,
    append: (bytes: Uint8Array): void => {
      writer.pendingBytes += bytes.length;
    },
    finish: async (): Promise<void> => {},
  };
  const open = () => {
    told.opened += 1;
    return writer;
  };
  const dropping = () => {
    told.dropping += 1;
  };
  return { told, writer, printer: new Printer(open, dropping) };
}

test("stdout is acquired with the first line, and once", () => {
  const { told, printer: lines, writer } = printer();
  assert.deepEqual([told.opened, lines.writers], [0, []]);
  for (const text of ["a", "b"]) lines.print(Buffer.from(text));
  assert.deepEqual([told.opened, lines.writers, writer.pendingBytes], [1, [writer], 2]);
});

test("without a reader, lines are dropped, and that is reported once", () => {
  const { told, printer: lines, writer } = printer();
  lines.print(Buffer.alloc(MEGABYTE));
  for (let n = 0; n < 3; n += 1) lines.print(Buffer.from("dropped"));
  assert.deepEqual([writer.pendingBytes, told.dropping], [MEGABYTE, 1]);
});

test("a reader that reads a part and stops again is the same silence; one that has read all is another", () => {
  const { told, printer: lines, writer } = printer();
  const fill = (): void => {
    while (writer.pendingBytes < MEGABYTE) lines.print(Buffer.alloc(MEGABYTE / 4));
    lines.print(Buffer.from("dropped"));
  };
  fill();
  writer.pendingBytes = MEGABYTE / 2;
  fill();
  assert.equal(told.dropping, 1);
  writer.pendingBytes = 0;
  fill();
  assert.equal(told.dropping, 2);
});
