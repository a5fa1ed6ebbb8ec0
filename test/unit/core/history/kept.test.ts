// The history of programs as a file: any damage is found, and what is whole is continued by the wall clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HISTORY_BYTES, History } from "../../../../src/core/history/history.ts";
import {
  FRAME_BYTES,
  frameOf,
  isOutdated,
  KEPT_HEAD_BYTES,
  keptHead,
  readKeptHead,
  recordOf,
} from "../../../../src/core/history/kept.ts";
import { FINE_MS, RECORD_BYTES } from "../../../../src/core/history/record.ts";
import { fc } from "../../../property.ts";

const WALL = Date.UTC(2026, 10, 27);
const HOUR = 3_600_000;
const HEAD = { count: 3, wall: WALL, present: WALL - 5000 };
/** The head of version 2, and the checksum of a record of zeros: by zlib. */
const OTHER_VERSION = Buffer.from(
  "7473762d686973746f72790a020000000000000000000000000000000000000000000000000000002476050300000000",
  "hex",
);
const CRC_OF_ZEROS = 0x16d13407;
const RECORD = Uint8Array.from({ length: RECORD_BYTES }, (_, at) => (at * 31) & 255);

test("what is written is read again", () => {
  assert.deepEqual(readKeptHead(keptHead(HEAD)), HEAD);
  assert.deepEqual(recordOf(frameOf(RECORD)), RECORD);
});

test("the checksum is CRC-32", () => {
  const frame = frameOf(new Uint8Array(RECORD_BYTES));
  const sum = new DataView(frame.buffer).getUint32(RECORD_BYTES, true);
  assert.equal(sum, CRC_OF_ZEROS);
});

test("a head of which a byte differs or is missing is never used", () => {
  const whole = keptHead(HEAD);
  for (let at = 0; at < KEPT_HEAD_BYTES; at += 1) {
    assert.equal(typeof readKeptHead(whole.subarray(0, at)), "string", `${at} bytes`);
  }
  const damage = fc.record({
    at: fc.integer({ min: 0, max: 43 }),
    by: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(damage, ({ at, by }) => {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ by;
      const flaw = readKeptHead(bytes);
      assert.equal(flaw, at < 12 ? "foreign" : "damaged");
    }),
  );
});

test("a record of which a byte differs or is missing is never used", () => {
  const whole = frameOf(RECORD);
  const damage = fc.record({
    at: fc.integer({ min: 0, max: FRAME_BYTES - 1 }),
    by: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(damage, ({ at, by }) => {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ by;
      assert.equal(recordOf(bytes), null);
      assert.equal(recordOf(whole.subarray(0, at)), null);
    }),
  );
});

test("any bytes are a flaw and no error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(typeof readKeptHead(bytes), "string");
      assert.equal(recordOf(bytes), null);
    }),
  );
  assert.equal(readKeptHead(new Uint8Array(0)), "empty");
});

test("a head of another version is told from a damaged one", () => {
  assert.equal(readKeptHead(OTHER_VERSION), "version");
});

/** The values of an hour of a program, written and read by a history that begins at another time of the monotonic clock. */
function continued(downMs: number) {
  const before = new History(new ArrayBuffer(HISTORY_BYTES), { mono: 0, wall: WALL });
  for (let mono = 0; mono <= HOUR; mono += FINE_MS) {
    const sample = { cpuPercent: 25, memoryBytes: 1e6, started: 0 };
    before.add({ mono, wall: WALL + mono }, [["web:web", sample]]);
  }
  const end = { mono: HOUR, wall: WALL + HOUR };
  const now = { mono: 42, wall: WALL + HOUR + downMs };
  const after = new History(new ArrayBuffer(HISTORY_BYTES), now);
  after.resume({ wall: end.wall, present: before.present(end) }, now);
  for (const { bytes } of before.records()) after.adopt(bytes);
  after.add(now, [["web:web", { cpuPercent: 50, memoryBytes: 1e6, started: 0 }]]);
  const range = { from: now.wall - HOUR - Math.max(0, downMs), to: now.wall, points: 5000 };
  return { series: after.query("web:web", range, now) ?? assert.fail(), now };
}

test("a kept history is continued with a gap as long as the daemon was down", () => {
  const { series, now } = continued(2 * HOUR);
  assert.equal(series.from, WALL);
  assert.equal(series.cpuMean.length, (3 * HOUR) / FINE_MS + 1);
  assert.equal(series.cpuMean.filter((value) => value === null).length, (2 * HOUR) / FINE_MS - 1);
  assert.ok(Math.abs((series.cpuMean.at(-1) ?? 0) - 50) < 0.2);
  assert.equal(series.from + series.step * (series.cpuMean.length - 1), now.wall);
});

test("with a clock that is earlier, the kept values are shown as if no time had passed", () => {
  const { series, now } = continued(-30 * 24 * HOUR);
  const known = series.cpuMean.filter((value) => value !== null);
  assert.equal(known.length, HOUR / FINE_MS + 1);
  assert.equal(series.from + series.step * (series.cpuMean.length - 1), now.wall);
});

test("a history is outdated after a month", () => {
  const days = (count: number) => ({ mono: 0, wall: WALL + count * 24 * HOUR });
  assert.ok(!isOutdated(HEAD, days(29)));
  assert.ok(isOutdated(HEAD, days(30)));
  assert.ok(!isOutdated(HEAD, days(-400)));
});

test("a kept record without a name, or with a known one, is left out", () => {
  const history = new History(new ArrayBuffer(HISTORY_BYTES), { mono: 0, wall: WALL });
  history.adopt(new Uint8Array(RECORD_BYTES));
  assert.equal(history.records().length, 0);
  history.add({ mono: 0, wall: WALL }, [
    ["web:web", { cpuPercent: 1, memoryBytes: 1, started: 0 }],
  ]);
  const [record] = history.records();
  history.adopt(record?.bytes.slice() ?? assert.fail());
  assert.equal(history.records().length, 1);
  // The place is not in use.
  history.add({ mono: 0, wall: WALL }, [
    ["new:new", { cpuPercent: 1, memoryBytes: 1, started: 0 }],
  ]);
  assert.deepEqual(
    history.records().map(({ name }) => name),
    ["web:web", "new:new"],
  );
});
