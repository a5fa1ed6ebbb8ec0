// The files of a log: which there are, how their bytes are counted, and their bytes whatever their names are by now.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_FILES, PART_BYTES } from "../../../../../src/services/logs/reader/file-log.ts";
import { FD, LOG, running, stdoutOf, WEB } from "../../../../fakes/logs-world.ts";

const REF = stdoutOf(WEB);

function listed() {
  const world = running();
  const put = (path: string, text: string): void =>
    void world.files.disk.set(path, { bytes: Buffer.from(text) });
  const files = async () => {
    const found = await world.logs.files(REF);
    assert.ok(found.ok);
    return found.value;
  };
  const read = async (id: string, index: number, offset = 0, length = 100) => {
    const part = await world.logs.readPart(REF, { id, index, offset, length });
    return part.ok ? Buffer.from(part.value).toString() : part.error.name;
  };
  return { ...world, put, list: files, read };
}

test("the files of a log are listed with their backups, compressed ones too", async () => {
  const { put, list, pipes } = listed();
  pipes.feed(FD, "live");
  put(`${LOG}.1`, "one");
  put(`${LOG}.2.gz`, "two");
  // A compressor is at work.
  put(`${LOG}.3.gz`, "half");
  put(`${LOG}.3`, "three");
  put(`${LOG}.4.zst`, "four");
  put(`${LOG}.7`, "no backup");
  const { files } = await list();
  assert.deepEqual(
    files.map(({ index, size, compression }) => [index, size, compression]),
    [
      [0, 4, "none"],
      [1, 3, "none"],
      [2, 3, "gzip"],
      [3, 5, "none"],
      [4, 4, "zstd"],
    ],
  );
});

test("the count of a log outlives its writer, but not a change by others", async () => {
  const { list, pipes, logs, files } = listed();
  pipes.feed(FD, "a\n");
  pipes.end(FD);
  logs.detach(WEB);
  await logs.flush();
  const { count } = await list();
  assert.deepEqual([count?.written, count?.start], [2, 0]);
  files.disk.set(LOG, { bytes: Buffer.from("other\n") });
  assert.equal((await list()).count, null);
});

test("a log ends with the file that the daemon writes to, whatever has its name now", async () => {
  const { list, read, pipes, files, put, logs } = listed();
  pipes.feed(FD, "live");
  await list();
  await files.rename(LOG, `${LOG}.1`);
  put(LOG, "longer than the log");
  const replaced = await list();
  assert.deepEqual(
    replaced.files.map(({ index }) => index),
    [1],
  );
  assert.deepEqual([replaced.isRemoved, replaced.isOpen, replaced.path], [true, true, LOG]);
  assert.deepEqual([replaced.count?.written, replaced.count?.start], [4, 0]);
  assert.equal(await read(replaced.files[0]?.id ?? "", 1), "live");
  // What follows it is neither the other file nor what is before it.
  const seen: string[] = [];
  const follower = await logs.follow(
    REF,
    100,
    (bytes) => void seen.push(Buffer.from(bytes).toString()),
  );
  pipes.feed(FD, " more");
  await logs.flush();
  assert.deepEqual([seen.join(""), follower.ok && follower.value.mark?.offset], [" more", 4]);
  await files.unlink(`${LOG}.1`);
  const gone = await list();
  assert.deepEqual([gone.isRemoved, gone.count], [true, null]);
  logs.reopen(REF);
  assert.equal((await list()).isRemoved, false);
});

test("a log that others truncated is counted on, and is not called removed", async () => {
  const { list, pipes, files } = listed();
  pipes.feed(FD, "before");
  await list();
  const file = files.disk.get(LOG);
  assert.ok(file !== undefined);
  file.bytes = Buffer.from("");
  const { count, isRemoved } = await list();
  assert.deepEqual([count?.written, count?.start, count?.kept, isRemoved], [6, 6, 6, false]);
});

test("the log of a program that has exited is removed if it had output", async () => {
  const { list, pipes, logs, files } = listed();
  assert.equal((await list()).isRemoved, false);
  pipes.feed(FD, "a");
  pipes.end(FD);
  logs.detach(WEB);
  await logs.flush();
  await files.unlink(LOG);
  const { isRemoved, isOpen } = await list();
  assert.deepEqual([isRemoved, isOpen], [true, false]);
});

test("what is rotated while it is read keeps its bytes, and what is gone is a clear answer", async () => {
  const { list, pipes, read, files, put } = listed();
  pipes.feed(FD, "live");
  put(`${LOG}.1`, "one");
  const before = (await list()).files;
  const [live, one] = before;
  assert.ok(live !== undefined && one !== undefined);
  await files.rename(`${LOG}.1`, `${LOG}.2`);
  await files.rename(LOG, `${LOG}.1`);
  put(LOG, "new");
  assert.equal(await read(live.id, 0), "live");
  assert.equal(await read(live.id, 0, 2, 1), "v");
  assert.equal(await read(live.id, 0, 9), "");
  assert.equal(await read(one.id, 1), "one");
  await files.unlink(`${LOG}.2`);
  assert.equal(await read(one.id, 1), "NO_FILE");
  assert.equal(await read("no such", 0), "NO_FILE");
});

test("a log without a file has none, and reading is bounded", async () => {
  const { logs, put, list } = listed();
  const main = await logs.files({ kind: "main" });
  assert.ok(main.ok);
  for (let index = 1; index <= MOST_FILES + 10; index += 1) put(`${LOG}.${index}`, "x");
  assert.ok((await list()).files.length <= MOST_FILES + 1);
  let booked = 0;
  const part = { id: "none", index: 0, offset: 0, length: 2 ** 40 };
  await logs.readPart(REF, part, async (bytes) => {
    booked = bytes;
    return null;
  });
  assert.equal(booked, PART_BYTES);
  assert.deepEqual(await logs.files({ ...REF, channel: "stderr" }), {
    ok: true,
    value: {
      ...{ files: [], path: null, count: null, changed: null },
      ...{ isFormatted: false, isRemoved: false, isOpen: false },
    },
  });
});

test("a log that cannot be listed in time fails at once until it answers", async () => {
  const { logs, files, pipes, pauses } = listed();
  files.hold();
  pipes.feed(FD, "a");
  const first = logs.files(REF);
  await new Promise(setImmediate);
  pauses.end();
  const late = {
    ok: false,
    error: { name: "FAILED", detail: `${LOG}: its file system does not answer` },
  };
  assert.deepEqual(await first, late);
  assert.deepEqual(await logs.files(REF), late);
  assert.equal(pauses.present, 0);
  files.release();
  await logs.flush();
  await new Promise(setImmediate);
  assert.equal((await logs.files(REF)).ok, true);
});
