// The activity log's line, byte for byte as users' tools parse it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { localTime } from "../../../../src/core/logs/calendar.ts";
import { formatRecord, isLogged } from "../../../../src/core/logs/record.ts";
import { fc } from "../../../property.ts";

test("a record shows local date, time with milliseconds after a comma, level and text", () => {
  const wall = Date.UTC(2026, 10, 21, 8, 17, 32, 7);
  assert.equal(
    formatRecord(wall, 60, "INFO", "spawned: 'a' with pid 7"),
    "2026-11-21 09:17:32,007 INFO spawned: 'a' with pid 7",
  );
});

test("calendar fields agree with the host's calendar at any moment and offset", () => {
  const moments = fc.integer({ min: -8_000_000_000_000, max: 8_000_000_000_000 });
  const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });
  fc.assert(
    fc.property(moments, offsets, (wall, offset) => {
      const t = localTime(wall, offset);
      const iso = new Date(wall + offset * 60_000);
      assert.deepEqual(
        [t.year, t.month, t.day, t.hour, t.minute, t.second, t.millisecond],
        [
          iso.getUTCFullYear(),
          iso.getUTCMonth() + 1,
          iso.getUTCDate(),
          iso.getUTCHours(),
          iso.getUTCMinutes(),
          iso.getUTCSeconds(),
          iso.getUTCMilliseconds(),
        ],
      );
    }),
  );
});

test("a level is logged when it is at least the threshold", () => {
  assert.equal(isLogged("WARN", "INFO"), true);
  assert.equal(isLogged("INFO", "INFO"), true);
  assert.equal(isLogged("DEBG", "INFO"), false);
  assert.equal(isLogged("BLAT", "BLAT"), true);
});
