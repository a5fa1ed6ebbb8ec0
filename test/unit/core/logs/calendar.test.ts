// Local times as moments, in zones that set their clocks forward and back.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RotationPeriod } from "../../../../src/core/config/value-types.ts";
import {
  localMs,
  nextPeriod,
  type OffsetMinutes,
  periodStart,
} from "../../../../src/core/logs/calendar.ts";
import { fc } from "../../../property.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A zone as the rules of one year have it: the offset changes at these moments. */
function zone(
  first: number,
  ...changes: readonly (readonly [at: string, offset: number])[]
): OffsetMinutes {
  const moments = changes.map(([at, offset]) => [Date.parse(at), offset] as const);
  return (wall) => moments.findLast(([at]) => at <= wall)?.[1] ?? first;
}

const CHANGES: Readonly<Record<string, readonly [at: string, before: number, after: number]>> = {
  "Berlin, back": ["2026-10-25T01:00:00Z", 120, 60],
  "Berlin, forward": ["2026-03-29T01:00:00Z", 60, 120],
  "New York, back": ["2026-11-01T06:00:00Z", -240, -300],
  "New York, forward": ["2026-03-08T07:00:00Z", -300, -240],
  "Lord Howe, back": ["2026-04-04T15:00:00Z", 660, 630],
  "Kiritimati, which left out a day": ["1994-12-31T10:00:00Z", -600, 840],
};

/** The fields of a clock that is so far from UTC at this moment. */
function fieldsOf(moment: number, offset: number): Parameters<typeof localMs>[0] {
  const shown = new Date(moment + offset * 60_000);
  return {
    ...{ year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() },
    ...{ hour: shown.getUTCHours(), minute: shown.getUTCMinutes(), second: shown.getUTCSeconds() },
    millisecond: shown.getUTCMilliseconds(),
  };
}

for (const [name, [at, before, after]] of Object.entries(CHANGES)) {
  test(`${name}: a time that a clock shows is the first moment at which it shows it`, () => {
    const offset = zone(before, [at, after]);
    const change = Date.parse(at);
    fc.assert(
      fc.property(fc.integer({ min: -3 * DAY, max: 3 * DAY }), (away) => {
        const moment = change + away;
        const found = localMs(fieldsOf(moment, offset(moment)), offset);
        const isSecond = away >= 0 && away < (before - after) * 60_000;
        assert.equal(found, isSecond ? moment - (before - after) * 60_000 : moment);
      }),
      { numRuns: 500 },
    );
  });
}

test("a time that no clock shows is as long after the change", () => {
  const [at, before, after] = CHANGES["Berlin, forward"] ?? ["", 0, 0];
  const time = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0, millisecond: 0 };
  assert.equal(localMs(time, zone(before, [at, after])), Date.parse("2026-03-29T01:30:00Z"));
});

// Periods in zones with all kinds of daylight saving time, checked against properties and known dates.

const PERIODS: readonly RotationPeriod[] = ["hourly", "daily", "weekly", "monthly"];
const ZONES: Readonly<Record<string, OffsetMinutes>> = {
  utc: () => 0,
  kolkata: () => 330,
  berlin: zone(60, ["2026-03-29T01:00:00Z", 120], ["2026-10-25T01:00:00Z", 60]),
  // Set forward at midnight, so that the day begins at one; set back at midnight, so that 23 o'clock comes twice.
  saoPaulo2018: zone(-120, ["2018-02-18T02:00:00Z", -180], ["2018-11-04T03:00:00Z", -120]),
  lordHowe: zone(660, ["2026-04-04T15:00:00Z", 630], ["2026-10-03T15:30:00Z", 660]),
};

const moment = fc.oneof(
  fc.integer({ min: Date.parse("2018-01-01"), max: Date.parse("2027-01-01") }),
  fc
    .tuple(
      fc.constantFrom(
        ...["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2018-02-18T02:00:00Z"],
        ...["2018-11-04T03:00:00Z", "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"],
      ),
      fc.integer({ min: -2 * DAY, max: 2 * DAY }),
    )
    .map(([at, away]) => Date.parse(at) + away),
);

for (const [name, offset] of Object.entries(ZONES)) {
  for (const period of PERIODS) {
    test(`a moment in ${name} is in its ${period} period, and the next one follows`, () => {
      fc.assert(
        fc.property(moment, (wall) => {
          const start = periodStart(period, wall, offset);
          const next = nextPeriod(period, wall, offset);
          assert.ok(start <= wall && wall < next, `${start} ${wall} ${next}`);
          assert.ok(next - start <= 31 * DAY + HOUR);
          assert.ok(periodStart(period, next, offset) > start);
          if (period === "hourly") return;
          for (const between of [start, start + 1, (start + next) / 2, next - 1]) {
            assert.equal(periodStart(period, Math.floor(between), offset), start);
          }
        }),
      );
    });
  }
}

test("periods begin at the hour, at midnight, on Sunday, and on the first", () => {
  const { berlin = () => 0 } = ZONES;
  const wall = Date.parse("2026-11-18T14:38:30Z"); // a Wednesday
  const at = (period: RotationPeriod): readonly string[] =>
    [periodStart(period, wall, berlin), nextPeriod(period, wall, berlin)].map((each) =>
      new Date(each).toISOString().slice(0, 16),
    );
  assert.deepEqual(at("hourly"), ["2026-11-18T14:00", "2026-11-18T15:00"]);
  assert.deepEqual(at("daily"), ["2026-11-17T23:00", "2026-11-18T23:00"]);
  assert.deepEqual(at("weekly"), ["2026-11-14T23:00", "2026-11-21T23:00"]);
  assert.deepEqual(at("monthly"), ["2026-10-31T23:00", "2026-11-30T23:00"]);
});

test("the day on which clocks are set has 23 or 25 hours", () => {
  const { berlin = () => 0 } = ZONES;
  const hours = (day: string): number => {
    const wall = Date.parse(day);
    return (nextPeriod("daily", wall, berlin) - periodStart("daily", wall, berlin)) / HOUR;
  };
  assert.deepEqual([hours("2026-03-29T12:00:00Z"), hours("2026-10-25T12:00:00Z")], [23, 25]);
});
