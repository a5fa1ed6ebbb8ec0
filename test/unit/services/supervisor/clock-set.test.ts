// The wall clock is set while schedules wait for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "../../../../src/core/schedules/schedule.ts";
import { group, program } from "../../core/process/samples.ts";
import { Rig } from "./rig.ts";

const HOUR = 3_600_000;

function scheduled(): Rig {
  const schedule = parseSchedule("* * * * * UTC");
  assert.ok(schedule.ok);
  const once = { type: "oneshot", autostart: false, autorestart: "never" } as const;
  const report = program({ name: "report", ...once, schedule: schedule.value });
  return new Rig(group("report", [report])).begin();
}

const sets = (rig: Rig): string[] =>
  rig.activity.lines.filter((line) => line.includes("the clock was set"));

test("a clock that is set is logged once, with its times, and a run for every minute goes on", () => {
  const rig = scheduled();
  rig.advance(59_000);
  rig.clock.shiftWall(-2 * HOUR);
  rig.settle();
  assert.deepEqual(sets(rig), [
    "INFO the clock was set back by 2h, from 2026-11-21 08:12:59 UTC to 2026-11-21 06:12:59 UTC",
  ]);
  rig.advance(1000);
  assert.equal(rig.activity.lines.filter((line) => line.includes("schedule is due")).length, 1);
  assert.equal(sets(rig).length, 1);
});
