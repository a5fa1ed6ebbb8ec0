// An open file as the kernel's table of locks names it, on each writable file system of this machine.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { locksOn } from "../../../../src/core/base/file-locks.ts";
import { lockedFile, lockTable } from "../../../../src/host/files/locked-file.ts";
import { posix } from "../../../../src/host/posix.ts";

const LOCK = `import fcntl, sys
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()`;

for (const parent of [tmpdir(), "/dev/shm", process.cwd()]) {
  const skip = existsSync(parent) ? false : `${parent} does not exist`;
  test(`locks of a process and of this one are found on ${parent}`, { skip }, async (t) => {
    const place = mkdtempSync(join(parent, "tsv-lock-"));
    t.after(() => rmSync(place, { recursive: true, force: true }));
    const paths = ["a", "b"].map((name) => join(place, name));
    for (const path of paths) writeFileSync(path, "");
    const [locked = -1, free = -1] = paths.map((path) => openSync(path, "r+"));
    t.after(() => [locked, free].forEach(closeSync));
    const child = spawn("python3", ["-c", LOCK, paths[0] ?? ""], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const kindsOf = (fd: number) =>
      locksOn(lockTable() ?? "", lockedFile(fd)).map(({ kind, pid }) => [kind, pid]);
    assert.deepEqual(kindsOf(locked), [["POSIX", child.pid]]);
    assert.deepEqual(kindsOf(free), []);
    child.stdin.end();
    await once(child, "exit");
    assert.equal(posix().flock(locked), 0);
    assert.deepEqual(kindsOf(locked), [["FLOCK", process.pid]]);
  });
}
