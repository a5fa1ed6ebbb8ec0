// The values of --since and --until.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAskedMoment } from "../../../../src/core/logs/asked-moment.ts";

const offset = () => 120;
/** 14:00 local time. */
const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const MINUTE = 60_000;

const VALUES: readonly (readonly [text: string, ms: number])[] = [
  ["10m", NOW - 10 * MINUTE],
  ["2h", NOW - 120 * MINUTE],
  ["1d", NOW - 1440 * MINUTE],
  ["1h30m", NOW - 90 * MINUTE],
  ["1w2d", NOW - 9 * 1440 * MINUTE],
  ["13:30", NOW - 30 * MINUTE],
  ["13:30:15", NOW - 30 * MINUTE + 15_000],
  ["14:00", NOW],
  ["14:01", NOW - 1439 * MINUTE],
  ["today", NOW - 14 * 60 * MINUTE],
  ["yesterday", NOW - 38 * 60 * MINUTE],
  ["2026-11-23", NOW - 14 * 60 * MINUTE],
  ["2026-11-23 13:30", NOW - 30 * MINUTE],
  ["2026-11-23T13:30:00.5", NOW - 30 * MINUTE + 500],
  ["2026-11-23T12:00:00Z", NOW],
  ["2026-11-23T12:00:00+01:00", NOW - 60 * MINUTE],
  ["@1795435200", NOW],
];

describe("a time that is asked for", () => {
  for (const [text, ms] of VALUES) {
    it(`${text} is ${new Date(ms).toISOString()}`, () => {
      assert.deepEqual(parseAskedMoment(text, NOW, offset), { ok: true, value: ms });
    });
  }

  for (const text of [
    "",
    "90",
    "10 minutes",
    "25:00",
    "12:60",
    "2026-13-01",
    "2026-02-30",
    "soon",
    "-10m",
  ]) {
    it(`${JSON.stringify(text)} is refused with the forms that there are`, () => {
      const result = parseAskedMoment(text, NOW, offset);
      assert.ok(!result.ok);
      assert.match(result.error, /is no time: write a duration \(10m, 2h/);
      assert.ok(result.error.startsWith(`'${text}' `));
    });
  }
});
