// Local time by every form of TZ: the same as another program of libc shows (python3), and asked of libc once a quarter of an hour.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { localTime, type OffsetMinutes } from "../../../../src/core/logs/calendar.ts";
import { nextCron } from "../../../../src/core/schedules/cron.ts";
import { posix } from "../../../../src/host/posix.ts";
import { offsetsFrom } from "../../../../src/host/time/local-time.ts";
import { fc } from "../../../property.ts";

const ZONES = [
  ...["CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "EST5EDT", "EST5"],
  ...["<+0330>-3:30", "<-03>3", "IST-5:30", "JST-9", "UTC+3", "", "Nowhere/Atlantis"],
  ...[
    "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "LHST-10:30LHDT-11,M10.1.0,M4.1.0",
    "A-1B-2,J60/0:07:30,J300",
  ],
  ...["Europe/Berlin", ":Europe/Berlin", "right/Europe/Berlin", ":/etc/localtime"],
  ...["/usr/share/zoneinfo/America/New_York", "America/Mexico_City", "Africa/Casablanca"],
];

/** For each zone, the offset in seconds at each second since 1970. */
const ORACLE = `
import calendar, json, os, sys, time
for zone, seconds in json.load(sys.stdin):
    os.environ["TZ"] = zone
    time.tzset()
    print(json.dumps([calendar.timegm(time.localtime(at)) - at for at in seconds]))
`;

const hasPython = spawnSync("python3", ["-c", ""]).status === 0;
const options = { skip: hasPython ? false : "needs python3" };

function libcOffsets(asked: readonly (readonly [zone: string, seconds: readonly number[]])[]) {
  const input = JSON.stringify(asked);
  const { stdout, status } = spawnSync("python3", ["-c", ORACLE], { input, encoding: "utf8" });
  assert.equal(status, 0);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as number[]);
}

/** Passes the offsets as tsv has them in a zone: libc looks at TZ with every question. */
function inZone<T>(zone: string, use: (secondsAt: (second: number) => number) => T): T {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    const offset = offsetsFrom((second) => posix().localOffset(second), Date.now);
    return use((second) => offset(second * 1000) * 60);
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
}

function assertAsLibc(asked: readonly (readonly [zone: string, seconds: readonly number[]])[]) {
  for (const [at, expected] of libcOffsets(asked).entries()) {
    const [zone, seconds] = asked[at] ?? ["", []];
    assert.deepEqual(
      inZone(zone, (offset) => seconds.map(offset)),
      expected,
      zone,
    );
  }
}

const YEAR = 366 * 86_400;
const from = Date.UTC(2020, 0) / 1000;
const second = fc.integer({ min: from, max: from + 20 * YEAR });
const number = (min: number, max: number) => fc.integer({ min, max });
const date = fc
  .tuple(number(1, 12), number(1, 5), number(0, 6))
  .map(([month, week, day]) => `M${month}.${week}.${day}`);
const clock = fc.tuple(number(0, 23), number(0, 59), number(0, 59)).map((parts) => parts.join(":"));
const rule = fc
  .tuple(number(-12, 12), fc.constantFrom("", ":30", ":45"), date, clock, date, clock)
  .map(
    ([hours, minutes, begin, at, end, until]) =>
      `ABC${hours}${minutes}DEF,${begin}/${at},${end}/${until}`,
  );

test("the offset is that of libc, by names, paths and POSIX rules", options, () => {
  const seconds = Array.from({ length: 2000 }, (_, n) => from + n * 86_400 + ((n * 7919) % 86_400));
  assertAsLibc(ZONES.map((zone) => [zone, seconds]));
  // The days on which such a zone changes depend on what libc was asked before.
  const winterAndSummer = [Date.UTC(2026, 0, 15) / 1000, Date.UTC(2026, 6, 15) / 1000];
  assertAsLibc([["CET-1CEST", winterAndSummer]]);
});

test(
  "the offset is that of libc in every zone that rules can describe, to the second",
  options,
  () => {
    const rules = fc.sample(fc.tuple(rule, fc.array(second, { minLength: 20, maxLength: 20 })), 50);
    assertAsLibc(rules.map(([zone, seconds]) => [zone, [...seconds, ...inZone(zone, changes)]]));
  },
);

/** Seconds around the changes of a year. */
function changes(offset: (second: number) => number): number[] {
  const found: number[] = [];
  for (let day = from; day < from + YEAR; day += 86_400) {
    let [low, high] = [day, day + 86_400];
    if (offset(low) === offset(high)) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(low - 1, low, high, high + 1, high + 600);
  }
  return found;
}

test("times in a zone with leap seconds are those that date(1) shows", options, (t) => {
  const zone = "right/Europe/Berlin";
  if (!existsSync(`/usr/share/zoneinfo/${zone}`)) return t.skip(`no ${zone}`);
  const at = Date.UTC(2026, 6, 1, 12);
  const offset = inZone(zone, (secondsAt) => secondsAt(at / 1000)) / 60;
  const { hour, minute, second: shown } = localTime(at, offset);
  assert.deepEqual([hour, minute, shown], [13, 59, 33]);
});

/** As the zone of Berlin is since 1996. */
const BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3";

for (const [change, at] of [
  ["to summer time", "2027-03-28T01:00:00Z"],
  ["back", "2027-10-31T01:00:00Z"],
] as const) {
  test(`around the change ${change}, schedules run by a rule as they do by the name of its zone`, () => {
    for (const expression of ["30 2 * * *", "*/30 * * * *", "0 2,3 * * *", "15 1-3 * * *"]) {
      const cron = { kind: "cron", expression } as const;
      for (let time = Date.parse(at) - 30 * 3_600_000, n = 0; n < 120; n += 1, time += 1_800_001) {
        const own = inZone(BERLIN, (offset) =>
          nextCron({ ...cron, zone: null }, time, (wall) => offset(wall / 1000) / 60),
        );
        const named = nextCron({ ...cron, zone: "Europe/Berlin" }, time);
        assert.equal(own, named, `${expression} after ${new Date(time).toISOString()}`);
      }
    }
  });
}

test("a quarter of an hour without a change is asked about once, and again when the clock is in the next", () => {
  const change = 1_800_000_450;
  let asked = 0;
  let now = 0;
  const offset: OffsetMinutes = offsetsFrom(
    (at) => {
      asked += 1;
      return at < change ? 3600 : 7200;
    },
    () => now,
  );
  for (let n = 0; n < 900; n += 1) assert.equal(offset((change - 1350 + n) * 1000), 60);
  assert.equal(asked, 2);
  now = 900_000;
  assert.equal(offset((change - 1350) * 1000), 60);
  assert.equal(asked, 4);
  assert.equal(offset(change * 1000 - 1), 60);
  assert.equal(offset(change * 1000), 120);
});
