// Files of a dead daemon are removed, and those of a live one are not.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { posix } from "../../../src/host/posix.ts";
import { removeStale } from "../../../src/install/host/change-access.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

test("a socket is removed only if nothing listens on it", (t) => {
  const path = join(scratchDirectory(t), "sock");
  const fd = posix().listenUnix(path, 0o700, 8);
  assert.ok(fd >= 0);
  const refused = removeStale(path);
  assert.match(refused.ok ? "" : refused.error, /sock stays: process \d+ listens on it/);
  assert.ok(existsSync(path));
  closeSync(fd);
  assert.ok(removeStale(path).ok);
  assert.ok(!existsSync(path));
  assert.ok(removeStale(path).ok, "twice does no harm");
});

test("a lock or pid file is removed only if no process holds it", (t) => {
  const path = join(scratchDirectory(t), "pid");
  writeFileSync(path, "1\n");
  const fd = openSync(path, "r+");
  assert.equal(posix().flock(fd), 0);
  const refused = removeStale(path);
  assert.match(refused.ok ? "" : refused.error, /pid stays: a running daemon holds it/);
  closeSync(fd);
  assert.ok(removeStale(path).ok);
  assert.ok(!existsSync(path));
});

test("other files stay, and so do files that others have locked", async (t) => {
  const path = join(scratchDirectory(t), "Cargo.lock");
  writeFileSync(path, "# deps\n");
  const content = removeStale(path);
  assert.match(content.ok ? "" : content.error, /stays: it contains something other than a pid/);
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
  assert.match(locked.ok ? "" : locked.error, /stays: a process has locked it/);
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
