// Operations run on the thread of the file system that a path leads to, and only there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  closeFile,
  listNames,
  openForReading,
  readFile,
  statFile,
  statOpen,
  writeFile,
} from "../../../../src/host/files/file-calls.ts";
import {
  mountStalling,
  type StallingMount,
  withoutStallingMount,
} from "../../../rig/stalling-mount.ts";

const home = fs.mkdtempSync(join(tmpdir(), "tsv-lanes-"));
after(() => fs.rmSync(home, { recursive: true }));

/** The threads of file systems, by the device in their name. */
function lanes(): readonly string[] {
  return fs
    .readdirSync("/proc/self/task")
    .map((id) => fs.readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim())
    .filter((name) => name.startsWith("tsv "));
}

function deviceOf(path: string): string {
  const device = fs.statSync(path).dev;
  return `tsv ${Math.floor(device / 256) & 0xfff}:${device & 0xff}`;
}

test("a path is where it leads to through symlinks, whether it exists or not", async () => {
  fs.symlinkSync("/proc", join(home, "absolute"));
  fs.symlinkSync(`${"../".repeat(20)}proc/self`, join(home, "relative"));
  fs.symlinkSync("absolute", join(home, "twice"));
  fs.symlinkSync("loop", join(home, "loop"));
  const here = [join(home, "missing/below"), join(home, "loop/x"), `${home}/${"x".repeat(300)}`];
  for (const path of [home, ...here, "src"]) await statFile(path);
  assert.equal(lanes().includes(deviceOf("/proc")), false);
  for (const path of ["absolute", "twice/self/missing", "relative/status"]) {
    await statFile(join(home, path));
    assert.ok(lanes().includes(deviceOf("/proc")), path);
  }
});

test("operations on one file system run in order, each with its own answer", async () => {
  const path = join(home, "file");
  const fd = fs.openSync(path, "a+");
  const written = Array.from({ length: 100 }, (_, n) => writeFile(fd, [Buffer.from(`${n} `)]));
  const stats = statOpen(fd);
  const expected = Array.from({ length: 100 }, (_, n) => `${n} `).join("");
  assert.ok((await Promise.all(written)).every(({ ok }) => ok));
  assert.deepEqual(fs.readFileSync(path, "utf8"), expected);
  assert.equal((await stats).ok && fs.statSync(path).size, expected.length);
  const into = new Uint8Array(4);
  assert.deepEqual(await readFile(fd, into, 2), { ok: true, value: 4 });
  assert.equal(Buffer.from(into).toString(), "1 2 ");
  await closeFile(fd);
  assert.deepEqual(await readFile(fd, into, 0), { ok: false, error: "EBADF" });
  assert.deepEqual(await statFile(`${home}/a\0b`), { ok: false, error: "EINVAL" });
});

test("files of one turn are closed, in order, without another operation", async () => {
  const path = join(home, "closed");
  await statFile(home);
  const order: number[] = [];
  const fds = Array.from({ length: 100 }, () => fs.openSync(path, "a"));
  await Promise.all(fds.map((fd) => closeFile(fd).then(() => order.push(fd))));
  assert.deepEqual(order, fds);
  const one = fs.openSync(path, "a");
  const [, stats] = await Promise.all([closeFile(one), statOpen(one)]);
  assert.equal(stats.ok, false, "an operation after a close follows it");
});

test("the facts of a file are those of stat(2)", async () => {
  const path = join(home, "facts");
  fs.writeFileSync(path, "abc", { mode: 0o640 });
  const is = fs.statSync(path);
  const opened = await openForReading(path);
  assert.ok(opened.ok);
  await closeFile(opened.value.fd);
  const { fd: _fd, inode, birthtimeMs: _born, ...found } = opened.value;
  const { dev, ino, mode, size, uid, gid, nlink, blocks, atimeMs, mtimeMs } = is;
  assert.deepEqual(found, { dev, ino, mode, size, uid, gid, nlink, blocks, atimeMs, mtimeMs });
  assert.equal(inode[0] * 2 ** 32 + inode[1], ino);
});

