// Times at the beginning of lines: the forms that programs write, and nothing else.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAskedTime, timeOfLine } from "../../../../src/core/logs/time-texts.ts";
import { fc } from "../../../property.ts";

/** Two hours east of Greenwich. */
const offset = () => 120;
const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);
const near = NOON + 3_600_000;
const context = { offset, near };
const LOCAL = NOON - 7_200_000;

const FORMS: readonly (readonly [line: string, ms: number | null])[] = [
  ["2026-11-23T12:00:00Z GET /", NOON],
  ["2026-11-23T12:00:00.123Z GET /", NOON + 123],
  ["2026-11-23T12:00:00.123456+01:00 x", NOON - 3_600_000 + 123],
  ["2026-11-23 12:00:00,123 INFO x", LOCAL + 123],
  ["2026-11-23 12:00:00.123 UTC [17] LOG:  x", NOON + 123],
  ["2026-11-23 12:00 x", LOCAL],
  ["[2026-11-23 12:00:00 +0000] [7] [INFO] Booting worker", NOON],
  ["2026/11/23 12:00:00 [error] 7#7: *1 x", LOCAL],
  ["2026/11/23 12:00:00 +0100 is an offset", NOON - 3_600_000],
  ["INFO 2026-11-23 12:00:00 x", LOCAL],
  ["[ERROR] 2026-11-23T12:00:00Z x", NOON],
  ["WARNING:  2026-11-23 12:00:00,5 x", LOCAL + 500],
  ["\u001b[32m2026-11-23T12:00:00Z\u001b[0m x", NOON],
  ["I1123 12:00:00.123456   1 main.go:7] x", LOCAL + 123],
  ['1.2.3.4 - - [23/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200', NOON],
  ['::1 - joe [23/Nov/2026:12:00:00 -0130] "GET / HTTP/1.1" 200', NOON + 5_400_000],
  ["[23-Nov-2026 12:00:00] NOTICE: fpm is running", LOCAL],
  ["[23-Nov-2026 12:00:00 UTC] PHP Warning:  x", NOON],
  ["1:M 23 Nov 2026 12:00:00.123 * Ready to accept connections", LOCAL + 123],
  ["[Mon Nov 23 12:00:00.123456 2026] [core:notice] x", LOCAL + 123],
  ["Mon Nov 23 12:00:00 2026 x", LOCAL],
  ["Nov 23 12:00:00 host program[7]: x", LOCAL],
  ["Nov  3 12:00:00 host x", LOCAL - 20 * 86_400_000],
  ["Dec 31 12:00:00 host x", Date.UTC(2025, 11, 31, 10, 0, 0)],
  ["1795435200 x", NOON],
  ["1795435200.25 x", NOON + 250],
  ["[1795435200123] x", NOON + 123],
  ['{"level":"info","ts":1795435200.123,"msg":"x"}', NOON + 123],
  ['{"time":"2026-11-23T12:00:00.5Z","level":30}', NOON + 500],
  ['{"level":30,"time":1795435200123,"msg":"x"}', NOON + 123],
  ['{"@timestamp": "2026-11-23T12:00:00Z"}', NOON],
  ["time=2026-11-23T12:00:00Z level=info", NOON],
  ['ts="2026-11-23 12:00:00" level=info', LOCAL],
  ["", null],
  ["hello", null],
  ["12345678 items", null],
  ["1234567890 items", null],
  ["9999999999 items", null],
  ["2026-13-23T12:00:00Z", null],
  ["2026-02-30T12:00:00Z", null],
  ["2026-11-23T25:00:00Z", null],
  ["    at 2026-11-23T12:00:00Z", null],
  ['{"msg":"no time here"}', null],
  ['{"runtime":"2026-11-23T12:00:00Z"}', null],
  ["version 2026-11-23-12:00:00", null],
  ["I1399 12:00:00.123456 1 x", null],
];

