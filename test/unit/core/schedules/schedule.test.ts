// The value of schedule=: what is read, what is refused and why, and how it is shown again.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
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
  ["? * * * *", /the minute cannot be '\?': write \* for any/],
  ["5-1 * * * *", /the minute cannot be '5-1': a range ascends, write 5-59,0-1/],
  ["*/0 * * * *", /the minute cannot be '\*\/0': a step is at least 1/],
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

describe("what other schedulers take is refused with the form that works", () => {
  for (const [text, why] of [
    [
      "0 */30 * * *",
      /the hour cannot be '\*\/30': a step is at most 24; @every 30h runs every 30 h/,
    ],
    ["*/90 * * * *", /the minute cannot be '\*\/90': .*; @every 90m runs every 90 minutes;/],
    ["0 0 1 */13 *", /the month cannot be '\*\/13': a step is at most 12;/],
    ["0 0 ? * *", /the day cannot be '\?': write \* for any/],
    ["0 0 12 * * ?", /the weekday cannot be '\?': write \* for any/],
    ["0/5 * * * *", /the minute cannot be '0\/5': write \*\/5/],
    ["0 8/2 * * *", /the hour cannot be '8\/2': write 8-23\/2/],
    ["0 22-5 * * *", /the hour cannot be '22-5': a range ascends, write 22-23,0-5/],
    ["0 3 * * FRI-MON", /the weekday cannot be 'FRI-MON': .* write FRI-SAT,SUN-MON/],
    ["0 3 * * 7-1", /the weekday cannot be '7-1': .* write 0-1/],
    ["0 3 * NOV-FEB *", /the month cannot be 'NOV-FEB': .* write NOV-DEC,JAN-FEB/],
    ["0 3 * * MONDAY", /the weekday cannot be 'MONDAY': write MON/],
    ["0 3 1 january *", /the month cannot be 'january': write JAN/],
    ["H 3 * * *", /the minute cannot be 'H': it is \*, numbers from 0 to 59, lists as 1,2, ranges/],
    ["0~30 3 * * *", /the minute cannot be '0~30': it is \*/],
    ["0 0 L-3 * *", /the day cannot be 'L-3': .* or L and 15W/],
    ["0 0 * * SUN#6", /the weekday cannot be 'SUN#6': .*FRI#2/],
    ["1,,2 * * * *", /the minute cannot be '1,,2'/],
    ["- 3 * * *", /the minute cannot be '-'/],
    ['"0 3 * * *"', /remove the quotes around it/],
    ["CRON_TZ=Europe/Berlin 0 3 * * *", /a time zone is written at the end/],
    ["TZ=UTC 0 3 * * *", /a time zone is written at the end/],
    ["daily", /write @daily/],
    ["every 10m", /: write "@every 10m";/],
    ["every 5 minutes", /: write "@every 5m";/],
    ["@every 2 hours", /: write "@every 2h";/],
    ["rate(5 minutes)", /: write "@every 5m";/],
    ["rate(1 day)", /: write "@every 1d";/],
    ["30 sec", /: write "@every 30s";/],
    ["10m", /: write "@every 10m";/],
    ["every day", /: write @daily;/],
    ["every hour", /: write @hourly;/],
    ["every now and then", /: write @every;/],
    ["cron(0 10 * * ? *)", /: write the fields alone, without cron\(\) and without a year;/],
    ["cron(0 3 * * *)", /: write the fields alone, without cron\(\)/],
    ["Mon..Fri 09:00", /write 0 9 for 09:00/],
    ["*-*-* 03:30:00", /write 30 3 for 03:30/],
    ["0 3 * * mon..fri", /a range is written with -/],
    ["0 3 * * * root /usr/bin/x", /'root' follows the fields: a command belongs in command=/],
    ["0 3 * * * /usr/bin/x", /'\/usr\/bin\/x' follows the fields/],
    ["0 0 3 * * * ./x y", /'.\/x' follows the fields/],
  ] as const) {
    test(text, () => {
      const result = parseSchedule(text);
      assert.match(result.ok ? "" : result.error, why);
    });
  }
});

test("no error has the words of the package", () => {
  const sign = fc.constantFrom(
    "0",
    "5",
    "61",
    "*",
    "/",
    "-",
    ",",
    "#",
    "L",
    "W",
    "?",
    "MON",
    "x",
    "+",
  );
  const field = fc.array(sign, { minLength: 1, maxLength: 4 }).map((signs) => signs.join(""));
  fc.assert(
    fc.property(fc.array(field, { minLength: 5, maxLength: 6 }), (fields) => {
      const result = parseSchedule(fields.join(" "));
      const error = result.ok ? "" : result.error;
      assert.doesNotMatch(error, /Cron|entry|syntax|illegal|not a number|larger|out of range/i);
    }),
    { numRuns: 2000 },
  );
});

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

test("a range of days ends on Sunday, by name and as 7", () => {
  for (const days of ["MON-SUN", "sat-sun", "1-SUN", "FRI-7", "SUN-MON", "0-6"]) {
    const parsed = parseSchedule(`0 9 * * ${days}`);
    assert.ok(parsed.ok, `${days}: ${parsed.ok ? "" : parsed.error}`);
  }
});
