// The description column, in every state.

import assert from "node:assert/strict";
import { test } from "node:test";
import { epochSeconds } from "../../../../src/core/base/time.ts";
import { localTime } from "../../../../src/core/logs/calendar.ts";
import {
  describe,
  formatStopTime,
  formatUptime,
  startedAt,
} from "../../../../src/core/process/describe.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { fc } from "../../../property.ts";
import { state } from "./samples.ts";

const UPTIMES: readonly (readonly [number, string])[] = [
  [-5000, "0:00:00"],
  [0, "0:00:00"],
  [999, "0:00:00"],
  [1000, "0:00:01"],
  [62_000, "0:01:02"],
  [3_599_999, "0:59:59"],
  [3_600_000, "1:00:00"],
  [86_399_000, "23:59:59"],
  [86_400_000, "1 day, 0:00:00"],
  [86_405_000, "1 day, 0:00:05"],
  [2 * 86_400_000, "2 days, 0:00:00"],
  [12 * 86_400_000 + 11_045_000, "12 days, 3:04:05"],
  [365 * 86_400_000, "365 days, 0:00:00"],
];

for (const [ms, text] of UPTIMES) {
  test(`an uptime of ${ms} ms reads "${text}"`, () => assert.equal(formatUptime(ms), text));
}

const STOP_TIMES: readonly (readonly [string, string])[] = [
  ["2026-11-21T08:12:59Z", "Nov 21 08:12 AM"],
  ["2026-01-01T00:00:00Z", "Jan 01 12:00 AM"],
  ["2026-06-09T12:05:00Z", "Jun 09 12:05 PM"],
  ["2026-12-31T23:59:00Z", "Dec 31 11:59 PM"],
  ["2026-05-05T13:01:00Z", "May 05 01:01 PM"],
  ["2026-05-05T11:59:00Z", "May 05 11:59 AM"],
];

const utc = (wallMs: number) => localTime(wallMs, 0);

for (const [time, text] of STOP_TIMES) {
  test(`a stop at ${time} reads "${text}"`, () => {
    assert.equal(formatStopTime(utc(Date.parse(time))), text);
  });
}

const describeNow = (s: Parameters<typeof describe>[1]) => describe("web", s, 100_000, utc);

test("a running process shows its pid and its uptime by the monotonic clock", () => {
  const running = state(
    { kind: "RUNNING", pid: 42, watch: null },
    { startMono: 38_000, startWall: 1 },
  );
  assert.equal(describeNow(running), "pid 42, uptime 0:01:02");
});

test("a failing process shows its error, or where to look if there is none", () => {
  for (const phase of [
    { kind: "BACKOFF", retryAt: 1 },
    { kind: "FATAL", retryAt: null },
  ] as const) {
    assert.equal(describeNow(state(phase, { spawnErr: "no way" })), "no way");
    assert.equal(describeNow(state(phase)), 'unknown error (try "tail web")');
  }
});

test("a process that is stopped shows the hook in progress", () => {
  const stopping = state({ kind: "STOPPING", pid: 42, killAt: 1, again: null });
  const hook = { until: 1, next: null };
  assert.equal(describeNow({ ...stopping, hook: { name: "pre_stop", ...hook } }), "pre_stop runs");
  const stopped = state(
    { kind: "STOPPED" },
    { startWall: 1, stopWall: Date.parse("2026-06-09T12:05:00Z") },
  );
  const cleaning = { ...stopped, hook: { name: "post_stop", ...hook } } as const;
  assert.equal(describeNow(cleaning), "Jun 09 12:05 PM, post_stop runs");
});

test("a process that is down shows when it exited", () => {
  const died = {
    startWall: 1,
    stopWall: Date.parse("2026-11-21T08:12:00Z"),
    spawnErr: "Bad exit code 3",
  };
  for (const phase of [{ kind: "STOPPED" }, { kind: "EXITED", restartAt: null }] as const) {
    assert.equal(describeNow(state(phase, died)), "Nov 21 08:12 AM");
  }
});

test("a process that was never started shows that", () => {
  assert.equal(describeNow(NEVER_STARTED), "Not started");
});

test("a process stopped before its first successful spawn shows the error, not 1970 (stopped-never-ran)", () => {
  const failed = state({ kind: "STOPPED" }, { startWall: 1, spawnErr: "no way" });
  assert.equal(describeNow(failed), "no way");
});

test("a process between states has no description", () => {
  for (const phase of [
    { kind: "STARTING", pid: 1, runningAt: 0 },
    { kind: "STOPPING", pid: 1, killAt: 0, again: null },
    { kind: "UNKNOWN", pid: 1 },
  ] as const) {
    assert.equal(describeNow(state(phase, { startWall: 1, spawnErr: "x" })), "");
  }
});

// The start of a process, where the wall clock was set since.

const YEAR = 31_557_600_000;
const START = Date.parse("2026-11-21T08:12:00.400Z");
const MONO = 5_000.25;
const began = { startWall: START, startMono: MONO };
const up = state({ kind: "RUNNING", pid: 42, watch: null }, began);

/** So long after the start, with a clock that was set by so much. */
const at = (uptimeMs: number, setBy: number) => ({
  mono: MONO + uptimeMs,
  wall: Math.trunc(START + uptimeMs + setBy),
});

test("the start of a process does not change while the clock is not set", () => {
  for (const uptime of [0, 1, 999, 60_000, YEAR]) {
    for (const noise of [-40, 0, 40, 1000]) {
      assert.equal(epochSeconds(startedAt(up, at(uptime + 100, noise))), epochSeconds(START));
    }
  }
});

test("after the clock was set, the start still gives the uptime (start-follows-clock)", () => {
  for (const years of [-10, 10, 56]) {
    const now = at(62_000, years * YEAR);
    assert.equal(epochSeconds(now.wall - startedAt(up, now)), 62);
  }
});

test("an exited process keeps its reported times", () => {
  for (const phase of [{ kind: "STOPPED" }, { kind: "FATAL", retryAt: null }] as const) {
    assert.equal(startedAt(state(phase, began), at(62_000, 10 * YEAR)), START);
  }
  const never = state({ kind: "STOPPED" }, { startWall: 0, startMono: 0 });
  assert.equal(startedAt(never, at(1, 0)), 0);
});

test("however the clock is set, no uptime is negative or too long", () => {
  const years = fc.integer({ min: -20 * YEAR, max: 20 * YEAR });
  fc.assert(
    fc.property(
      fc.nat(YEAR),
      fc.oneof(years, fc.integer({ min: -5000, max: 5000 })),
      (uptime, setBy) => {
        const now = at(uptime, setBy);
        const told = epochSeconds(now.wall) - epochSeconds(startedAt(up, now));
        assert.ok(told >= 0 && Math.abs(told - uptime / 1000) <= 4, `${told} s for ${uptime} ms`);
      },
    ),
  );
});
