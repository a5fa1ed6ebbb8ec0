// The real clock's alarm: never early, also where it was put off or brought forward.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClock } from "../../../../src/host/time/clock.ts";

/** Sets alarms one after the other. @returns by how much the ring was later than the last of them, ms */
function rung(...delays: readonly (number | null)[]): Promise<number> {
  const clock = createClock();
  return new Promise((resolve) => {
    const start = clock.now().mono;
    const last = start + (delays.at(-1) ?? 0);
    clock.onAlarm(() => resolve(clock.now().mono - last));
    for (const delay of delays) clock.setAlarm(delay === null ? null : start + delay);
  });
}

test("an alarm does not ring early", async () => {
  for (const delays of [[1.2], [5, 30], [5, 10, 30], [30, 5], [5, null, 20], [null, 3], [-5]]) {
    assert.ok((await rung(...delays)) >= 0, `${delays}`);
  }
});

test("one that was brought forward does not wait for the old moment", async () => {
  assert.ok((await rung(60_000, 1)) < 30_000);
});

test("one that was taken away does not ring, nor keep the process", async () => {
  const clock = createClock();
  let rings = 0;
  clock.onAlarm(() => rings++);
  clock.setAlarm(clock.now().mono + 1);
  clock.setAlarm(null);
  await rung(20);
  assert.equal(rings, 0);
});
