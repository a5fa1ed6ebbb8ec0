// The alarm on the wall clock, kept by the kernel: it rings in time, costs nothing when it is not armed, and a clock that differs
// from the kernel's does not have it ring again and again.

import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import { createWallAlarm } from "../../../../src/host/time/wall-alarm.ts";

const pipes = createPipes();

/** Timers that this process has open; null where the host does not tell. */
function timers(): number | null {
  if (process.platform !== "linux") return null;
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[timerfd]";
    } catch {
      return false;
    }
  }).length;
}

/** An alarm, and when it rings next: whether the clock was set, and the moment. */
function alarm() {
  const made = createWallAlarm(pipes);
  const next = (): Promise<{ wasSet: boolean; at: number }> =>
    new Promise((resolve) => {
      made.onRing((wasSet) => resolve({ wasSet, at: Date.now() }));
    });
  return { made, next };
}

test("it rings at its moment, not before, and at once for one that has passed", async () => {
  const { made, next } = alarm();
  for (const wait of [30, 1, 0, -5000]) {
    const due = Date.now() + wait;
    const rung = next();
    made.set(due);
    const { wasSet, at } = await rung;
    assert.equal(wasSet, false);
    assert.ok(at >= due, `${due - at} ms too early`);
  }
  made.set(null);
});

test("one that is put off rings at the later moment alone", async () => {
  const { made, next } = alarm();
  const rung = next();
  made.set(Date.now() + 10_000);
  const due = Date.now() + 20;
  made.set(due);
  assert.ok((await rung).at >= due);
  made.set(null);
});

test("nothing is open before it is armed, nor after it is disarmed", () => {
  const before = timers();
  const { made } = alarm();
  assert.equal(timers(), before);
  made.set(Date.now() + 60_000);
  assert.equal(timers(), before === null ? null : before + 1);
  made.set(null);
  assert.equal(timers(), before);
});

test("where the clock is behind the kernel's it still rings at its moment, and once", async (t) => {
  const { now } = Date;
  const behind = 40;
  t.mock.method(Date, "now", () => now() - behind);
  const { made } = alarm();
  const rings: number[] = [];
  const due = Date.now() + 20;
  await new Promise<void>((resolve) => {
    made.onRing(() => {
      rings.push(Date.now());
      resolve();
    });
    made.set(due);
  });
  made.set(null);
  assert.equal(rings.length, 1);
  assert.ok((rings[0] ?? 0) >= due, `${due - (rings[0] ?? 0)} ms too early`);
});
