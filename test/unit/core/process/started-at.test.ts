// The start of a process, where the wall clock was set since.

import assert from "node:assert/strict";
import { test } from "node:test";
import { epochSeconds } from "../../../../src/core/base/time.ts";
import { startedAt } from "../../../../src/core/process/started-at.ts";
import { fc } from "../../../property.ts";
import { state } from "./samples.ts";

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
