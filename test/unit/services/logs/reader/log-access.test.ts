// Reading, clearing and following logs, over files and pipes in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { READ_LIMIT } from "../../../../../src/services/logs/reader/file-log.ts";
import {
  FD,
  fakeWorld,
  LOG,
  processTo,
  running,
  stdoutOf,
  WEB,
} from "../../../../fakes/logs-world.ts";

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test("reading sees everything that was accepted before", async () => {
  const { logs, pipes } = running();
  pipes.feed(FD, "hello");
  const read = await logs.read(stdoutOf(WEB), -3, 0);
  assert.equal(read.ok && textOf(read.value), "llo");
  const tail = await logs.tail(stdoutOf(WEB), 0, 2);
  assert.ok(tail.ok);
  assert.deepEqual(
    [textOf(tail.value.bytes), tail.value.offset, tail.value.overflow],
    ["lo", 5, true],
  );
});

test("faults of reading are Supervisor's", async () => {
  const { logs } = running();
  const bad = await logs.read(stdoutOf(WEB), -1, 1);
  assert.deepEqual(!bad.ok && bad.error, { name: "BAD_ARGUMENTS", detail: null });
  const none = await logs.read({ kind: "channel", key: WEB, channel: "stderr" }, 0, 0);
  assert.deepEqual(!none.ok && none.error, { name: "NO_FILE", detail: null });
  const tail = await logs.tail({ kind: "channel", key: WEB, channel: "stderr" }, 5, 5);
  assert.ok(tail.ok);
  assert.deepEqual(
    [tail.value.bytes.length, tail.value.offset, tail.value.overflow],
    [0, 0, false],
  );
});

test("clear empties the log of a running and of a stopped process (clear-stopped), and leaves backups", async () => {
  const { logs, pipes, files } = running();
  files.disk.set(`${LOG}.1`, { bytes: Buffer.from("old") });
  pipes.feed(FD, "before");
  assert.deepEqual(await logs.clear(stdoutOf(WEB)), { ok: true, value: true });
  pipes.feed(FD, "after");
  await logs.flush();
  assert.equal(files.text(LOG), "after");
  logs.detach(WEB);
  await logs.flush();
  await logs.clear(stdoutOf(WEB));
  assert.equal(files.text(LOG), "");
  assert.equal(files.text(`${LOG}.1`), "old");
});

test("a clear that cannot unlink is a fault, and the log continues", async () => {
  const { logs, pipes, files } = running();
  await logs.flush();
  files.failures.set("unlink", "EPERM");
  const cleared = await logs.clear(stdoutOf(WEB));
  assert.deepEqual(!cleared.ok && cleared.error, { name: "FAILED", detail: `${LOG}: EPERM` });
  pipes.feed(FD, "on");
  await logs.flush();
  assert.equal(files.text(LOG), "on");
});

test("a follower gets the end of the log, then new output across rotation, clear, reopen and restart (logtail-survives)", async () => {
  const { logs, pipes } = running({ maxBytes: 10, backups: 1 });
  const seen: string[] = [];
  pipes.feed(FD, "0123456");
  const followed = await logs.follow(stdoutOf(WEB), 3, (bytes) => void seen.push(textOf(bytes)));
  assert.ok(followed.ok);
  pipes.feed(FD, "789a");
  await logs.flush();
  pipes.feed(FD, "b");
  await logs.clear(stdoutOf(WEB));
  logs.reopenAll();
  pipes.feed(FD, "c");
  logs.detach(WEB);
  await logs.flush();
  logs.attach(WEB, 43, { stdout: 9, stderr: null });
  pipes.feed(9, "d");
  await logs.flush();
  followed.value.close();
  pipes.feed(9, "e");
  await logs.flush();
  assert.equal(seen.join(""), "456789abcd");
});

test("following a log that is not there is a fault", async () => {
  const world = fakeWorld();
  world.logs.addProcess(processTo(LOG));
  const followed = await world.logs.follow(stdoutOf(WEB), 10, () => undefined);
  assert.deepEqual(!followed.ok && followed.error, { name: "NO_FILE", detail: LOG });
});

test("following the file of a log before it is made delivers all output, from a known position", async () => {
  const { logs, pipes } = fakeWorld();
  logs.addProcess(processTo(LOG));
  const ref = { ...stdoutOf(WEB), isStored: true };
  let seen = "";
  const followed = await logs.follow(ref, 10, (bytes) => {
    seen += textOf(bytes);
  });
  assert.ok(followed.ok);
  assert.equal(followed.value.mark?.offset, 0);
  logs.attach(WEB, 42, { stdout: FD, stderr: null });
  pipes.feed(FD, "the first line of many\n");
  await logs.flush();
  assert.equal(seen, "the first line of many\n");
  followed.value.close();
  const after = { ...followed.value.mark, offset: 10 };
  const again = await logs.follow(ref, 10, () => undefined, after);
  assert.ok(again.ok);
  assert.deepEqual([again.value.mark, again.value.missing], [after, 0]);
});

test("an answer that would be too large is a fault that says how to ask (log-read-limit)", async () => {
  const { logs, files } = running();
  await logs.flush();
  const size = READ_LIMIT + 1;
  files.disk.set(LOG, { bytes: Buffer.alloc(size) });
  const whole = await logs.read(stdoutOf(WEB), 0, 0);
  assert.deepEqual(!whole.ok && whole.error, {
    name: "FAILED",
    detail: `${LOG}: ${size} bytes requested, but one answer has at most ${READ_LIMIT}: request parts with offset and length, or the end with offset -${READ_LIMIT} and length 0`,
  });
  const part = await logs.read(stdoutOf(WEB), 1, 0);
  assert.equal(part.ok && part.value.length, READ_LIMIT);
  const end = await logs.read(stdoutOf(WEB), -10, 0);
  assert.equal(end.ok && end.value.length, 10);
});

test("the final write ends at the deadline and reports what was dropped (log-deadline)", async () => {
  const { logs, pipes, files, complaints } = running();
  await logs.flush();
  files.hold();
  pipes.feed(FD, "stuck");
  const deadline = new AbortController();
  const flushed = logs.flush(deadline.signal);
  deadline.abort();
  await flushed;
  assert.deepEqual(complaints, [
    `log '${LOG}' is too slow: 5 bytes of output were dropped, because the daemon exits now`,
  ]);
  files.release();
  await logs.flush(new AbortController().signal);
  assert.equal(files.text(LOG), "stuck");
  assert.equal(complaints.length, 1);
});