test("names of a directory are listed, unless there are too many", async () => {
  const directory = join(home, "names");
  fs.mkdirSync(directory);
  const names = Array.from({ length: 500 }, (_, n) => `name-${n}-${"x".repeat(n % 50)}`);
  for (const name of names) fs.writeFileSync(join(directory, name), "");
  const listed = await listNames(directory, 500);
  assert.deepEqual(listed.ok && [...listed.value].sort(), [...names].sort());
  assert.deepEqual(await listNames(directory, 499), { ok: false, error: "E2BIG" });
  assert.deepEqual(await listNames(join(directory, "none"), 9), { ok: false, error: "ENOENT" });
});

const skip = withoutStallingMount();

/** Many times as long as an operation. */
async function whileOthersRun(): Promise<void> {
  for (let n = 0; n < 100; n += 1) assert.ok((await statFile(home)).ok);
}

async function isHeldUp(work: Promise<unknown>, mount: StallingMount): Promise<void> {
  let isOver = false;
  void work.then(() => {
    isOver = true;
  });
  await whileOthersRun();
  assert.equal(isOver, false);
  await mount.release();
  await work;
}

test("a file system that does not answer delays only what leads to it", { skip }, async (t) => {
  const mount = await mountStalling({ t });
  fs.symlinkSync(mount.path, join(home, "mounted"));
  await mount.stall();
  const held = [
    statFile(mount.path),
    statFile(join(mount.path, "file")),
    statFile(join(home, "mounted", "below/it")),
    listNames(mount.path, 10),
  ];
  await isHeldUp(Promise.race(held), mount);
  await Promise.all(held);
});

test("a mount that replaces another one delays only what leads to it", { skip }, async (t) => {
  const [point, other] = ["point", "other"].map((name) => join(home, name)) as [string, string];
  for (const path of [point, other]) {
    fs.mkdirSync(path);
    t.after(() => execFileSync("umount", ["-l", path]));
  }
  execFileSync("mount", ["-t", "tmpfs", "tsv-lanes", point]);
  execFileSync("mount", ["--bind", point, other]);
  fs.writeFileSync(join(point, "file"), "abc");
  for (const path of [point, other, point]) assert.ok((await statFile(join(path, "file"))).ok);
  execFileSync("umount", [point]);
  const mount = await mountStalling({ t });
  execFileSync("mount", ["--bind", mount.path, point]);
  await mount.stall();
  const held = [statFile(join(point, "file")), statFile(join(point, "missing/below"))];
  for (let n = 0; n < 10; n += 1) assert.ok((await statFile(join(other, "file"))).ok);
  await isHeldUp(Promise.race(held), mount);
  assert.deepEqual(await Promise.all(held), Array(2).fill({ ok: false, error: "ENOENT" }));
});

test("a mount that hangs holds up neither what replaces it nor what is mounted in it", {
  skip,
}, async (t) => {
  const mount = await mountStalling({ t });
  fs.mkdirSync(join(mount.backing, "inner"));
  const [inner, local] = [join(mount.path, "inner"), join(home, "local")];
  fs.mkdirSync(local);
  for (const directory of [local, mount.backing]) fs.writeFileSync(join(directory, "file"), "abc");
  execFileSync("mount", ["--bind", local, inner]);
  for (const path of [inner, mount.path]) assert.ok((await statFile(join(path, "file"))).ok);
  const point = join(home, "replaced");
  fs.mkdirSync(point);
  execFileSync("mount", ["--bind", mount.path, point]);
  await mount.stall();
  const held = [statFile(join(inner, "file")), statFile(join(mount.path, "file"))];
  assert.ok((await statFile(join(local, "file"))).ok);
  // As an administrator replaces a server that has died.
  held.push(statFile(join(point, "file")));
  await whileOthersRun(); // it has come to the mount by then
  execFileSync("umount", ["-l", point]);
  execFileSync("mount", ["-t", "tmpfs", "tsv-lanes", point]);
  fs.writeFileSync(join(point, "file"), "abc");
  assert.ok((await statFile(join(point, "file"))).ok);
  await isHeldUp(Promise.race(held), mount);
  await Promise.all(held);
  for (const path of [point, inner]) execFileSync("umount", ["-l", path]);
});

test("too many operations on a file system that does not answer are refused", {
  skip,
}, async (t) => {
  const mount = await mountStalling({ t });
  await mount.stall();
  const all = Array.from({ length: 20_100 }, () => statFile(mount.path));
  const refused = await Promise.race(all);
  assert.deepEqual(refused, { ok: false, error: "EBUSY" });
  await mount.release();
  const answers = await Promise.all(all);
  assert.ok(answers.filter(({ ok }) => ok).length >= 20_000);
});
