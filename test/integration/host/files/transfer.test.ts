// The native transfer from a pipe to a file: nothing is lost or closed, and every reason to stop is reported.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLogFiles } from "../../../../src/host/files/log-files.ts";
import { posix } from "../../../../src/host/posix.ts";
import type { Transfer } from "../../../../src/ports/log-files.ts";

const { transfer } = createLogFiles();

const base = fs.mkdtempSync(join(tmpdir(), "tsv-transfer-"));
after(() => fs.rmSync(base, { recursive: true }));
const MANY = 1 << 30;
const NOTHING = { taken: 0, moved: 0, lost: 0, errno: null, lines: null } as const;
let count = 0;

function pipe(): readonly [number, number] {
  const ends = posix().pipe();
  assert.ok(typeof ends !== "number");
  posix().setNonblocking(ends[0]);
  return ends;
}

function file(): { readonly fd: number; readonly path: string } {
  count += 1;
  const path = join(base, `f${count}`);
  return { fd: fs.openSync(path, "a"), path };
}

/** Turns until there is no more, all together: on a busy machine the time of one may be over at any moment. */
async function turns(pipe: number, fd: number): Promise<Transfer> {
  let taken = 0;
  for (;;) {
    const turn = await transfer({ pipe, fd, room: MANY, mode: "flood", position: 0, frame: null });
    taken += turn.taken;
    if (turn.rest !== "more") return { ...turn, taken, moved: taken };
  }
}

test("available output is moved, and a quiet pipe is released", async () => {
  const [read, write] = pipe();
  const { fd, path } = file();
  fs.writeSync(write, "hello");
  const first = await turns(read, fd);
  assert.deepEqual(first, { ...NOTHING, taken: 5, moved: 5, rest: "empty" });
  fs.writeSync(write, "!");
  fs.closeSync(write);
  const last = await turns(read, fd);
  assert.deepEqual(last, { ...NOTHING, taken: 1, moved: 1, rest: "end" });
  assert.equal(fs.readFileSync(path, "utf8"), "hello!");
  for (const open of [read, fd]) fs.closeSync(open);
});

test("a room is passed by less than a chunk, and the rest stays in the pipe", async () => {
  const [read, write] = pipe();
  const { fd, path } = file();
  fs.writeSync(write, Buffer.alloc(65_536, "x"));
  const moved = await transfer({
    pipe: read,
    fd,
    room: 10,
    mode: "flood",
    position: 0,
    frame: null,
  });
  assert.equal(moved.rest, "more");
  assert.ok(moved.moved >= 10 && moved.moved <= 128 * 1024);
  assert.equal(fs.statSync(path).size, moved.moved);
  for (const open of [read, write, fd]) fs.closeSync(open);
});

test("a turn of an endless flood is bounded", async () => {
  const [read, write] = pipe();
  const { fd } = file();
  const program = spawn("cat", ["/dev/zero"], { stdio: ["ignore", write, 2] });
  fs.closeSync(write);
  try {
    let rest = "empty";
    // A busy machine may let the program rest, and end a turn with an empty pipe.
    while (rest === "empty") {
      const turn = await transfer({
        pipe: read,
        fd,
        room: Infinity,
        mode: "flood",
        position: 0,
        frame: null,
      });
      assert.ok(turn.moved <= 16 * 1024 * 1024 + 128 * 1024);
      rest = turn.rest;
    }
    assert.equal(rest, "more");
  } finally {
    program.kill("SIGKILL");
    await once(program, "exit");
    for (const open of [read, fd]) fs.closeSync(open);
  }
});

test("unwritten output is counted, with the reason", async () => {
  const [read, write] = pipe();
  fs.writeSync(write, "12345");
  const full = fs.openSync("/dev/full", "a");
  const failed = await transfer({
    pipe: read,
    fd: full,
    room: MANY,
    mode: "last",
    position: 0,
    frame: null,
  });
  assert.deepEqual(failed, { ...NOTHING, taken: 5, lost: 5, errno: "ENOSPC", rest: "more" });
  for (const open of [read, write, full]) fs.closeSync(open);
});

test("descriptors that are wrong are answers too", async () => {
  const { fd } = file();
  const broken = await transfer({
    pipe: 9999,
    fd,
    room: MANY,
    mode: "flood",
    position: 0,
    frame: null,
  });
  assert.deepEqual(broken, { ...NOTHING, rest: "end" });
  fs.closeSync(fd);
});