describe("the time of a line", () => {
  for (const [line, ms] of FORMS) {
    it(`of ${JSON.stringify(line)} is ${ms === null ? "unknown" : new Date(ms).toISOString()}`, () => {
      assert.equal(timeOfLine(line, context), ms);
    });
  }

  it("of any bytes is within the years that can be written", () => {
    const head = fc.constantFrom("", "{", "[", "time=", '{"ts":', '{"time":"', "I1123 ", "Nov 23 ");
    const bytes = fc.uint8Array({ maxLength: 600 });
    const forms = fc.constantFrom(...FORMS.map(([line]) => line));
    const broken = fc.tuple(forms, fc.nat(80), fc.string({ maxLength: 4, unit: "binary" }));
    const line = fc.oneof(
      fc.tuple(head, bytes).map(([text, more]) => text + Buffer.from(more).toString("latin1")),
      broken.map(([form, at, text]) => form.slice(0, at) + text + form.slice(at + 1)),
      broken.map(([form, at]) => form.replaceAll(/\d/g, String(at % 10))),
    );
    const offset = fc.integer({ min: -15 * 60, max: 15 * 60 });
    const near = fc.oneof(fc.constant(NOON), fc.integer({ min: 0, max: Date.UTC(9999, 0) }));
    fc.assert(
      fc.property(line, offset, near, (text, minutes, about) => {
        const ms = timeOfLine(text, { offset: () => minutes, near: about });
        const day = 86_400_000;
        if (ms === null) return;
        assert.ok(Number.isSafeInteger(ms), `${text}: ${ms}`);
        assert.ok(ms >= Date.parse("0000-01-01T00:00:00Z") - 2 * day, `${text}: ${ms}`);
        assert.ok(ms <= Date.UTC(9999, 11, 31) + 2 * day, `${text}: ${ms}`);
      }),
      { numRuns: 3000 },
    );
  });

  it("is looked for once along a line, however odd and long it is", () => {
    const parts = ["a", " ", "a ", "1", "1 ", "[", "(", '"', "\u001b[", "\u001b[0;", "2026-11-23 "];
    const heads = ["", "{", '{"time":"', '{"ts":', "time=", "[INFO", "Nov ", "\u001b[0m"];
    for (const head of heads) {
      for (const part of parts) {
        // Work that grows with the square of the length would not end in an hour.
        timeOfLine(head + part.repeat(1_000_000 / part.length), context);
      }
    }
  });

  it("is what was written, in every zone", () => {
    const moment = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(moment, fc.integer({ min: -14 * 60, max: 14 * 60 }), (ms, minutes) => {
        const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 23);
        const zone = new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16);
        const sign = minutes < 0 ? "-" : "+";
        const told = { offset: () => minutes, near: ms };
        assert.equal(timeOfLine(`${local}${sign}${zone} x`, told), ms);
        assert.equal(timeOfLine(`${local.replace("T", " ").replace(".", ",")} x`, told), ms);
      }),
    );
  });
});

// The values of --since and --until.

/** 14:00 local time. */
const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const MINUTE = 60_000;

const VALUES: readonly (readonly [text: string, ms: number])[] = [
  ["10m", NOW - 10 * MINUTE],
  ["2h", NOW - 120 * MINUTE],
  ["1d", NOW - 1440 * MINUTE],
  ["1h30m", NOW - 90 * MINUTE],
  ["1w2d", NOW - 9 * 1440 * MINUTE],
  ["10 minutes ago", NOW - 10 * MINUTE],
  ["10min", NOW - 10 * MINUTE],
  ["-10m", NOW - 10 * MINUTE],
  ["1 hour 30 mins ago", NOW - 90 * MINUTE],
  ["2 hrs", NOW - 120 * MINUTE],
  ["1 week 2 days ago", NOW - 9 * 1440 * MINUTE],
  ["30sec ago", NOW - MINUTE / 2],
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
      assert.deepEqual(parseAskedTime(text, NOW, offset), { ok: true, value: ms });
    });
  }

  for (const text of [
    "",
    "90",
    "minutes ago",
    "10 months ago",
    "1 month",
    "10 mayhem",
    "90 ago",
    "25:00",
    "12:60",
    "2026-13-01",
    "2026-02-30",
    "soon",
    "--10m",
  ]) {
    it(`${JSON.stringify(text)} is refused with the forms that there are`, () => {
      const result = parseAskedTime(text, NOW, offset);
      assert.ok(!result.ok);
      assert.match(result.error, /is not a time: write a duration \(10m, 2h/);
      assert.ok(result.error.startsWith(`'${text}' `));
    });
  }
});
