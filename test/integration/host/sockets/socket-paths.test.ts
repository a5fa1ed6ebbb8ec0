// Claiming socket paths: whatever else is in the way, at the path or on it, gets one clear error.

import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Spawned } from "../../../../src/ports/spawner.ts";
import { death, needsRoot, readAll, scratchDirectory, spawner, spec } from "../processes/rig.ts";
import { CLAIM_CHILD, claimed, nobody, otherHolder, refused } from "./rig.ts";

test("a directory, a regular file and a symlink are named and kept (socket-not-stale)", (t) => {
  const directory = scratchDirectory(t);
  const cases = [
    ["directory", (path: string) => mkdirSync(path), "a directory"],
    ["file", (path: string) => writeFileSync(path, "precious"), "a plain file"],
    ["link", (path: string) => symlinkSync("/nowhere", path), "a symbolic link"],
  ] as const;
  for (const [name, make, kind] of cases) {
    const path = join(directory, name);
    make(path);
    const problem = refused(path);
    assert.equal(problem.errno, "EEXIST");
    assert.match(
      problem.summary,
      /^Cannot open an HTTP server: socket.error reported errno.EEXIST/,
    );
    assert.ok(problem.detail.includes(`${path} is ${kind}`), problem.detail);
    assert.ok(lstatSync(path));
    assert.equal(existsSync(`${path}.lock`), false);
  }
});

test("a path that is too long, and one in a missing directory, say so", (t) => {
  const directory = scratchDirectory(t);
  const long = refused(join(directory, "x".repeat(120)));
  assert.equal(
    long.summary,
    "Cannot open an HTTP server: socket.error reported AF_UNIX path too long",
  );
  assert.match(long.detail, /at most 107/);
  const missing = refused(join(directory, "not/there/sock"));
  assert.equal(
    missing.summary,
    "Cannot open an HTTP server: socket.error reported errno.ENOENT (2)",
  );
  const [needed, first] = [join(directory, "not/there"), join(directory, "not")];
  assert.ok(
    missing.detail.includes(`${needed} does not exist (nor does ${first})`),
    missing.detail,
  );
});

test("the longest path there can be works", (t) => {
  const directory = scratchDirectory(t);
  const path = join(directory, "x".repeat(107 - Buffer.byteLength(directory) - 1));
  const socket = claimed(path);
  socket.release();
  closeSync(socket.fd);
});

test("another user reads the owner of a stale file and what to do", {
  skip: needsRoot,
}, async (t) => {
  const { path, holder } = await stickyLeftover(t);
  spawner.kill(holder.pid, 9, "process");
  await death(holder.pid);
  const other = { uid: 33, gid: 33, groups: [33] };
  const started = spawner.spawn(
    spec([process.execPath, CLAIM_CHILD, path], { user: other, redirectStderr: true }),
  );
  assert.ok(started.ok);
  const text = await readAll(started.value.stdout);
  await death(started.value.pid);
  assert.match(text, /errno\.(EACCES|EPERM)/);
  assert.match(text, /nobody \(65534\), mode 0[67]00/);
  assert.match(text, /Remove it as its owner or root/);
  assert.ok(existsSync(path));
});

test("a directory without write permission is named with its owner", {
  skip: needsRoot,
}, async (t) => {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o755);
  const argv = [process.execPath, CLAIM_CHILD, join(directory, "sock")];
  const started = spawner.spawn(spec(argv, { user: nobody, redirectStderr: true }));
  assert.ok(started.ok);
  const text = await readAll(started.value.stdout);
  await death(started.value.pid);
  assert.match(text, /errno.EACCES \(13\)/);
  assert.ok(text.includes(`in ${directory}, owned by root (0), mode 0755`), text);
});

test("a lock file that is a link or has another name is not written to", (t) => {
  const directory = scratchDirectory(t);
  const precious = join(directory, "precious");
  writeFileSync(precious, "precious");
  const path = join(directory, "sock");
  symlinkSync(precious, `${path}.lock`);
  assert.match(refused(path).detail, /symbolic link/);
  assert.equal(readFileSync(precious, "utf8"), "precious");
});

async function stickyLeftover(t: TestContext): Promise<{ path: string; holder: Spawned }> {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o1777);
  const path = join(directory, "sock");
  return { path, holder: await otherHolder(t, path, nobody) };
}
