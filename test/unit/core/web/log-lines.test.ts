// Lines of logs for the page: their times and levels, which are wanted, and the order of several logs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { localTime } from "../../../../src/core/logs/calendar.ts";
import {
  isWanted,
  LONGEST_SHOWN,
  LogLines,
  lineView,
  mayMatch,
  mergeLines,
  offsetOf,
  type ShownLine,
} from "../../../../src/core/web/log-lines.ts";
import { fc } from "../../../property.ts";

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);
const OWN = { name: "web", isFormatted: false };
const FORMATTED = { name: "web", isFormatted: true };
const utc = () => 0;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const ALL = { search: "", level: null, since: null };

const linesOf = (text: string, source = OWN, hasCome = false) =>
  new LogLines(source, utc).push(bytesOf(text), NOON, hasCome);

void test("a line has the time that it states, or that of the line before it", () => {
  const lines = linesOf("first\n2026-11-23 11:00:00 ERROR no\n  at x\n2026-11-23 11:00:01 ok\n");
  assert.deepEqual(
    lines.map(({ time, level }) => [time, level]),
    [
      [null, null],
      [NOON - 3_600_000, "error"],
      [NOON - 3_600_000, "error"],
      [NOON - 3_599_000, null],
    ],
  );
  // Between lines with times, one whose time is not known has its place.
  assert.equal(lines[0]?.order, NOON);
});

void test("a line that comes now and states no time was written now", () => {
  const [one, two] = linesOf("no time\n2026-11-23 11:59:59 time\n", OWN, true);
  assert.equal(one?.time, NOON);
  assert.equal(two?.time, NOON - 1000);
});

void test("of a line that the daemon formatted, the text of the program is shown", () => {
  const lines = linesOf(
    [
      '{"time":"2026-11-23T11:00:00.000Z","program":"web","channel":"stdout","message":"a \\"b\\""}',
      "11:59:58 web | WARN text",
      "23:00:00 web | of the day before",
      "its own",
      "",
    ].join("\n"),
    FORMATTED,
  );
  assert.deepEqual(
    lines.map(({ time, text }) => [time, text]),
    [
      [NOON - 3_600_000, 'a "b"'],
      [NOON - 2000, "WARN text"],
      [NOON - 13 * 3_600_000, "of the day before"],
      [NOON - 13 * 3_600_000, "its own"],
    ],
  );
});

void test("lines do not depend on how bytes arrive, and long ones come in pieces", () => {
  const text = `ä\r\n${"x".repeat(LONGEST_SHOWN + 5)}\nlast`;
  const whole = linesOf(text).map((line) => line.text);
  assert.deepEqual(whole, ["ä", "x".repeat(LONGEST_SHOWN), "xxxxx"]);
  const log = new LogLines(OWN, utc);
  const parts = [...bytesOf(text)].flatMap((byte) => log.push(Uint8Array.of(byte), NOON));
  assert.deepEqual(
    parts.map((line) => line.text),
    whole,
  );
  assert.deepEqual(
    log.end(NOON).map((line) => line.text),
    ["last"],
  );
});

void test("a search looks at the visible text in any case, a level at the stated one", () => {
  const line = {
    time: NOON,
    order: NOON,
    level: "warning",
    text: "\x1b[31mTime\x1b[0mOut",
  } as const;
  const cases = [
    [ALL, true],
    [{ ...ALL, search: "timeout" }, true],
    [{ ...ALL, search: "[31m" }, false],
    [{ ...ALL, level: "warning" as const }, true],
    [{ ...ALL, level: "error" as const }, false],
    [{ ...ALL, since: NOON }, true],
    [{ ...ALL, since: NOON + 1 }, false],
  ] as const;
  for (const [filter, wanted] of cases) assert.equal(isWanted(line, filter), wanted);
  assert.equal(isWanted({ ...line, level: null }, { ...ALL, level: "debug" }), false);
});

void test("a block that is passed over has no line that is wanted", () => {
  const piece = fc.constantFrom("a", "B", "ß", "\x1b[1m", "\n", " ", "ab", "İ");
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom("a", "ab", "ba", "SS", "i"), (pieces, search) => {
      const text = `${pieces.join("")}\n`;
      if (mayMatch(bytesOf(text), OWN, search)) return;
      assert.equal(
        linesOf(text).some((line) => isWanted(line, { ...ALL, search })),
        false,
      );
    }),
  );
});

const shown = (order: number, text = ""): ShownLine => ({ time: null, order, level: null, text });

void test("logs are merged by time, each in its own order, and the newest stay", () => {
  const merged = (most: number, characters = 100) =>
    mergeLines(
      [
        [shown(1, "a"), shown(5, "b"), shown(3, "c")],
        [shown(2, "d"), shown(5, "e")],
      ],
      most,
      characters,
    ).map(({ line }) => line.text);
  assert.deepEqual(merged(9), ["a", "d", "b", "c", "e"]);
  assert.deepEqual(merged(2), ["c", "e"]);
  assert.deepEqual(merged(9, 3), ["b", "c", "e"]);
  assert.deepEqual(merged(9, 0), []);
});

void test("a view has the local time, and the offset is found from it", () => {
  const offset = offsetOf((ms) => localTime(ms, 90));
  assert.equal(offset(NOON + 0.5), 90);
  const line = { time: NOON + 7, order: NOON, level: null, text: "x" } as const;
  assert.deepEqual(lineView(3, line, offset), [3, "2026-11-23 13:30:00.007", "", [["", "x"]]]);
  assert.deepEqual(lineView(0, shown(1), offset), [0, "", "", []]);
});
