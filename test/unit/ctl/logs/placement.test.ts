// The times of lines in compressed backups: the daemon remembers them by a count of bytes, in which the backups have to be placed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { FakeLog, NOON } from "./fake-log.ts";

const MINUTE = 60_000;
/** Four bytes were written each minute, and the files were rotated after eight and after sixteen. */
const MARKS = [0, 1, 2, 3, 4].flatMap((minute) => [NOON + minute * MINUTE, minute * 4]);
const at = (minute: number): number => NOON + minute * MINUTE;
const rotated = [
  { text: "5th\n", changed: at(4) },
  { text: "3rd\n4th\n", gzip: true, changed: at(3) },
  { text: "1st\n2nd\n", gzip: true, changed: at(1) },
];

/** Compressed in two parts, so that its end does not say how long it is. */
function inParts(text: string): Uint8Array {
  return Buffer.concat([gzipSync(text, { level: 0 }), gzipSync("")]);
}

/** Longer than what a file is allowed to be longer than its contents. */
const LONG = `3rd${" ".repeat(2000)}`;

/** The rotated files, with other lines in the second one. @param measuredBytes 0: it cannot be placed */
function withMiddle(text: string, marks: readonly number[], measuredBytes: number): FakeLog {
  const middle = { text, packed: inParts(text), gzip: true, changed: at(3) };
  const files = rotated.map((file, index) => (index === 1 ? middle : file));
  return Object.assign(new FakeLog(files, marks), { measuredBytes });
}

describe("lines in compressed backups", () => {
  it("have the times that the daemon remembers", async () => {
    const log = new FakeLog(rotated, MARKS);
    const expected = ["1st", "2nd", "3rd", "4th", "5th"].map((line, minute) => [line, at(minute)]);
    assert.deepEqual(await log.read(), expected);
    for (const minute of [0, 1, 2, 3, 4]) {
      assert.deepEqual(await log.read({ since: at(minute) }), expected.slice(minute));
      assert.deepEqual(await log.read({ until: at(minute) }), expected.slice(0, minute + 1));
    }
    assert.deepEqual(log.notices, []);
  });

  it("have them too when the file has to be decompressed to learn how long it is", async () => {
    const text = `${LONG}\n4th\n`;
    const marks = [at(0), 0, at(1), 4, at(2), 8, at(3), 4 + text.length, at(4), 8 + text.length];
    const log = withMiddle(text, marks, 1_000_000);
    assert.deepEqual((await log.read({ since: at(1) })).slice(0, 1), [["2nd", at(1)]]);
    assert.equal(await log.text({ since: at(3) }), "4th\n5th\n");
  });

  it("are not measured when only newer ones are shown", async () => {
    const log = new FakeLog(rotated, MARKS);
    assert.deepEqual(await log.read({ lines: 1 }), [["5th", at(4)]]);
    assert.ok(log.bytesRead <= 8, `${log.bytesRead} bytes`);
  });

  it("are shown by --since and --until when only the time of their file is known", async () => {
    const log = withMiddle(`${LONG}\n4th\n`, MARKS, 0);
    assert.equal(await log.text({ since: at(3.5) }), "5th\n");
    assert.deepEqual(log.notices, []);
    assert.deepEqual(await log.read({ since: at(2.5) }), [
      [LONG, at(1)],
      ["4th", at(1)],
      ["5th", at(4)],
    ]);
    assert.match(
      log.notices.join(),
      /web \(stdout\): the times of lines in compressed backups are/,
    );
    // Of the oldest one, not even the beginning is known.
    assert.deepEqual((await log.read({ since: at(0.5) })).slice(0, 3), [
      ["1st", null],
      ["2nd", null],
      [LONG, at(1)],
    ]);
    assert.equal(await log.text({ until: at(2) }), `1st\n2nd\n${LONG}\n4th\n`);
    assert.equal(await log.text({ until: at(0.5) }), "1st\n2nd\n");
  });

  it("have the times in them even when the file cannot be placed", async () => {
    const text = `2026-11-23T12:02:00Z ${LONG}\n  trace\n2026-11-23T12:03:00Z 4th\n`;
    const log = withMiddle(text, [at(0), 0, at(4), 8 + text.length], 0);
    assert.deepEqual(
      (await log.read({ since: at(1.5) })).map(([, time]) => time),
      [at(2), at(2), at(3), at(4)],
    );
    assert.deepEqual(log.notices, []);
  });

  it("that were written before the daemon counted stay without times", async () => {
    const [live, ...older] = rotated;
    if (live === undefined) return;
    const log = new FakeLog([live, ...older], [at(4), 16]);
    assert.equal(await log.text({ since: at(0) }), "5th\n");
    assert.match(log.notices.join(), /the times of its first lines are not known/);
  });
});
