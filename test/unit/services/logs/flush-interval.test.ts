// Output that waits in memory for the interval of its log: the times of writes, invisible to clients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { BATCH_BYTES, WAITING_LIMIT } from "../../../../src/services/logs/writer/log-writer.ts";
import {
  FD,
  fakeWorld,
  LOG,
  MAIN_LOG,
  processTo,
  stdoutOf,
  WEB,
} from "../../../fakes/logs-world.ts";
import { MS, running, SECS, settled } from "./flush-rig.ts";

function writes({ files }: Awaited<ReturnType<typeof running>>): readonly string[] {
  return files.calls.filter((call) => call.startsWith("write "));
}

test("output waits until the interval after its first byte is over, and goes out in one write (flush-interval-option)", async () => {
  const world = await running();
  const { pipes, clock, files } = world;
  pipes.feed(FD, "one\n");
  await settled();
  clock.advance(MS - 1);
  pipes.feed(FD, "two\n");
  await settled();
  assert.deepEqual([files.text(LOG), writes(world)], ["", []]);
  clock.advance(1);
  await settled();
  assert.deepEqual([files.text(LOG), writes(world)], ["one\ntwo\n", ["write 8"]]);
});

test("the clock is armed only while something waits", async () => {
  const { pipes, clock, logs } = await running();
  assert.equal(clock.alarmAt, null);
  pipes.feed(FD, "one\n");
  await settled();
  assert.equal(clock.alarmAt, clock.now().mono + MS);
  await logs.flush();
  assert.equal(clock.alarmAt, null);
  pipes.feed(FD, "two\n");
  await settled();
  clock.advance(MS);
  await settled();
  assert.equal(clock.alarmAt, null);
});

test("a jump of the wall clock by years does not change when queued output is written", async () => {
  const world = await running();
  for (const years of [10, -20]) {
    world.pipes.feed(FD, "line\n");
    await settled();
    world.clock.shiftWall(years * 31_557_600_000);
    world.clock.advance(MS - 1);
    await settled();
    const before = world.files.text(LOG);
    world.clock.advance(1);
    await settled();
    assert.equal(world.files.text(LOG), `${before}line\n`);
  }
});

test("enough output does not wait", async () => {
  const world = await running();
  for (let sent = 0; sent < BATCH_BYTES; sent += 4096) world.pipes.feed(FD, "x".repeat(4096));
  await settled();
  assert.equal(world.files.text(LOG)?.length, BATCH_BYTES);
  assert.equal(writes(world).length, 1);
});

test("many logs together hold no more than their bound", async () => {
  const { logs, pipes, files } = fakeWorld({ flushSecs: SECS });
  const chunk = "x".repeat(32 * 1024);
  const programs = (2 * WAITING_LIMIT) / (BATCH_BYTES / 2);
  let sent = 0;
  for (let n = 0; n < programs; n += 1) {
    const key = processKey("many", `p${n}`);
    logs.addProcess(processTo(`/log/${n}`, {}, key));
    logs.attach(key, 100 + n, { stdout: 1000 + n, stderr: null });
    await settled();
    for (let part = 0; part < 3; part += 1) pipes.feed(1000 + n, chunk);
    sent += 3 * chunk.length;
    await settled();
  }
  let written = 0;
  for (const path of files.disk.keys())
    if (path !== MAIN_LOG) written += files.text(path)?.length ?? 0;
  assert.ok(written > 0 && sent - written <= WAITING_LIMIT, `${sent} sent, ${written} written`);
});

test("logs that are nearly due are written together", async () => {
  const { logs, pipes, clock, files } = fakeWorld({ flushSecs: SECS });
  const keys = [1, 2, 3].map((n) => processKey("many", `p${n}`));
  for (const [n, key] of keys.entries()) {
    logs.addProcess(processTo(`/log/${n}`, {}, key));
    logs.attach(key, 100 + n, { stdout: 1000 + n, stderr: null });
  }
  await logs.flush();
  for (const [n, after] of [0, 5000, 2000].entries()) {
    clock.pass(after);
    pipes.feed(1000 + n, "line");
    await settled();
  }
  clock.advance(MS - 7000);
  await settled();
  assert.deepEqual(
    [0, 1, 2].map((n) => files.text(`/log/${n}`)),
    ["line", "line", ""],
  );
  clock.advance(7000);
  await settled();
  assert.equal(files.text("/log/2"), "line");
});

