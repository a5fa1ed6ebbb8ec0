// Programs' output on its way into log files, over files and pipes in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { err } from "../../../../src/core/base/result.ts";
import { RETRY_MS } from "../../../../src/services/logs/writer/log-file.ts";
import { PENDING_LIMIT } from "../../../../src/services/logs/writer/write-queue.ts";
import {
  FD,
  fakeWorld,
  LOG,
  MAIN_LOG,
  processTo,
  running,
  stdoutOf,
  WEB,
} from "../../../fakes/logs-world.ts";
import { fc } from "../../../property.ts";

test("output goes to the log in order and the log is closed after the process", async () => {
  const { logs, pipes, files } = running();
  pipes.feed(FD, "one\n");
  pipes.feed(FD, "two\n");
  logs.detach(WEB);
  await logs.flush();
  assert.equal(files.text(LOG), "one\ntwo\n");
  assert.equal(pipes.isClosed(FD), true);
  assert.equal(files.opened.size, 1, "only the activity log stays open");
});

test("the output of all runs of a process is counted", async () => {
  const { logs, pipes } = running();
  pipes.feed(FD, "one\n");
  logs.detach(WEB);
  logs.attach(WEB, 43, { stdout: FD + 1, stderr: null });
  pipes.feed(FD + 1, "three\n");
  assert.equal(logs.received(WEB, "stdout"), 10);
  assert.equal(logs.received(WEB, "stderr"), null);
});

test("the end does not wait for ever until a log is closed", async () => {
  const { logs, files } = running();
  await logs.flush();
  const deadline = new AbortController();
  files.close = () => {
    deadline.abort();
    return new Promise(() => {});
  };
  await logs.close(deadline.signal);
  assert.ok(deadline.signal.aborted);
});

test("chunks of one turn go out in one write", async () => {
  const { logs, pipes, files } = running();
  await logs.flush();
  pipes.feed(FD, "a");
  pipes.feed(FD, "b");
  await logs.flush();
  assert.equal(files.calls.filter((call) => call === "write 2").length, 1);
});

test("any chunks fill the files as if each were written alone", async () => {
  const chunks = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 });
  const settings = fc.record({ maxBytes: fc.integer({ min: 1, max: 40 }), backups: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(
      chunks,
      settings,
      fc.integer({ min: 1, max: 50 }),
      async (sizes, config, limit) => {
        const { logs, pipes, files, clock } = running(config);
        files.writeLimit = limit;
        const model = new Map<string, string>([[LOG, ""]]);
        for (const [index, size] of sizes.entries()) {
          const chunk = String.fromCharCode(97 + (index % 26)).repeat(size);
          pipes.feed(FD, chunk);
          // Not a flood, of which many chunks are written at once.
          clock.advance(1);
          if (index % 7 === 3) await logs.flush();
          modelWrite(model, chunk, config);
        }
        await logs.flush();
        for (let n = 0; n <= config.backups + 1; n += 1) {
          const path = n === 0 ? LOG : `${LOG}.${n}`;
          assert.equal(files.text(path), model.get(path) ?? null, path);
        }
      },
    ),
    { numRuns: 200 },
  );
});

function modelWrite(
  disk: Map<string, string>,
  chunk: string,
  { maxBytes, backups }: { maxBytes: number; backups: number },
): void {
  disk.set(LOG, (disk.get(LOG) ?? "") + chunk);
  if ((disk.get(LOG) ?? "").length < maxBytes) return;
  for (let n = backups; n >= 1; n -= 1) {
    const from = disk.get(n === 1 ? LOG : `${LOG}.${n - 1}`);
    if (from !== undefined) disk.set(`${LOG}.${n}`, from);
  }
  disk.set(LOG, "");
}

test("output after ten seconds opens the log again, and the lost bytes are reported", async () => {
  const world = fakeWorld();
  await world.logs.openMain();
  world.files.failures.set("open", "EACCES");
  world.logs.addProcess(processTo(LOG));
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "lost!");
  await world.logs.flush();
  world.files.failures.delete("open");
  world.clock.pass(RETRY_MS - 1);
  world.pipes.feed(FD, "gone");
  await world.logs.flush();
  assert.equal(world.files.text(LOG), null);
  world.clock.pass(1);
  world.pipes.feed(FD, "kept");
  await world.logs.flush();
  await world.logs.flush();
  assert.equal(world.files.text(LOG), "kept");
  const activity = world.files.text(MAIN_LOG) ?? "";
  assert.equal(
    activity.match(/ERRO cannot open log '\/log\/web' of 'web' stdout: EACCES/g)?.length,
    1,
  );
  assert.match(
    activity,
    /INFO log '\/log\/web' of 'web' stdout can be written again; 9 bytes were lost/,
  );
});

test("a full disk is reported once, then its end with the number of bytes lost", async () => {
  const { logs, pipes, files } = running();
  await logs.openMain();
  await logs.flush();
  files.failures.set("write", "ENOSPC");
  for (const chunk of ["12345", "678", "90"]) {
    pipes.feed(FD, chunk);
    await logs.flush();
  }
  files.failures.delete("write");
  pipes.feed(FD, "kept");
  await logs.flush();
  await logs.flush();
  assert.equal(files.text(LOG), "kept");
  assert.match(files.text(MAIN_LOG) ?? "", /can be written again; 10 bytes were lost/);
  assert.equal(logs.dropped(WEB).log, 10);
});

