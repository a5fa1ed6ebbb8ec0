// The pid file as the lock of a daemon.

import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PidLock } from "../../../src/daemon/pid-lock.ts";
import type { DescriptorEntry } from "../../../src/ports/descriptors.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

test("pidfile=/dev/null is no pid file: nothing is locked, written or removed (pidfile-null)", (t) => {
  const path = join(scratchDirectory(t), "pid");
  const descriptors = new Map<number, DescriptorEntry>();
  const lock = new PidLock(descriptors);
  assert.deepEqual(lock.claim("/dev/null"), { ok: true, value: [] });
  assert.equal(lock.held, null);
  assert.ok(lock.claim(path).ok);
  assert.deepEqual(lock.claim("/dev/null"), { ok: true, value: [] });
  assert.deepEqual([lock.held, existsSync(path), descriptors.size], [null, false, 0]);
  lock.release();
  assert.ok(statSync("/dev/null").isCharacterDevice());
});