const FORCED: Readonly<Record<string, (world: Awaited<ReturnType<typeof running>>) => unknown>> = {
  "a read": ({ logs }) => logs.read(stdoutOf(WEB), 0, 0),
  "a tail": ({ logs }) => logs.tail(stdoutOf(WEB), 0, 10),
  "a reopen": ({ logs }) => logs.reopenAll(),
  "a follower": ({ logs }) => logs.follow(stdoutOf(WEB), 0, () => undefined),
  "the end of the process": ({ logs }) => logs.detach(WEB),
  "the end of one of two processes of a log": ({ logs }) => {
    const other = processKey("web", "other");
    logs.addProcess(processTo(LOG, { flushSecs: SECS }, other));
    logs.attach(other, 43, { stdout: 8, stderr: null });
    logs.detach(other);
  },
  "a flush": ({ logs }) => logs.flush(),
  "the end of the daemon": ({ logs }) => logs.close(AbortSignal.timeout(1000)),
  "an upgrade": ({ logs }) => {
    logs.upgrade.halt();
    return logs.upgrade.settle(AbortSignal.timeout(1000), AbortSignal.timeout(1000));
  },
};

for (const [what, force] of Object.entries(FORCED)) {
  test(`${what} has all that waits written first`, async () => {
    const world = await running();
    world.pipes.feed(FD, "waiting\n");
    await settled();
    assert.equal(world.files.text(LOG), "");
    await force(world);
    await settled();
    assert.equal(world.files.text(LOG), "waiting\n");
    assert.equal(world.clock.alarmAt, null);
  });
}

test("a follower gets each chunk at once, and afterwards output is queued again", async () => {
  const { logs, pipes, files } = await running();
  const seen: string[] = [];
  const follower = await logs.follow(stdoutOf(WEB), 0, (bytes) => {
    seen.push(Buffer.from(bytes).toString());
  });
  assert.ok(follower.ok);
  pipes.feed(FD, "one\n");
  await settled();
  pipes.feed(FD, "two\n");
  await settled();
  assert.deepEqual(seen, ["one\n", "two\n"]);
  follower.value.close();
  pipes.feed(FD, "three\n");
  await settled();
  assert.equal(files.text(LOG), "one\ntwo\n");
});

test("nothing is queued during an upgrade, and if it fails output is queued again", async () => {
  const { logs, files } = await running({}, { flushSecs: SECS });
  await logs.flush();
  logs.upgrade.halt();
  logs.activity.log("INFO", "said while handing over");
  await settled();
  assert.match(files.text(MAIN_LOG) ?? "", /said while handing over\n$/);
  assert.equal(logs.upgrade.isSettled, true);
  logs.upgrade.resume();
  logs.activity.log("INFO", "said afterwards");
  await settled();
  assert.doesNotMatch(files.text(MAIN_LOG) ?? "", /afterwards/);
  await logs.flush();
});

test("the activity log queues ordinary lines, and writes a warning at once with all lines before it", async () => {
  const { logs, files } = fakeWorld({ flushSecs: SECS });
  // Also while the log is about to be opened.
  logs.activity.log("WARN", "first");
  await settled();
  assert.match(files.text(MAIN_LOG) ?? "", /first\n$/);
  logs.activity.log("INFO", "second");
  await settled();
  assert.match(files.text(MAIN_LOG) ?? "", /first\n$/);
  for (const level of ["WARN", "ERRO", "CRIT"] as const) {
    logs.activity.log("INFO", `before ${level}`);
    logs.activity.log(level, `a ${level}`);
    await settled();
    assert.match(files.text(MAIN_LOG) ?? "", new RegExp(`before ${level}\n.*a ${level}\n$`));
  }
});

test("a program without an interval has the daemon's, and 0 disables it", async () => {
  for (const [own, daemons, waits] of [
    [null, SECS, true],
    [0, SECS, false],
    [SECS, 0, true],
    [null, 0, false],
    [-1, 0, false],
  ] as const) {
    const { pipes, files } = await running({ flushSecs: own }, { flushSecs: daemons });
    pipes.feed(FD, "line");
    await settled();
    assert.equal(files.text(LOG), waits ? "" : "line", `${own} and ${daemons}`);
  }
});

test("an unwritable log is tried and reported at the end of the interval", async () => {
  const { pipes, files, clock } = await running();
  files.failures.set("write", "ENOSPC");
  pipes.feed(FD, "lost\n");
  await settled();
  clock.advance(MS);
  await settled();
  files.failures.delete("write");
  pipes.feed(FD, "kept\n");
  await settled();
  clock.advance(MS);
  await settled();
  assert.equal(files.text(LOG), "kept\n");
  assert.match(
    files.text(MAIN_LOG) ?? "",
    /'\/log\/web' of 'web' stdout can be written again; 5 bytes were lost/,
  );
});
