// An open file as the kernel's table of locks names it, on each writable file system of this machine.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { locksOn } from "../../../../src/core/base/procfs.ts";
import {
  claimLock,
  clearForeignLog,
  lockedFile,
  lockTable,
} from "../../../../src/host/files/locks.ts";
import { claimPidfile, type Pidfile } from "../../../../src/host/files/pidfile.ts";
import { posix } from "../../../../src/host/posix.ts";
import { claimUnixSocket } from "../../../../src/host/sockets/sockets.ts";
import {
  asPython,
  asStranger,
  holdLock,
  LURES,
  NOBODY,
  withoutStranger,
} from "../../../rig/stranger.ts";
import { scratchDirectory } from "../processes/rig.ts";

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

// What other users can do with the places of locks, pid files, sockets and logs: nothing that keeps a daemon of root's from
// having them. (pidfile-lock), (strangers-cleared)

const skip = { skip: withoutStranger };

/** A directory like /tmp. */
function shared(t: TestContext): string {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o1777);
  return directory;
}

function open(t: TestContext): string {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o755);
  return directory;
}

function claimed(path: string): Pidfile {
  const result = claimPidfile(path, 4711);
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(readFileSync(path, "utf8"), "4711\n");
  for (const [file, mode] of [
    [path, 0o644],
    [`${path}.lock`, 0o600],
  ] as const) {
    const stats = lstatSync(file);
    assert.deepEqual([stats.isFile(), stats.uid, stats.mode & 0o777], [true, 0, mode], file);
  }
  return result.value;
}

test(
  "a reader's lock on the pid file of a killed daemon does not prevent a start",
  skip,
  async (t) => {
    const path = join(open(t), "pid");
    writeFileSync(path, "4194303\n", { mode: 0o644 });
    await holdLock(t, path);
    const first = claimed(path);
    const second = claimPidfile(path, 1);
    assert.deepEqual(!second.ok && second.error, { kind: "held", pid: 4711 });
    first.release();
    assert.equal(existsSync(path) || existsSync(`${path}.lock`), false);
  },
);

test(
  "while the daemon runs, no other user can open its lock, and a reader's lock has no effect",
  skip,
  async (t) => {
    const path = join(open(t), "pid");
    const ours = claimed(path);
    await assert.rejects(holdLock(t, `${path}.lock`), /said null; [\s\S]*PermissionError/);
    closeSync(ours.fd);
    await holdLock(t, path);
    const second = claimPidfile(path, 1);
    assert.deepEqual(!second.ok && second.error, { kind: "held", pid: 4711 });
  },
);

for (const [what, script] of Object.entries(LURES)) {
  for (const place of ["pid", "pid.lock"]) {
    test(`${what} that another user made as ${place} is moved away`, skip, async (t) => {
      const directory = shared(t);
      const path = join(directory, place);
      await asStranger(t, `P=${path}; ${script}; echo ready; exec sleep 1000`);
      assert.equal(lstatSync(path).uid, NOBODY);
      const ours = claimed(join(directory, "pid"));
      assert.match(ours.cleared.join("\n"), new RegExp(`^${path} was .*nobody`));
      ours.release();
      const left = readdirSync(directory);
      const isData = /data|something in it/.test(what);
      assert.equal(left.length, isData ? 1 : 0, left.join());
      if (isData) assert.match(left[0] ?? "", new RegExp(`^${place}\\.moved-[0-9a-f]{8}$`));
    });
  }
}

test("another user who keeps recreating the files does not prevent the start", skip, async (t) => {
  const directory = shared(t);
  const path = join(directory, "x");
  const stranger = await asPython(
    t,
    `import fcntl, os
print("ready", flush=True)
kept = []
while True:
    for name in ("x", "x.lock", "s", "s.lock"):
        try:
            fd = os.open(${JSON.stringify(directory)} + "/" + name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
            fcntl.flock(fd, fcntl.LOCK_EX)
            kept = kept[-100:] + [fd]
            if len(kept) > 100: os.close(kept[0])
        except OSError:
            pass`,
  );
  try {
    for (let round = 0; round < 200; round++) {
      claimed(path).release();
      const socket = claimUnixSocket({
        ...{ path: join(directory, "s"), mode: 0o700, owner: null, backlog: 8 },
      });
      assert.ok(socket.ok, JSON.stringify(socket));
      closeSync(socket.value.fd);
      socket.value.release();
    }
  } finally {
    // Before the directory is removed: it would never be empty.
    await stranger.end();
  }
});

