// Several clocks over one alarm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedAlarm } from "../../../../src/host/time/wall-alarm.ts";
import { FakeClock } from "../../../fakes/clock.ts";

function setUp() {
  const clock = new FakeClock(0);
  const share = createSharedAlarm(clock);
  const rang: string[] = [];
  const [a, b] = [share(), share()];
  a.onAlarm(() => rang.push(`a ${clock.now().mono}`));
  b.onAlarm(() => rang.push(`b ${clock.now().mono}`));
  return { clock, a, b, rang };
}

test("each rings at its own moment, and the alarm is armed for the earliest", () => {
  const { clock, a, b, rang } = setUp();
  a.setAlarm(300);
  b.setAlarm(100);
  assert.equal(clock.alarmAt, 100);
  clock.advance(1000);
  assert.deepEqual(rang, ["b 100", "a 300"]);
  assert.equal(clock.alarmAt, null);
});

test("one that disarms leaves the other's alarm", () => {
  const { clock, a, b, rang } = setUp();
  a.setAlarm(100);
  b.setAlarm(200);
  a.setAlarm(null);
  assert.equal(clock.alarmAt, 200);
  clock.advance(1000);
  assert.deepEqual(rang, ["b 200"]);
});

test("one that is armed again while it rings rings again, and an error in one leaves the other", () => {
  const { clock, a, b, rang } = setUp();
  a.onAlarm(() => {
    rang.push(`a ${clock.now().mono}`);
    if (rang.length < 4) a.setAlarm(clock.now().mono + 10);
    else throw new Error("broken");
  });
  a.setAlarm(10);
  b.setAlarm(15);
  assert.throws(() => clock.advance(1000), /broken/);
  b.setAlarm(clock.now().mono + 5);
  clock.advance(1000);
  assert.deepEqual(rang, ["a 10", "b 15", "a 20", "a 30", "b 35"]);
});
