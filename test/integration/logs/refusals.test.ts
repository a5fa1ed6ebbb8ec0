// Errors of the kernel: each is reported and survived.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { diagnosePath } from "../../../src/host/files/describe-path.ts";
import { stdoutOf, WEB } from "../../fakes/logs-world.ts";
import { directory, FD, mount, start } from "./disk-rig.ts";

const isRoot = process.geteuid?.() === 0;
const needsRoot = { skip: isRoot ? false : "needs root, to mount file systems and change users" };
test("a missing directory is named with the owner of its parent, once", async () => {
  const path = join(directory(), "absent", "deeper", "web.log");
  const { pipes, activity, settle } = start(path);
  pipes.feed(FD, "lost");
  await settle();
  pipes.feed(FD, "lost");
  await settle();
  const lines = activity()
    .split("\n")
    .filter((line) => line.includes(" ERRO "));
  assert.equal(lines.length, 1);
  const missing = join(path, "..", "..");
  assert.ok(lines[0]?.includes(`ENOENT: '${missing}' does not exist`), lines[0]);
  assert.match(lines[0] ?? "", /mode 0755\); needed by uid \d+/);
});

test("a directory in place of the log, and a file in place of a directory, are distinguished", async () => {
  const home = directory();
  const first = start(home);
  await first.settle();
  assert.match(first.activity(), /EISDIR: '[^']+' is a directory/);
  fs.writeFileSync(join(home, "file"), "");
  const second = start(join(home, "file", "web.log"));
  await second.settle();
  assert.match(second.activity(), /ENOTDIR: '[^']+\/file' is not a directory/);
});

test("a FIFO without a reader drops output instead of blocking the daemon (log-fifo)", async () => {
  const path = join(directory(), "fifo");
  execFileSync("mkfifo", [path]);
  const { pipes, activity, settle } = start(path);
  pipes.feed(FD, "lost");
  await settle();
  assert.match(activity(), /ENXIO: no process reads from '/);
});

test("a full device is reported once and the program is read on (log-write-error)", async () => {
  const { pipes, activity, settle } = start("/dev/full", { maxBytes: 3, backups: 2 });
  for (let round = 0; round < 3; round += 1) {
    pipes.feed(FD, "lost");
    await settle();
  }
  assert.equal(
    activity().match(/cannot write log '\/dev\/full' of 'web' stdout: ENOSPC/g)?.length,
    1,
  );
  assert.equal(fs.existsSync("/dev/full.1"), false, "a device is never rotated");
});

test("clear leaves a device alone (log-devices)", async () => {
  const { logs } = start("/dev/null");
  assert.deepEqual(await logs.clear(stdoutOf(WEB)), { ok: true, value: true });
  assert.equal(fs.statSync("/dev/null").isCharacterDevice(), true);
});

test("a read-only file system is named as such", needsRoot, async () => {
  const source = directory();
  const place = mount(["--bind", source]);
  execFileSync("mount", ["-o", "remount,bind,ro", place]);
  const { activity, settle } = start(join(place, "web.log"));
  await settle();
  assert.match(activity(), /EROFS: '[^']+web\.log' is on a read-only file system/);
});

test("a diagnosis names the path that an unprivileged daemon cannot use", needsRoot, async () => {
  const closed = join(directory(), "closed");
  const plain = join(directory(), "plain");
  fs.mkdirSync(closed, { mode: 0o700 });
  fs.mkdirSync(plain, { mode: 0o755 });
  fs.writeFileSync(join(plain, "taken"), "", { mode: 0o644 });
  const nobody = 65534;
  process.seteuid?.(nobody);
  try {
    const locked = await diagnosePath(join(closed, "deep", "web.log"), "EACCES");
    assert.deepEqual(locked, {
      ...{ component: closed, problem: "not-searchable", uid: nobody },
      owner: { uid: 0, name: "root", mode: 0o700 },
    });
    const parent = await diagnosePath(join(plain, "web.log"), "EACCES");
    assert.deepEqual([parent.component, parent.problem], [plain, "not-writable"]);
    const taken = await diagnosePath(join(plain, "taken"), "EACCES");
    assert.deepEqual([taken.component, taken.problem], [join(plain, "taken"), "not-writable"]);
  } finally {
    process.seteuid?.(0);
  }
});
