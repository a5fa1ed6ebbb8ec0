// Accounts, limits, locks, the clock and the smaller calls, against this very host.

import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { claimLock } from "../../../../src/host/files/locks.ts";
import { errnoName, posix } from "../../../../src/host/posix.ts";
import { createAccounts } from "../../../../src/host/system/accounts.ts";
import { inheritedFileLimit, limitOf, requireLimit } from "../../../../src/host/system/limits.ts";
import { createClock, monotonic } from "../../../../src/host/time/clock.ts";
import { outputOf, scratchDirectory } from "../processes/rig.ts";

const accounts = createAccounts();

test("users are found by name, by uid and by a uid written as text", () => {
  const root = { name: "root", uid: 0, gid: 0 };
  for (const key of ["root", 0, "0"]) {
    const { name, uid, gid } = accounts.findUser(key) ?? {};
    assert.deepEqual({ name, uid, gid }, root);
  }
  for (const key of ["no-such-user", 4_000_000_000, "4294967295", "99999999999", ""]) {
    assert.equal(accounts.findUser(key), null);
  }
});

test("groups and a user's groups agree with the system's own tools", async () => {
  const line = readFileSync("/etc/group", "utf8").split("\n")[3] ?? "";
  const [name = "", , gid] = line.split(":");
  assert.deepEqual(accounts.findGroup(name), { name, gid: Number(gid) });
  assert.deepEqual(accounts.findGroup(Number(gid)), { name, gid: Number(gid) });
  assert.equal(accounts.findGroup("no-such-group"), null);
  const expected = (await outputOf("id -G www-data")).trim().split(" ").map(Number);
  assert.deepEqual(accounts.groupsOf("www-data", 33), expected);
  const entry = (await outputOf("getent passwd 33")).trim().split(":");
  const [user, , , , , home, shell] = entry;
  const found = { gid: 33, groups: expected, name: user, home, shell };
  assert.deepEqual(await posix().lookUpUser(33), found);
  assert.equal(await posix().lookUpUser(4_000_000_000), 0);
});

test("the inherited file limit is the parent's soft limit, else the usual one (file-limit)", () => {
  const own = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${process.ppid}/limits`, "utf8"));
  assert.equal(inheritedFileLimit(), Number(own?.[1]));
  const { hard } = limitOf("nofile");
  const usual = hard < 0 || hard === 524_288 ? 1024 : hard;
  assert.equal(inheritedFileLimit(1), usual);
});

test("a limit that is high enough is left, a lower one is raised", () => {
  const { soft, hard } = limitOf("nofile");
  assert.equal(requireLimit("nofile", 10).kind, "enough");
  posix().setLimit(posix().limits.nofile, 100, hard);
  assert.equal(requireLimit("nofile", 200).kind, "raised");
  assert.deepEqual(limitOf("nofile"), { soft: 200, hard });
  posix().setLimit(posix().limits.nofile, soft, hard);
});

test("a lock has one holder, and its file goes with it", (t) => {
  const path = join(scratchDirectory(t), "lock");
  const first = claimLock(path);
  assert.ok(first.ok);
  const second = claimLock(path);
  assert.deepEqual(second, { ok: false, error: { kind: "held", pid: process.pid } });
  first.value.release();
  const third = claimLock(path);
  assert.ok(third.ok);
  third.value.release();
});

test("a lock file of a dead holder is reused, and other files are kept", (t) => {
  const path = join(scratchDirectory(t), "lock");
  writeFileSync(path, "123456789 and more\n");
  const refused = claimLock(path);
  assert.ok(!refused.ok && refused.error.kind === "unusable");
  assert.match(refused.error.reason, /lock contains something other than a pid; move it away$/);
  writeFileSync(path, "123456789\n");
  const lock = claimLock(path);
  assert.ok(lock.ok);
  assert.equal(readFileSync(path, "utf8"), `${process.pid}\n`);
  lock.value.release();
});

test("the clock is the system's monotonic clock", () => {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  assert.ok(Math.abs(monotonic() - uptime) < 60_000);
  const earlier = { mono: monotonic(), wall: Date.now() };
  const { mono, wall } = createClock().now();
  assert.ok(earlier.mono <= mono && mono <= monotonic());
  assert.ok(earlier.wall <= wall && wall <= Date.now());
});

test("an alarm beyond the range of Node's timers does not ring at once", async () => {
  const clock = createClock();
  clock.onAlarm(() => assert.fail("rang"));
  clock.setAlarm(clock.now().mono + 2 ** 33);
  // Node takes what it cannot represent for 1 ms, and what is due at the same time comes in the order of setting.
  await new Promise((resolve) => setTimeout(resolve, 1));
  clock.setAlarm(null);
});

test("a datagram to a socket without a reader is an error value, not an exception", (t) => {
  const path = join(scratchDirectory(t), "notify");
  const bytes = new TextEncoder().encode("READY=1");
  assert.equal(errnoName(posix().sendDatagram(path, bytes)), "ENOENT");
  assert.equal(errnoName(posix().sendDatagram("x".repeat(200), bytes)), "ENAMETOOLONG");
  const fd = posix().listenUnix(path, 0o700, 1);
  assert.equal(errnoName(posix().sendDatagram(path, bytes)), "EPROTOTYPE");
  closeSync(fd);
});

test("flock, dup2 and close answer with errors instead of throwing", () => {
  assert.equal(errnoName(posix().flock(9999)), "EBADF");
  assert.equal(errnoName(posix().dup2(9999, 9998)), "EBADF");
  assert.equal(errnoName(posix().close(9999)), "EBADF");
  const fd = openSync("/dev/null", "r");
  assert.equal(posix().setCloexec(fd, 0), 0);
  assert.equal(posix().close(fd), 0);
});

test("trimming returns the memory of code, and the code still runs", () => {
  const freed = posix().trim();
  assert.ok(freed > 1e6);
  assert.equal(JSON.stringify([1, 2].map((n) => n * 2)), "[2,4]");
});
