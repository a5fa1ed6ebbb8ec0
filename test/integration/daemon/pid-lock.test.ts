// The pid file as the lock of a daemon.

import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PidLock } from "../../../src/daemon/pid-lock.ts";
import { createDescriptorTable } from "../../../src/host/system/descriptor-table.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

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
