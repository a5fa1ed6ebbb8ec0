// Logs that tsv makes: their mode and owner, and the directories on the way, as root and in places that are not root's.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import type { LogMaking } from "../../../src/ports/log-files.ts";
import { stdoutOf, WEB } from "../../fakes/logs-world.ts";
import { directory, FD, start } from "./disk-rig.ts";

const NOBODY = 65534;
const isRoot = process.geteuid?.() === 0;
const skip = isRoot ? false : "needs root, who gives files to users";
const files = createLogFiles();
const PLAIN: LogMaking = { mode: null, owner: null, makesWay: true };

async function make(path: string, making: LogMaking) {
  const options = { isPrivate: false, isNew: false, truncate: false, making };
  const opened = await files.open(path, options);
  if (opened.ok) await files.close(opened.value.fd);
  return opened;
}

function factsOf(path: string): string {
  const { mode, uid, gid } = fs.lstatSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
}

test("a log that is made has its mode whatever the umask, also after a rotation and clear (log-modes)", async () => {
  const path = join(directory(), "web.log");
  const before = process.umask(0o077);
  try {
    const { pipes, logs, settle } = start(path, { mode: 0o664, maxBytes: 4, backups: 2 });
    pipes.feed(FD, "one\n");
    await settle();
    for (const each of [path, `${path}.1`]) {
      assert.equal(fs.statSync(each).mode & 0o777, 0o664, each);
    }
    await logs.clear(stdoutOf(WEB));
    assert.equal(fs.statSync(path).mode & 0o777, 0o664);
  } finally {
    process.umask(before);
  }
});

test("a file that exists keeps its mode and its owner", async () => {
  const path = join(directory(), "web.log");
  fs.writeFileSync(path, "", { mode: 0o600 });
  const opened = await make(path, { ...PLAIN, mode: 0o666, owner: { uid: NOBODY, gid: NOBODY } });
  assert.equal(opened.ok && opened.value.flaw, undefined);
  assert.match(factsOf(path), /^600 /);
});

test("root gives the log to its owner, and a group that is not given stays", { skip }, async () => {
  const at = directory();
  await make(join(at, "both"), { ...PLAIN, mode: 0o640, owner: { uid: NOBODY, gid: 4 } });
  await make(join(at, "user"), { ...PLAIN, owner: { uid: NOBODY, gid: -1 } });
  assert.equal(factsOf(join(at, "both")), `640 ${NOBODY}:4`);
  assert.match(factsOf(join(at, "user")), new RegExp(`^644 ${NOBODY}:0$`));
});

test("a compressed backup has mode, owner and time of its original", { skip }, async () => {
  const path = join(directory(), "web.log");
  const owner = { uid: NOBODY, gid: NOBODY, text: "nobody" };
  const { pipes, settle } = start(path, { mode: 0o640, owner, maxBytes: 4, compress: "gzip" });
  pipes.feed(FD, "one\n");
  await settle();
  const packed = `${path}.1.gz`;
  while (!fs.existsSync(packed) || fs.existsSync(`${path}.1`)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(factsOf(packed), `640 ${NOBODY}:${NOBODY}`);
});

test("missing directories are made, as the parent's owner (log-directories)", {
  skip,
}, async () => {
  const at = directory();
  const theirs = join(at, "home");
  fs.mkdirSync(theirs);
  fs.chownSync(theirs, NOBODY, 4);
  assert.equal((await make(join(at, "a/b/web.log"), PLAIN)).ok, true);
  assert.equal((await make(join(theirs, "a/b/web.log"), PLAIN)).ok, true);
  for (const each of ["a", "a/b"]) {
    assert.equal(factsOf(join(at, each)), "755 0:0");
    assert.equal(factsOf(join(theirs, each)), `755 ${NOBODY}:4`);
  }
});

test("without the key a missing directory stays missing", async () => {
  const path = join(directory(), "a/web.log");
  const opened = await make(path, { ...PLAIN, makesWay: false, mode: 0o640 });
  assert.deepEqual(opened, { ok: false, error: "ENOENT" });
  assert.equal(fs.existsSync(dirname(path)), false);
});

test("no directory is made behind a user's symlink, dangling or not", { skip }, async () => {
  const [theirs, roots] = [directory(), directory()];
  fs.chownSync(theirs, NOBODY, NOBODY);
  for (const [name, target] of [
    ["dangling", join(roots, "new")],
    ["whole", roots],
  ] as const) {
    fs.symlinkSync(target, join(theirs, name));
    fs.lchownSync(join(theirs, name), NOBODY, NOBODY);
    const opened = await make(join(theirs, name, "deep/web.log"), PLAIN);
    assert.deepEqual(opened, { ok: false, error: "ELOOP" }, name);
  }
  assert.deepEqual(fs.readdirSync(roots), []);
});

test("no directory is made where all users may rename it; a sticky one will do", {
  skip,
}, async () => {
  const at = directory();
  fs.chmodSync(at, 0o777);
  assert.deepEqual(await make(join(at, "a/web.log"), PLAIN), { ok: false, error: "EACCES" });
  assert.equal(fs.existsSync(join(at, "a")), false);
  fs.chmodSync(at, 0o1777);
  assert.equal((await make(join(at, "a/web.log"), PLAIN)).ok, true);
});

test("what is in the way of a directory is reported, and nothing else happens", async () => {
  const at = directory();
  fs.writeFileSync(join(at, "file"), "");
  const path = join(at, "file/web.log");
  const { pipes, activity, settle } = start(path, {}, true);
  pipes.feed(FD, "lost");
  await settle();
  assert.match(
    activity(),
    /cannot open log '.*file\/web\.log' of 'web' stdout: ENOTDIR: '.*file' is not a directory/,
  );
});

test("a directory that vanishes is made again when the log is opened again", async () => {
  const at = directory();
  const path = join(at, "gone/web.log");
  const { pipes, logs, settle } = start(path, {}, true);
  pipes.feed(FD, "one\n");
  await settle();
  fs.rmSync(dirname(path), { recursive: true });
  logs.reopenAll();
  pipes.feed(FD, "two\n");
  await settle();
  assert.equal(fs.readFileSync(path, "utf8"), "two\n");
});
