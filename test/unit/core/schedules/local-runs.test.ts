// Schedules by the clock of a host that tells only its offsets: the same runs as by the name of its zone, which the package
// computes from the data of that zone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CronPattern } from "croner";
import type { CronSchedule } from "../../../../src/core/config/value-types.ts";
import type { OffsetMinutes } from "../../../../src/core/logs/calendar.ts";
import { isFixed, nextCron } from "../../../../src/core/schedules/cron.ts";
import { fc } from "../../../property.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The offsets of a zone, as the data of the runtime has them. */
function offsetsOf(zone: string): OffsetMinutes {
  const shown = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  });
  const known = new Map<number, number>();
  return (wall) => {
    const second = Math.floor(wall / 1000) * 1000;
    const before = known.get(second);
    if (before !== undefined) return before;
    const part: Record<string, number> = {};
    for (const { type, value } of shown.formatToParts(second)) part[type] = Number(value);
    const { year = 0, month = 1, day, hour, minute, second: s } = part;
    const offset = (Date.UTC(year, month - 1, day, hour, minute, s) - second) / 60_000;
    known.set(second, offset);
    return offset;
  };
}

/** Zones that change by an hour, half an hour and three hours, at two o'clock and at midnight, in both hemispheres; one left out a day. */
const ZONES: Readonly<Record<string, OffsetMinutes>> = Object.fromEntries(
  [
    ...["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"],
    ...["Africa/Cairo", "Pacific/Apia", "Antarctica/Troll", "Asia/Kolkata", "UTC"],
    ...["Africa/Casablanca", "America/Scoresbysund"],
  ].map((zone) => [zone, offsetsOf(zone)]),
);

/** Moments at which a zone changes its offset, from 2010 to 2030. */
function changesOf(offset: OffsetMinutes): number[] {
  const found: number[] = [];
  for (let day = Date.UTC(2010, 0); day < Date.UTC(2030, 0); day += DAY) {
    if (offset(day) === offset(day + DAY)) continue;
    let [low, high] = [day, day + DAY];
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

const CHANGES = Object.fromEntries(
  Object.entries(ZONES).map(([zone, offset]) => [zone, changesOf(offset)]),
);

const number = (most: number) => fc.integer({ min: 0, max: most });
const field = (most: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.constantFrom("*/2", "*/7", "*/30").filter((step) => most > 30 || step !== "*/30"),
    number(most).map(String),
    fc.uniqueArray(number(most), { minLength: 2, maxLength: 4 }).map((list) => list.join(",")),
    fc.tuple(number(most), number(most)).map((ends) => ends.sort((a, b) => a - b).join("-")),
  );
const hour = fc.oneof(fc.constantFrom("0", "1", "2", "3", "0-3", "1,2", "23"), field(23));
const days = fc.constantFrom(
  "* * *",
  "* * *",
  "* * 0",
  "29 2 *",
  "1 * *",
  "* 3,10 6-7",
  "30 12 *",
  "L * *",
);
const seconds = fc.oneof(
  { weight: 5, arbitrary: fc.constant("") },
  field(59).map((s) => `${s} `),
);
const expression = fc
  .tuple(seconds, field(59), hour, days)
  .map(([second, minute, at, rest]) => `${second}${minute} ${at} ${rest}`);

/** A range with a step, and the times that it means. */
const stepped = (most: number) =>
  fc.tuple(number(most), number(most), fc.integer({ min: 1, max: 20 })).map(([a, b, step]) => {
    const [first, last] = [Math.min(a, b), Math.max(a, b)];
    const times = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, n) => {
      return first + n * step;
    });
    return [`${first}-${last}/${step}`, times.join(",")] as const;
  });

function cron(text: string, zone: string | null): CronSchedule {
  return { kind: "cron", expression: text, zone };
}

const anyTime = fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2029, 0) });
const zoneAndTime = fc.constantFrom(...Object.keys(ZONES)).chain((zone) => {
  const changes = CHANGES[zone] ?? [];
  const close = fc
    .tuple(fc.nat(), fc.integer({ min: -30 * HOUR, max: 30 * HOUR }))
    .map(([n, away]) => (changes[n % changes.length] ?? 0) + away);
  const time = changes.length === 0 ? anyTime : fc.oneof(close, close, close, anyTime);
  return fc.tuple(fc.constant(zone), time);
});

test("by its offsets, a zone has the runs that it has by its name", () => {
  fc.assert(
    fc.property(expression, zoneAndTime, (text, [zone, after]) => {
      const offset = ZONES[zone] ?? assert.fail();
      let at: number | null = after;
      for (let n = 0; n < 4 && at !== null; n += 1) {
        const next = nextCron(cron(text, zone), at);
        const own = nextCron(cron(text, null), at, offset);
        const show = (ms: number | null) => (ms === null ? ms : new Date(ms).toISOString());
        assert.equal(show(own), show(next), `${text} ${zone} after ${show(at)}`);
        at = next;
      }
    }),
    { numRuns: 1500 },
  );
});

test("a range with a step is the list of its times, in every zone", () => {
  fc.assert(
    fc.property(stepped(59), stepped(23), zoneAndTime, (minutes, hours, [zone, after]) => {
      const offset = ZONES[zone] ?? assert.fail();
      const [written, listed] = [0, 1].map((n) => `${minutes[n]} ${hours[n]} * * *`);
      const [a, b] = [cron(written ?? "", null), cron(listed ?? "", null)];
      assert.equal(isFixed(a), true);
      assert.equal(nextCron(a, after, offset), nextCron(b, after, offset));
      const [x, y] = [cron(written ?? "", zone), cron(listed ?? "", zone)];
      assert.equal(nextCron(x, after), nextCron(y, after));
    }),
    { numRuns: 500 },
  );
});

test("times are fixed where the package takes them for fixed", () => {
  const options = { mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" } as const;
  fc.assert(
    fc.property(expression, (text) => {
      const { isFixedTime } = new CronPattern(text, undefined, options);
      assert.equal(isFixed(cron(text, null)), isFixedTime);
    }),
  );
});

test("a year in which nothing is due takes a few questions about the zone", () => {
  let asked = 0;
  const berlin = ZONES["Europe/Berlin"] ?? assert.fail();
  const offset: OffsetMinutes = (at) => {
    asked += 1;
    return berlin(at);
  };
  const leap = nextCron(cron("0 0 29 2 *", null), Date.UTC(2028, 2, 1), offset);
  assert.equal(leap, Date.UTC(2032, 1, 28, 23));
  assert.ok(asked < 20, `${asked} questions`);
});
