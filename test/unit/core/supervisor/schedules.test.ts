// Programs that the clock starts: runs that are due, overlap, missed ones, stops that suspend, clocks that are set.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { parseSchedule } from "../../../../src/core/schedules/schedule.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const HOUR = 3_600_000;
const KEY = processKey("report", "report");

function scheduled(text: string, changes: Partial<ProcessConfig> = {}): ProcessConfig {
  const schedule = parseSchedule(text);
  assert.ok(schedule.ok);
  const implied = { type: "oneshot", autostart: false, autorestart: "never" } as const;
  return program({ name: "report", ...implied, schedule: schedule.value, ...changes });
}

/** A daemon that knows the program `report`; its clock shows 1970-01-12 13:46:40 UTC. */
function daemon(text: string, changes: Partial<ProcessConfig> = {}): Core {
  const config = scheduled(text, changes);
  return new Core().post({ kind: "add-group", config: group("report", [config]) });
}

/** The wall clock's time of the next run, from 00:00 of the first day on. */
function nextOf(core: Core): number | null {
  return core.state.schedules.get(KEY)?.atWall ?? null;
}

/** Lets the clock reach the next run. */
function reach(core: Core, late = 0): Core {
  const { atWall = null, atMono = null } = core.state.schedules.get(KEY) ?? {};
  const at = atMono ?? (atWall ?? Number.NaN) - 1_000_000_000 - core.ahead;
  core.effects.length = 0;
  return core.post({ kind: "schedule-due", key: KEY }, at + late);
}

const notices = (core: Core): unknown[] =>
  core.effects.flatMap((each) => (each.kind === "notice" ? [each.notice.details["what"]] : []));

test("a program with a schedule waits for its time, runs, and has its next run (schedule-options)", () => {
  const core = daemon("0 14 * * * UTC");
  assert.equal(core.kind(KEY), "STOPPED");
  const first = nextOf(core);
  assert.equal(first, Date.UTC(1970, 0, 12, 14));
  reach(core);
  assert.equal(core.kind(KEY), "RUNNING");
  assert.deepEqual(notices(core), ["started"]);
  assert.equal(core.state.processes.get(KEY)?.runs.cause, "schedule");
  assert.equal(nextOf(core), Date.UTC(1970, 0, 13, 14));
  core.die(KEY);
  assert.equal(core.kind(KEY), "EXITED");
});

test("a run that is told too early is not due", () => {
  const core = daemon("0 14 * * * UTC");
  reach(core, -1);
  assert.equal(core.kind(KEY), "STOPPED");
  assert.equal(nextOf(core), Date.UTC(1970, 0, 12, 14));
});

test("a failed run is FATAL until the next one", () => {
  const core = daemon("@every 10s");
  reach(core);
  core.die(KEY, 1);
  assert.equal(core.kind(KEY), "FATAL");
  // It did come up.
  assert.equal(core.state.processes.get(KEY)?.runs.ended[0]?.ending, "exited");
  reach(core);
  assert.equal(core.kind(KEY), "RUNNING");
});

test("with overlap=skip a run that is due while one is under way is skipped and told", () => {
  const core = daemon("@every 10s");
  reach(core);
  const pid = core.pid(KEY);
  reach(core);
  assert.equal(core.pid(KEY), pid);
  assert.deepEqual(notices(core), ["skipped"]);
  core.die(KEY);
  assert.equal(core.kind(KEY), "EXITED");
});

test("with overlap=queue one run waits until that is over, and no second one", () => {
  const core = daemon("@every 10s", { overlap: "queue" });
  reach(core);
  const pid = core.pid(KEY);
  reach(core);
  assert.deepEqual(notices(core), ["queued"]);
  reach(core);
  assert.deepEqual(notices(core), ["skipped"]);
  assert.equal(core.pid(KEY), pid);
  core.die(KEY);
  assert.notEqual(core.pid(KEY), pid);
  assert.equal(core.kind(KEY), "RUNNING");
  core.die(KEY);
  assert.equal(core.kind(KEY), "EXITED");
});

