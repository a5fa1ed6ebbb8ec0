// What a daemon left is removed, and what a living one has by now is not.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { posix } from "../../../src/host/posix.ts";
import { removeStale } from "../../../src/install/host/remove-stale.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

test("a socket goes only when nobody listens on it", (t) => {
  const path = join(scratchDirectory(t), "sock");
  const fd = posix().listenUnix(path, 0o700, 8);
  assert.ok(fd >= 0);
  const refused = removeStale(path);
  assert.match(refused.ok ? "" : refused.error, /sock stays: process \d+ listens on it by now/);
  assert.ok(existsSync(path));
  closeSync(fd);
  assert.ok(removeStale(path).ok);
  assert.ok(!existsSync(path));
  assert.ok(removeStale(path).ok, "twice does no harm");
});

test("a lock or pid file goes only when nobody holds it", (t) => {
  const path = join(scratchDirectory(t), "pid");
  writeFileSync(path, "1\n");
  const fd = openSync(path, "r+");
  assert.equal(posix().flock(fd), 0);
  const refused = removeStale(path);
  assert.match(refused.ok ? "" : refused.error, /pid stays: a daemon that lives holds it/);
  closeSync(fd);
  assert.ok(removeStale(path).ok);
  assert.ok(!existsSync(path));
});

test("what is no pid file stays, and what others lock in their way", async (t) => {
  const path = join(scratchDirectory(t), "Cargo.lock");
  writeFileSync(path, "# deps\n");
  const content = removeStale(path);
  assert.match(content.ok ? "" : content.error, /stays: it holds something else than a pid/);
  assert.ok(existsSync(path));
  writeFileSync(path, "");
  const code = `import fcntl, sys
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()`;
  const holder = spawn("python3", ["-c", code, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  const locked = removeStale(path);
  assert.match(locked.ok ? "" : locked.error, /stays: somebody has it locked/);
  holder.stdin.end();
  await once(holder, "exit");
  assert.ok(removeStale(path).ok);
  assert.ok(!existsSync(path));
});

test("of a link the link goes, not what it names", (t) => {
  const directory = scratchDirectory(t);
  writeFileSync(join(directory, "precious"), "x");
  symlinkSync("precious", join(directory, "link"));
  assert.ok(removeStale(join(directory, "link")).ok);
  assert.ok(existsSync(join(directory, "precious")));
});
