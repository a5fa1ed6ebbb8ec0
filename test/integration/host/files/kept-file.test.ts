// A file that is replaced as a whole: what is not the daemon's stays as it is, and a kill or an error leaves the old or the new.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createKeptFile } from "../../../../src/host/files/kept-file.ts";
import { mountStalling, withoutStallingMount } from "../../../rig/stalling-mount.ts";

const MAIN = fileURLToPath(new URL("../../../rig/kept-file-main.js", import.meta.url));
const SIZES = { head: 4, each: 3 };

function place(t: TestContext): string {
  const directory = fs.mkdtempSync("/tmp/tsv-kept-");
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const bytes = (text: string) => [Buffer.from(text)];
const replace = (path: string, text: string, isOurs = () => true) =>
  createKeptFile(path).replace(bytes(text), 4, isOurs);

async function piecesOf(path: string) {
  const pieces: string[] = [];
  const problem = await createKeptFile(path).read(SIZES, (piece) => {
    pieces.push(Buffer.from(piece).toString());
    return true;
  });
  return { pieces, problem };
}

test("a file is made with its directories, for its user alone, and read in pieces", async (t) => {
  const path = join(place(t), "a/b/file");
  assert.deepEqual(await piecesOf(path), { pieces: [""], problem: null });
  assert.equal(await replace(path, "headonetwoth"), null);
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(await piecesOf(path), { pieces: ["head", "one", "two", "th"], problem: null });
  assert.equal(await replace(path, "other"), null);
  assert.equal(fs.readFileSync(path, "utf8"), "other");
  assert.deepEqual(fs.readdirSync(join(path, "..")), ["file"]);
});

test("a file of others stays, and nothing is written through a link", async (t) => {
  const directory = place(t);
  const path = join(directory, "file");
  fs.writeFileSync(join(directory, "target"), "theirs");
  fs.writeFileSync(path, "theirs");
  assert.match((await replace(path, "ours", () => false)) ?? "", /no file of tsv: move it away$/);
  fs.chmodSync(path, 0o622);
  assert.match((await replace(path, "ours")) ?? "", /another user can change .*chmod go-w/);
  assert.match((await piecesOf(path)).problem ?? "", /another user can change/);
  fs.rmSync(path);
  fs.linkSync(join(directory, "target"), path);
  assert.match((await replace(path, "ours")) ?? "", /hard link/);
  fs.rmSync(path);
  fs.symlinkSync("target", path);
  assert.match((await replace(path, "ours")) ?? "", /is a symlink: remove it$/);
  assert.match((await piecesOf(path)).problem ?? "", /is a symlink/);
  fs.rmSync(path);
  // What a power cut would leave has this name; a symlink of that name is not.
  fs.symlinkSync("target", `${path}.new`);
  assert.match((await replace(path, "ours")) ?? "", /cannot be written/);
  fs.rmSync(`${path}.new`);
  fs.mkdirSync(path);
  assert.match((await replace(path, "ours")) ?? "", /is not a plain file|illegal operation/);
  assert.equal(fs.readFileSync(join(directory, "target"), "utf8"), "theirs");
});

test("a directory that other users can change is refused", async (t) => {
  const directory = place(t);
  fs.chmodSync(directory, 0o777);
  assert.match((await replace(join(directory, "file"), "ours")) ?? "", /chmod go-w/);
  fs.writeFileSync(join(directory, "plain"), "");
  assert.match((await replace(join(directory, "plain/file"), "ours")) ?? "", /plain/);
  assert.deepEqual(fs.readdirSync(directory), ["plain"]);
});

test("an error leaves the file as it was", { skip: withoutStallingMount() }, async (t) => {
  for (const [operation, errno] of [
    ["create", "EROFS"],
    ["write", "ENOSPC"],
    ["fsync", "EIO"],
    ["rename", "EIO"],
  ] as const) {
    const mount = await mountStalling({ t });
    fs.chmodSync(mount.backing, 0o755);
    const path = join(mount.path, "file");
    assert.equal(await replace(path, "before"), null);
    await mount.fail(operation, errno);
    assert.match((await replace(path, "after")) ?? "", /cannot be written/, operation);
    await mount.release();
    assert.equal(fs.readFileSync(path, "utf8"), "before", operation);
    assert.deepEqual(fs.readdirSync(mount.path), ["file"], operation);
    assert.equal(await replace(path, "again"), null, operation);
    assert.equal(fs.readFileSync(path, "utf8"), "again", operation);
    await mount.unmount();
  }
});

test("a file system that does not answer holds nothing else", {
  skip: withoutStallingMount(),
}, async (t) => {
  const mount = await mountStalling({ t });
  fs.chmodSync(mount.backing, 0o755);
  await mount.stall("create");
  const stalled = replace(join(mount.path, "file"), "text");
  await mount.stalled("create");
  assert.equal(await replace(join(place(t), "file"), "text"), null);
  await mount.release();
  assert.equal(await stalled, null);
});

/** Those that change something, and the last before the file is renamed. */
const CALLS = ["unlink,unlinkat", "fchmod", "write,writev", "fsync", "rename,renameat,renameat2"];

test("a kill at any system call leaves the old file or the new one, and the next write works", {
  skip: !fs.existsSync("/usr/bin/strace") && "strace missing: it kills at a system call",
}, async (t) => {
  const path = join(place(t), "file");
  let kills = 0;
  for (const calls of CALLS) {
    for (let when = 1; ; when += 1) {
      assert.equal(await replace(path, "old"), null);
      const inject = `inject=${calls}:signal=KILL:when=${when}`;
      const args = ["-f", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject];
      const { status } = spawnSync("strace", [...args, process.execPath, MAIN, path, "new"]);
      const left = fs.readFileSync(path, "utf8");
      assert.ok(left === "new" || left === "old", `${calls} ${when}: ${left}`);
      if (status === 0) break;
      kills += 1;
    }
  }
  assert.ok(kills >= CALLS.length, `${kills}`);
  assert.equal(await replace(path, "last"), null);
  assert.deepEqual(fs.readdirSync(join(path, "..")), ["file"]);
});
