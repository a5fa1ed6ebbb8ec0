// Errors of a log are reported, and retried if possible.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err } from "../../../../src/core/base/result.ts";
import { fakeWorld, MAIN_LOG, processTo, stdoutOf, WEB } from "../../../fakes/logs-world.ts";

const LOG = "/log/web";
const FD = 7;

function running(more: Parameters<typeof processTo>[1] = {}) {
  const world = fakeWorld();
  world.logs.addProcess(processTo(LOG, more));
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  return world;
}

test("a log that cannot be read is a fault with its path and the error (log-fault-reason)", async () => {
  const { logs, pipes, files } = running();
  pipes.feed(FD, "x");
  files.read = async () => err("EIO");
  const read = await logs.read(stdoutOf(WEB), 0, 0);
  assert.deepEqual(!read.ok && read.error, { name: "FAILED", detail: `${LOG}: EIO` });
});

test("after a failed rotation the log grows on, and is rotated when that works again (log-rotation-fails)", async () => {
  const { logs, pipes, files } = running({ maxBytes: 4, backups: 1 });
  await logs.openMain();
  files.failures.set("rename", "EACCES");
  pipes.feed(FD, "aaaa");
  await logs.flush();
  pipes.feed(FD, "bb");
  await logs.flush();
  assert.equal(files.text(LOG), "aaaabb");
  assert.equal(files.text(`${LOG}.1`), null);
  files.failures.delete("rename");
  pipes.feed(FD, "cc");
  await logs.flush();
  await logs.flush();
  assert.equal(files.text(`${LOG}.1`), "aaaabbcc");
  assert.equal(files.text(LOG), "");
  const reports = files.text(MAIN_LOG)?.match(/ERRO cannot rotate log '\/log\/web': EACCES/g);
  assert.equal(reports?.length, 1);
});

test("a log without a size limit is rotated only on request, also after a request that failed", async () => {
  const { logs, pipes, files } = running({ maxBytes: 0, backups: 1 });
  await logs.openMain();
  pipes.feed(FD, "a");
  await logs.flush();
  files.failures.set("rename", "EACCES");
  assert.equal((await logs.rotate(stdoutOf(WEB))).ok, false);
  for (const isFailing of [true, false]) {
    if (!isFailing) files.failures.delete("rename");
    for (let left = 3; left > 0; left -= 1) {
      pipes.feed(FD, "b");
      await logs.flush();
    }
  }
  assert.equal(files.text(LOG), "abbbbbb");
  assert.equal(files.text(`${LOG}.1`), null);
  assert.doesNotMatch(files.text(MAIN_LOG) ?? "", /ERRO/);
});

test("a run learns once per error that its standard output cannot be written, a daemon never", async () => {
  for (const isRun of [true, false]) {
    const world = fakeWorld({ isRun });
    const { logs, pipes, outputErrors } = world;
    const { stdout, ...others } = processTo("");
    logs.addProcess({ ...others, stdout: { ...stdout, logfile: { kind: "stdout" } } });
    logs.attach(WEB, 42, { stdout: FD, stderr: null });
    pipes.readerGone = true;
    pipes.watch = (fd, _interest, { writable }) => queueMicrotask(() => writable?.(fd));
    for (const text of ["a\n", "b\n"]) {
      pipes.feed(FD, text);
      await logs.flush();
    }
    assert.deepEqual(outputErrors, isRun ? ["EPIPE"] : []);
  }
});