test("a stalled writer pauses its program within the memory limit, and another continues", async () => {
  const { logs, pipes, files } = running();
  await logs.flush();
  files.hold();
  const before = 4 * PENDING_LIMIT;
  pipes.feed(FD, Buffer.alloc(before, "x"));
  assert.ok(before - pipes.pendingIn(FD) <= PENDING_LIMIT + 64 * 1024);
  assert.equal(pipes.watched.has(FD), false, "the pipe is not watched while the log is full");
  files.release();
  await logs.flush();
  pipes.announce(FD);
  while (pipes.pendingIn(FD) > 0) {
    await logs.flush();
    pipes.announce(FD);
  }
  await logs.flush();
  assert.equal(files.text(LOG)?.length, before);
});

test("at the end of a paused program the rest of its pipe is read", async () => {
  const { logs, pipes, files } = running();
  await logs.flush();
  files.hold();
  pipes.feed(FD, Buffer.alloc(PENDING_LIMIT + 70_000, "x"));
  logs.detach(WEB);
  files.release();
  await logs.flush();
  assert.equal(files.text(LOG)?.length, PENDING_LIMIT + 70_000);
});

test("what dying programs leave for a log that takes nothing is bounded, counted and reported", async () => {
  const { logs, pipes, files } = running();
  await logs.openMain();
  await logs.flush();
  files.hold();
  const each = 60_000;
  for (let run = 0; run < 200; run += 1) {
    const fd = 100 + run;
    logs.attach(WEB, 1000 + run, { stdout: fd, stderr: null });
    pipes.feed(fd, Buffer.alloc(each, "x"));
    logs.detach(WEB);
    assert.equal(pipes.isClosed(fd), true);
  }
  files.release();
  await logs.flush();
  await logs.flush();
  const kept = files.text(LOG)?.length ?? 0;
  assert.ok(kept >= 1 << 20 && kept <= (4 << 20) + each, `${kept} bytes waited`);
  const told = files.text(MAIN_LOG) ?? "";
  assert.equal(
    told.match(/is too slow: output of programs that have exited is dropped/g)?.length,
    1,
  );
  assert.match(told, new RegExp(`has caught up; ${200 * each - kept} bytes were dropped`));
  assert.equal(logs.dropped(WEB).log, 200 * each - kept);
});

test("output that grows a hundredfold waits in its pipe when many logs take nothing", async () => {
  const { logs, pipes, files } = fakeWorld();
  await logs.openMain();
  const count = 200;
  const lines = 8192;
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  for (const [index, name] of names.entries()) {
    const key = processKey(name, name);
    const format = { format: "json", time: null, limit: null } as const;
    logs.addProcess({ ...processTo(`/log/${name}`, {}, key), lines: format });
    logs.attach(key, 1 + index, { stdout: 1000 + index, stderr: null });
  }
  await logs.flush();
  files.hold();
  for (const index of names.keys()) pipes.feed(1000 + index, "\n".repeat(lines));
  files.release();
  const isLeft = (): boolean => names.some((_, index) => pipes.pendingIn(1000 + index) > 0);
  assert.ok(isLeft(), "some of it waits");
  while (isLeft()) {
    await logs.flush();
    for (const index of names.keys()) pipes.announce(1000 + index);
  }
  await logs.flush();
  assert.doesNotMatch(files.text(MAIN_LOG) ?? "", /too slow/);
  for (const name of names) assert.equal(files.text(`/log/${name}`)?.split("\n").length, lines + 1);
});

test("a pipe that a grandchild holds open is drained and closed when the process is gone", () => {
  const { logs, pipes } = running();
  pipes.feed(FD, "x");
  logs.detach(WEB);
  assert.equal(pipes.isClosed(FD), true);
  assert.equal(pipes.watched.size, 0);
});

test("processes that share a path share one writer and one rotation (log-shared)", async () => {
  const world = fakeWorld();
  const other = processKey("web", "b");
  world.logs.addProcess(processTo(LOG, { maxBytes: 8, backups: 1 }));
  world.logs.addProcess(processTo(LOG, { maxBytes: 8, backups: 1 }, other));
  world.logs.attach(WEB, 1, { stdout: 7, stderr: null });
  world.logs.attach(other, 2, { stdout: 8, stderr: null });
  world.pipes.feed(7, "aaaa");
  world.pipes.feed(8, "bbbb");
  world.pipes.feed(7, "cccc");
  await world.logs.flush();
  assert.equal(world.files.text(`${LOG}.1`), "aaaabbbb");
  assert.equal(world.files.text(LOG), "cccc");
  assert.equal(world.files.calls.filter((call) => call === `open ${LOG}`).length, 2);
});

test("a log emptied by another process is not rotated too early", async () => {
  const { logs, pipes, files } = running({ maxBytes: 10, backups: 1 });
  pipes.feed(FD, "123456");
  await logs.flush();
  const file = files.disk.get(LOG);
  assert.ok(file);
  file.bytes = Buffer.alloc(0);
  pipes.feed(FD, "78901");
  await logs.flush();
  assert.equal(files.text(`${LOG}.1`), null);
  assert.equal(files.text(LOG), "78901");
});

// Errors are reported, and retried if possible.

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
