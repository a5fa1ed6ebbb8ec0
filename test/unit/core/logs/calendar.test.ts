// Local times as moments, in zones that set their clocks forward and back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { localMs, type OffsetMinutes } from "../../../../src/core/logs/record.ts";
import { fc } from "../../../property.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An offset that changes once. */
function zone(before: number, at: string, after: number): OffsetMinutes {
  return (wall) => (wall < Date.parse(at) ? before : after);
}

const ZONES: Readonly<Record<string, readonly [at: string, before: number, after: number]>> = {
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

for (const [name, [at, before, after]] of Object.entries(ZONES)) {
  test(`${name}: a time that a clock shows is the first moment at which it shows it`, () => {
    const offset = zone(before, at, after);
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
  const [at, before, after] = ZONES["Berlin, forward"] ?? ["", 0, 0];
  const time = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0, millisecond: 0 };
  assert.equal(localMs(time, zone(before, at, after)), Date.parse("2026-03-29T01:30:00Z"));
});
