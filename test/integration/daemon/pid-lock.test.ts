// The pid file of a daemon whose place others take, of versions with and without a lock beside it. (pidfile-lock)

import assert from "node:assert/strict";
import { existsSync, fstatSync, openSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PidLock } from "../../../src/daemon/pid-lock.ts";
import { createDescriptorTable } from "../../../src/host/system/descriptor-table.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

test("a version without a lock beside the file, between two with one, costs no lock", (t) => {
  const path = join(scratchDirectory(t), "pid");
  const descriptors = createDescriptorTable();
  const first = new PidLock(descriptors);
  assert.ok(first.claim(path).ok);
  const { held } = first;
  assert.ok(held !== null && held.lockFd !== null);
  const next = new PidLock(descriptors);
  next.adopt({ path, fd: held.fd, lockFd: null });
  assert.equal(next.held?.lockFd, held.lockFd);
  next.release();
  assert.equal(existsSync(path) || existsSync(`${path}.lock`), false);
});

test("a version without a lock beside the file hands over one that gets it", (t) => {
  const path = join(scratchDirectory(t), "pid");
  writeFileSync(path, `${process.pid}\n`);
  const descriptors = createDescriptorTable();
  const lock = new PidLock(descriptors);
  lock.adopt({ path, fd: openSync(path, "r+"), lockFd: null });
  const lockFd = lock.held?.lockFd ?? -1;
  assert.equal(fstatSync(lockFd).ino, statSync(`${path}.lock`).ino);
  assert.deepEqual(descriptors.entries().get(lockFd), { role: "lock", owner: path });
  lock.release();
});

test("pidfile=/dev/null is no pid file: nothing is locked, written or removed (pidfile-null)", (t) => {
  const path = join(scratchDirectory(t), "pid");
  const descriptors = createDescriptorTable();
  const lock = new PidLock(descriptors);
  assert.deepEqual(lock.claim("/dev/null"), { ok: true, value: [] });
  assert.equal(lock.held, null);
  assert.ok(lock.claim(path).ok);
  assert.deepEqual(lock.claim("/dev/null"), { ok: true, value: [] });
  assert.deepEqual([lock.held, existsSync(path), descriptors.entries().size], [null, false, 0]);
  lock.release();
  assert.ok(statSync("/dev/null").isCharacterDevice());
});
