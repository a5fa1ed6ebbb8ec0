// Durations, rates and percentages: what is read, and how it is shown again.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  durationText,
  parseDuration,
  parseFraction,
  parseRate,
} from "../../../../src/core/config/quantities.ts";
import { fc } from "../../../property.ts";

test("a duration is a number of seconds, or numbers with units", () => {
  for (const [text, seconds] of [
    ["90", 90],
    ["0", 0],
    ["90s", 90],
    ["5m", 300],
    ["1h30m", 5400],
    ["2d", 172_800],
    ["500ms", 0.5],
  ] as const) {
    assert.deepEqual(parseDuration(text), { ok: true, value: seconds });
  }
});

for (const bad of ["", "-1", "1.5s", "5 m", "5x", "m", "1h30", "9999999999", "999999999d"]) {
  test(`${JSON.stringify(bad)} is no duration, and the error shows how to write one`, () => {
    const result = parseDuration(bad);
    assert.match(result.ok ? "" : result.error, /not a valid duration: '.*': write 90s, 5m/);
  });
}

test("what is shown reads back as the same", () => {
  fc.assert(
    fc.property(fc.nat(10 * 365 * 86_400), fc.nat(999), (seconds, ms) => {
      const value = Math.min(seconds + ms / 1000, 10 * 365 * 86_400);
      const back = parseDuration(durationText(value));
      assert.ok(back.ok && Math.abs(back.value - value) < 0.0005, durationText(value));
    }),
  );
  assert.equal(durationText(5400), "1h30m");
  assert.equal(durationText(0), "0s");
});

test("a rate is a count in a duration", () => {
  assert.deepEqual(parseRate("5/1m"), { ok: true, value: { count: 5, seconds: 60 } });
  for (const bad of ["5", "0/1m", "5/0s", "5/", "/1m", "1001/1m", "5/1x"]) {
    assert.equal(parseRate(bad).ok, false, bad);
  }
});

test("a fraction is a number from 0 to 1", () => {
  assert.deepEqual(parseFraction("0.1"), { ok: true, value: 0.1 });
  for (const bad of ["10", "1.1", "-0.1", "10%", "", "."])
    assert.equal(parseFraction(bad).ok, false);
});