test("with overlap=restart the run that is under way is stopped and started again", () => {
  const core = daemon("@every 10s", { overlap: "restart" });
  reach(core);
  const pid = core.pid(KEY);
  reach(core);
  assert.equal(core.kind(KEY), "STOPPING");
  // Another one that is due meanwhile is the same restart.
  reach(core);
  assert.deepEqual(notices(core), ["skipped"]);
  core.die(KEY);
  assert.equal(core.kind(KEY), "RUNNING");
  assert.notEqual(core.pid(KEY), pid);
});

test("a stop suspends the schedule, also of a program that is down, and a start resumes it", () => {
  for (const isUp of [false, true]) {
    const core = daemon("@every 10s", { overlap: "queue" });
    if (isUp) {
      reach(core);
      reach(core);
    }
    core.post({ kind: "stop", key: KEY });
    if (isUp) core.die(KEY);
    assert.equal(core.kind(KEY), "STOPPED");
    const suspended = core.state.schedules.get(KEY);
    assert.deepEqual(
      [suspended?.isSuspended, suspended?.atMono, suspended?.isQueued],
      [true, null, false],
    );
    core.post({ kind: "schedule-due", key: KEY }, core.now + 10 * HOUR);
    assert.equal(core.kind(KEY), "STOPPED");
    core.post({ kind: "start", key: KEY });
    core.post({ kind: "resolved", key: KEY, problem: null });
    assert.equal(core.kind(KEY), "RUNNING");
    assert.equal(core.state.schedules.get(KEY)?.atMono, core.now + 10_000);
  }
});

test("a run that is more than a minute late was missed; catch_up=once makes up for it with one", () => {
  for (const [catchUp, kind, what] of [
    ["none", "STOPPED", "missed"],
    ["once", "RUNNING", "started"],
  ] as const) {
    const core = daemon("0 * * * * UTC", { catchUp });
    reach(core, 5 * HOUR + 1);
    assert.equal(core.kind(KEY), kind);
    assert.deepEqual(notices(core), [what]);
    assert.equal(nextOf(core), Date.UTC(1970, 0, 12, 20));
  }
  const late = daemon("0 * * * * UTC");
  reach(late, 60_000);
  assert.equal(late.kind(KEY), "RUNNING");
});

test("a clock that is set back by less than three hours repeats no run at a fixed time; by more, the new time counts", () => {
  for (const [back, next] of [
    [2 * HOUR, Date.UTC(1970, 0, 13, 14)],
    [3 * HOUR, Date.UTC(1970, 0, 12, 14)],
  ] as const) {
    const core = daemon("0 14 * * * UTC");
    reach(core);
    core.die(KEY, 0, core.now + HOUR);
    core.ahead -= back;
    core.post({ kind: "clock-set", by: -back });
    assert.equal(nextOf(core), next);
  }
});

test("runs with a wildcard in minute or hour go by a clock that was set back at once", () => {
  for (const [text, back, next] of [
    ["* * * * * UTC", 2 * HOUR, Date.UTC(1970, 0, 12, 11, 48)],
    ["*/2 * * * * * UTC", 2 * HOUR, Date.UTC(1970, 0, 12, 11, 47, 2)],
    ["0 */2 * * *", 2 * HOUR, Date.UTC(1970, 0, 12, 12)],
    ["*/5 12-23 * * * UTC", 150_000, Date.UTC(1970, 0, 12, 13, 45)],
    // For cron(8) a range with a step is the list of its times.
    ["0-55/5 12-23 * * * UTC", 150_000, Date.UTC(1970, 0, 12, 13, 50)],
    // No more than the last run would be repeated.
    ["* * * * * UTC", 59_999, Date.UTC(1970, 0, 12, 13, 48)],
  ] as const) {
    const core = daemon(text);
    while ((nextOf(core) ?? Number.NaN) <= Date.UTC(1970, 0, 12, 13, 47)) reach(core);
    core.ahead -= back;
    core.effects.length = 0;
    core.post({ kind: "clock-set", by: -back }, 20_000);
    assert.equal(nextOf(core), next, text);
  }
});