test("another user's hard link to one of our files is not a lock", skip, (t) => {
  const directory = shared(t);
  const other = join(directory, "other");
  writeFileSync(other, "precious\n");
  linkSync(other, join(directory, "pid"));
  linkSync(other, join(directory, "pid.lock"));
  claimed(join(directory, "pid")).release();
  assert.equal(readFileSync(other, "utf8"), "precious\n");
  assert.equal(statSync(other).nlink, 1);
});

test("a lock in a directory of one user's own is that user's", skip, async (t) => {
  const directory = open(t);
  chownSync(directory, NOBODY, NOBODY);
  const path = join(directory, "pid.lock");
  writeFileSync(path, "4711\n", { mode: 0o600 });
  chownSync(path, NOBODY, NOBODY);
  await holdLock(t, path);
  const second = claimLock(path);
  assert.deepEqual(second, { ok: false, error: { kind: "held", pid: 4711 } });
});

test("a daemon without rights says who may remove what is in its way", skip, async (t) => {
  const directory = shared(t);
  await asStranger(t, `: > ${directory}/pid.lock; echo ready`);
  process.seteuid?.(1);
  try {
    const claim = claimPidfile(join(directory, "pid"), 4711);
    assert.ok(!claim.ok && claim.error.kind === "unwritable");
    assert.match(
      claim.error.reason,
      /pid\.lock is a plain file \(owned by nobody \(65534\), mode 06\d\d\), where other users can create files, and user daemon \(1\) has no permission to remove it\. Remove it as its owner or root \(rm -r \S+pid\.lock\)/,
    );
  } finally {
    process.seteuid?.(0);
  }
});

test("a file that is no lock is not written over for a pid file beside it", (t) => {
  const directory = scratchDirectory(t);
  writeFileSync(join(directory, "yarn.lock"), "# yarn lockfile v1\n\n\n");
  const claim = claimPidfile(join(directory, "yarn"), 4711);
  assert.ok(!claim.ok && claim.error.kind === "unwritable");
  assert.match(claim.error.reason, /yarn\.lock contains something other than a pid/);
  assert.deepEqual(readdirSync(directory), ["yarn.lock"]);
});

test("a lock whose text was lost with the power is taken", (t) => {
  const path = join(scratchDirectory(t), "pid.lock");
  writeFileSync(path, "\0\0\0\0\0");
  const claim = claimLock(path, 4711);
  assert.ok(claim.ok);
  assert.equal(readFileSync(path, "utf8"), "4711\n");
  claim.value.release();
});

test("a pid file of ours in a directory that is closed to us is locked itself", skip, async (t) => {
  const directory = open(t);
  const path = join(directory, "pid");
  writeFileSync(path, "");
  chownSync(path, 1, 1);
  process.seteuid?.(1);
  try {
    const first = claimPidfile(path, process.pid);
    assert.ok(first.ok);
    assert.equal(first.value.lockFd, null);
    const second = claimPidfile(path, 1);
    assert.deepEqual(!second.ok && second.error, { kind: "held", pid: process.pid });
    first.value.release();
  } finally {
    process.seteuid?.(0);
  }
});

for (const [what, script] of Object.entries(LURES)) {
  test(`${what} in the place of the activity log is cleared away`, skip, async (t) => {
    const path = join(shared(t), "log");
    await asStranger(t, `P=${path}; ${script}; echo ready; exec sleep 1000`);
    const cleared = await clearForeignLog(path);
    assert.ok(cleared.ok && cleared.value !== null);
    assert.equal(existsSync(path), false);
  });
}

test(
  "another user's log stays where only root makes files, as logrotate leaves it",
  skip,
  async (t) => {
    const path = join(open(t), "log");
    writeFileSync(path, "lines\n");
    chownSync(path, NOBODY, NOBODY);
    assert.deepEqual(await clearForeignLog(path), { ok: true, value: null });
    symlinkSync(path, `${path}.link`);
    assert.deepEqual(await clearForeignLog(`${path}.link`), { ok: true, value: null });
    assert.deepEqual(await clearForeignLog(`${path}.none`), { ok: true, value: null });
  },
);
