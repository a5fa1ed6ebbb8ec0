// The daemon's own log, over files and pipes in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../../../../src/core/logs/log-text.ts";
import { Printer } from "../../../../src/services/logs/activity-log.ts";
import { fakeWorld, MAIN_LOG } from "../../../fakes/logs-world.ts";
import { SECS, settled } from "./flush-rig.ts";

test("on the console each line appears once, also when the log file is the console (console-once)", async () => {
  for (const mainLog of [MAIN_LOG, "/dev/stdout"]) {
    const world = fakeWorld({ console: "plain", mainLog });
    world.logs.activity.log("INFO", "x");
    const flushed = world.logs.flush();
    for (let round = 0; round < 20; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      world.pipes.makeRoom(100);
    }
    await flushed;
    assert.equal(world.pipes.written.get(1), "2026-11-21 08:12:00,000 INFO x\n");
  }
});

test("the journal gets priorities, and no times (journal-lines)", async () => {
  const world = fakeWorld({ console: "journal" });
  world.logs.activity.log("INFO", "x");
  world.logs.activity.log("CRIT", linesOf("two\nlines"));
  world.logs.activity.log("WARN", "<0>y");
  const flushed = world.logs.flush();
  for (let round = 0; round < 20; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    world.pipes.makeRoom(100);
  }
  await flushed;
  assert.equal(world.pipes.written.get(1), "<6>x\n<2>two\n<2>    lines\n<4><0>y\n");
  assert.match(world.files.text(MAIN_LOG) ?? "", /^2026-11-21 08:12:00,000 INFO x\n/);
});

test("an activity log that cannot be opened is complained about once, and openMain says why", async () => {
  const world = fakeWorld();
  world.files.failures.set("open", "EACCES");
  const opened = await world.logs.openMain();
  assert.equal(opened.ok, false);
  for (let round = 0; round < 3; round += 1) world.logs.activity.log("INFO", "x");
  await world.logs.flush();
  assert.equal(world.complaints.length, 1);
});

test("an activity log that stands still loses lines and says how many", async () => {
  const { logs, files } = fakeWorld();
  await logs.openMain();
  files.hold();
  const line = "x".repeat(100_000);
  for (let round = 0; round < 20; round += 1) logs.activity.log("INFO", line);
  files.release();
  await logs.flush();
  logs.activity.log("INFO", "on");
  await logs.flush();
  assert.match(files.text(MAIN_LOG) ?? "", /WARN \d+ lines are missing here/);
  assert.match(files.text(MAIN_LOG) ?? "", /INFO on\n$/);
});

test("clearing the activity log leaves it empty; without a file it is a fault", async () => {
  const { logs, files } = fakeWorld();
  await logs.openMain();
  logs.activity.log("INFO", "x");
  assert.deepEqual(await logs.clear({ kind: "main" }), { ok: true, value: true });
  assert.equal(files.text(MAIN_LOG), "");
  files.disk.delete(MAIN_LOG);
  const again = await logs.clear({ kind: "main" });
  assert.deepEqual(!again.ok && again.error, { name: "NO_FILE", detail: null });
});

test("reopening writes its notice as the last line of the old file", async () => {
  const { logs, files } = fakeWorld();
  await logs.openMain();
  await files.rename(MAIN_LOG, "/log/old");
  logs.reopenAll();
  logs.activity.log("INFO", "new");
  await logs.flush();
  assert.match(files.text("/log/old") ?? "", /INFO supervisord logreopen\n$/);
  assert.match(files.text(MAIN_LOG) ?? "", /^[^\n]*INFO new\n$/);
});

// Lines on the daemon's stdout while nothing reads it.

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

// Warnings by the thousand: each is written, also where logs are written in batches, which warnings do not wait for.

for (const flushSecs of [0, SECS]) {
  test(`a thousand warnings of one turn are all written, with an interval of ${flushSecs} s`, async () => {
    const { logs, files } = fakeWorld({ flushSecs });
    await logs.openMain();
    for (let n = 0; n < 1000; n += 1) logs.activity.log("WARN", `stopped: ${n}`);
    await settled();
    const text = files.text(MAIN_LOG) ?? "";
    assert.equal(text.match(/stopped: /g)?.length, 1000);
    assert.doesNotMatch(text, /are missing here/);
    assert.ok(files.calls.filter((call) => /^write /.test(call)).length <= 2);
  });
}