test("the log says by how much the clock was set, and from when to when", () => {
  const core = daemon("0 14 * * * UTC");
  const logged = (by: number): string[] => {
    core.effects.length = 0;
    core.ahead += by;
    core.post({ kind: "clock-set", by });
    return core.take();
  };
  assert.deepEqual(logged(-2 * HOUR), [
    "INFO the clock was set back by 2h, from 1970-01-12 13:46:40 UTC to 1970-01-12 11:46:40 UTC",
  ]);
  assert.deepEqual(logged(26 * HOUR + 61_000), [
    "INFO the clock was set, or the machine slept: 1d2h1m1s, from 1970-01-12 11:46:40 UTC to 1970-01-13 13:47:41 UTC",
  ]);
  assert.deepEqual(logged(-999), []);
});

test("@reboot starts when the daemon starts, and not when its group is added later", () => {
  const core = daemon("@reboot");
  core.post({ kind: "autostart", keys: [KEY] });
  assert.equal(core.kind(KEY), "STOPPED");
  core.post({ kind: "autostart", keys: [KEY], isBoot: true });
  assert.equal(core.kind(KEY), "RUNNING");
});

test("a scheduled start starts what the program needs, and waits for it", () => {
  const core = daemon("@every 10s", { dependsOn: [{ name: "db", condition: "running" }] });
  const db = program({ name: "db", autostart: false });
  core.post({ kind: "add-group", config: group("db", [db]) });
  reach(core);
  assert.equal(core.kind(KEY), "WAITING");
  const needed = processKey("db", "db");
  core.post({ kind: "deadline", key: needed }, core.now + 1000);
  assert.equal(core.kind(needed), "RUNNING");
  assert.equal(core.kind(KEY), "RUNNING");
});

for (const overlap of ["skip", "queue", "restart"] as const) {
  test(`with overlap=${overlap} a run that is due while the program is blocked starts what it needs, once`, () => {
    const dependsOn = [{ name: "db", condition: "running" }] as const;
    const core = daemon("@every 10s", { dependsOn, overlap });
    const needed = processKey("db", "db");
    const db = program({ name: "db", autostart: false, startSecs: 0, startRetries: 0 });
    core.post({ kind: "add-group", config: group("db", [db]) });
    let isBroken = true;
    core.spawnError = (key) => (key === needed && isBroken ? "broken" : null);
    reach(core);
    assert.equal(core.kind(KEY), "BLOCKED");
    isBroken = false;
    reach(core);
    assert.equal(core.kind(needed), "RUNNING");
    assert.equal(core.kind(KEY), "RUNNING");
    core.die(KEY);
    assert.equal(core.kind(KEY), "EXITED", "one run, not two");
  });
}

test("a request for a program that runs for another reason resumes its schedule", () => {
  const core = daemon("0 14 * * * UTC");
  const app = program({ name: "app", dependsOn: [{ name: "report", condition: "running" }] });
  core.post({ kind: "add-group", config: group("app", [app]) });
  core.post({ kind: "stop", key: KEY });
  assert.equal(nextOf(core), null);
  core.post({ kind: "start", key: processKey("app", "app") });
  assert.equal(core.kind(KEY), "RUNNING");
  assert.equal(nextOf(core), null);
  core.post({ kind: "start", key: KEY });
  assert.equal(nextOf(core), Date.UTC(1970, 0, 12, 14));
});

test("a start with the daemon is told as any other run", () => {
  const core = daemon("@reboot");
  core.post({ kind: "autostart", keys: [KEY], isBoot: true });
  assert.deepEqual(notices(core), ["started"]);
});

test("nothing is due while everything is being stopped", () => {
  const core = daemon("@every 10s");
  reach(core);
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  core.effects.length = 0;
  core.post({ kind: "schedule-due", key: KEY }, core.now + HOUR);
  assert.deepEqual(core.take(), []);
  core.die(KEY);
  assert.equal(core.kind(KEY), "STOPPED");
});

test("a process that is removed leaves no schedule", () => {
  const core = daemon("@every 10s");
  core.post({ kind: "remove-group", name: "report" });
  assert.equal(core.state.schedules.size, 0);
  core.post({ kind: "schedule-due", key: KEY as ProcessKey }, HOUR);
});

test("an expression that is never due is logged once, when the program is added", () => {
  const core = daemon("0 0 30 2 *");
  assert.ok(core.take().includes("WARN schedule of report is never due"));
  assert.equal(nextOf(core), null);
});
