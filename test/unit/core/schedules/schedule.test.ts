// The value of schedule=: what is read, what is refused and why, and how it is shown again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule, scheduleText } from "../../../../src/core/schedules/schedule.ts";
import { fc } from "../../../property.ts";

for (const [text, value] of [
  ["0 3 * * *", { kind: "cron", expression: "0 3 * * *", zone: null }],
  ["  0  3 * *\t* ", { kind: "cron", expression: "0 3 * * *", zone: null }],
  ["0 3 * * * Europe/Berlin", { kind: "cron", expression: "0 3 * * *", zone: "Europe/Berlin" }],
  ["0 3 * * * UTC", { kind: "cron", expression: "0 3 * * *", zone: "UTC" }],
  ["*/10 * * * * * UTC", { kind: "cron", expression: "*/10 * * * * *", zone: "UTC" }],
  ["0 3 * * MON-FRI", { kind: "cron", expression: "0 3 * * MON-FRI", zone: null }],
  ["0 3 * * mon", { kind: "cron", expression: "0 3 * * mon", zone: null }],
  ["0 3 1 JAN,JUL *", { kind: "cron", expression: "0 3 1 JAN,JUL *", zone: null }],
  ["0 3 * * FRI#2", { kind: "cron", expression: "0 3 * * FRI#2", zone: null }],
  ["0 3 L * *", { kind: "cron", expression: "0 3 L * *", zone: null }],
  ["0 3 * * 7", { kind: "cron", expression: "0 3 * * 7", zone: null }],
  ["@daily", { kind: "cron", expression: "0 0 * * *", zone: null }],
  ["@weekly America/New_York", { kind: "cron", expression: "0 0 * * 0", zone: "America/New_York" }],
  ["@every 10m", { kind: "every", seconds: 600 }],
  ["@every 90", { kind: "every", seconds: 90 }],
  ["@reboot", { kind: "reboot" }],
] as const) {
  test(`${JSON.stringify(text)} is a schedule`, () => {
    assert.deepEqual(parseSchedule(text), { ok: true, value });
  });
}

for (const [text, why] of [
  ["", /it has 0 fields, not 5, or 6 with seconds/],
  ["0 3 * *", /it has 4 fields/],
  ["0 0 0 1 1 * 2030", /it has 7 fields/],
  ["60 * * * *", /the minute is 60, and goes from 0 to 59/],
  ["* 24 * * *", /the hour is 24, and goes from 0 to 23/],
  ["* * 0 * *", /the day is 0, and goes from 1 to 31/],
  ["* * * 13 *", /the month is 13, and goes from 1 to 12/],
  ["* * * * 8", /the weekday is 8, and goes from 0 to 7/],
  ["61 * * * * *", /the second is 61, and goes from 0 to 59/],
  ["? * * * *", /the minute cannot be '\?'/],
  ["5-1 * * * *", /From value is larger than to value/],
  ["*/0 * * * *", /illegal stepping/],
  ["0 3 * * * Europe/Berlim", /'Europe\/Berlim' is no time zone/],
  ["@sometimes", /'@sometimes' is not known/],
  ["@every", /@every takes one duration/],
  ["@every 10m UTC", /@every takes one duration/],
  ["@every soon", /not a valid duration: 'soon'/],
  ["@every 500ms", /@every takes at least 1s/],
  ["@reboot UTC", /nothing follows @reboot/],
  [`${"1,".repeat(300)}1 * * * *`, /it is too long/],
  ["2027-01-01T00:00:00", /it has 1 field,/],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is no schedule, and the error says why and what may be written`, () => {
    const result = parseSchedule(text);
    const error = result.ok ? "" : result.error;
    assert.match(error, /^not a valid schedule: '/);
    assert.match(error, why);
    assert.match(error, /write "0 3 \* \* \*" .*Europe\/Berlin.*@every 10m.*@reboot$/);
  });
}

test("whatever is written, the answer is a schedule that reads back as the same, or an error", () => {
  const word = fc.oneof(
    fc.constantFrom("*", "0", "59", "1-5", "*/7", "MON", "JAN", "UTC", "@daily", "@every", "10m"),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      const result = parseSchedule(words.join(" "));
      if (!result.ok) return;
      assert.deepEqual(parseSchedule(scheduleText(result.value)), result);
    }),
    { numRuns: 2000 },
  );
});
