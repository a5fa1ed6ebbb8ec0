// A search of blocks finds exactly the lines that a look at each line finds, with the same times.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type LineChoice, LogHistory } from "../../../../src/ctl/logs/history.ts";
import { LineSearch } from "../../../../src/ctl/logs/line-search.ts";
import {
  LineCutter,
  LineTimes,
  matchesLine,
  ownLineOf,
  type TimedLine,
} from "../../../../src/ctl/logs/lines.ts";
import { chunksOf } from "../../../../src/ctl/logs/log-bytes.ts";
import { endOf, isProblem, type LogReader } from "../../../../src/ctl/logs/log-reader.ts";
import { fc } from "../../../property.ts";
import { FakeLog, NOON } from "./fake-log.ts";

const TIME = { offset: () => 60, now: () => NOON + 3_600_000 };
const ALL: LineChoice = { lines: null, since: null, until: null, grep: null };

const record = (message: string): string =>
  `{"time":"2026-11-23T11:59:58.000Z","program":"web","channel":"stdout","message":"${message}"}`;
const bytesOf = (text: string): Buffer => Buffer.from(text);

/** Parts of lines: characters that expressions, times, escapes and encodings depend on. */
const piece = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("a", "A", "b", "s", "k", " ", "ab", "aab", "\r", "\t"),
    },
    fc.constantFrom('"', "\\", "\\u0061", "\\/", "/", ".", "\u017f", "\u212a", "\u00e4", "\ufeff"),
  )
  .map(bytesOf);
const odd = fc.constantFrom([0xff], [0xe2, 0x82], [0xc3], [0x80], [0xf0, 0x9f, 0x98, 0x80], [0]);
const content = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: piece },
      odd.map((each) => Buffer.from(each)),
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => Buffer.concat(parts));
const head = fc.constantFrom(
  ...["", "", "  at ", "web | ", "web + ", "12:04:07 web | ", "00:00:01 web | ", "23:59:59 web | "],
  ...[
    "2026-11-23T11:00:00Z ",
    "2026-11-23T11:30:00.5+01:00 web | ",
    "Nov 23 10:00:00 ",
    "1795248000 ",
  ],
);
const line = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(head, content)
      .map(([first, rest]) => Buffer.concat([bytesOf(first), rest])),
  },
  fc
    .constantFrom("ab", '\\"a\\"', "\\u0061b", "a\\/b", "\\\\u0061", "\\u001ba", "k\\t", "aab")
    .map((message) => bytesOf(record(message))),
  content.map((message) => bytesOf(record(message.toString()))),
  content.map((rest) =>
    bytesOf(`time=2026-11-23T11:59:59Z program=web channel=stdout message="${rest}"`),
  ),
);
const text = fc.tuple(fc.array(line, { maxLength: 25 }), fc.boolean()).map(([lines, isEnded]) => {
  const joined = Buffer.concat(lines.flatMap((each) => [each, bytesOf("\n")]));
  return isEnded ? joined : joined.subarray(0, -1);
});

const SOURCES = [
  ...[
    "a",
    "ab",
    "aab",
    "k",
    "s",
    "\u017f",
    "\u00e4",
    "/",
    "\\.",
    '"',
    '"a"',
    "\\\\",
    "\\\\u0061",
    "web",
    "12:04",
  ],
  ...[
    "^",
    "$",
    "^$",
    "^a",
    "b$",
    "^ab$",
    "a\\nb",
    "\\n",
    "\\s",
    "a\\s*b",
    "a[^x]*b",
    "[^a]",
    "\\W",
    "a(?!b)",
  ],
  ...[
    "(?<!a)b",
    "(?<=^)a",
    ".",
    "^.{3}$",
    "a|b",
    "\\bab\\b",
    "\\u0061",
    "\\ufeff",
    "\ufffd",
    "(a)\\1",
    "",
    "\\r$",
  ],
];
const pattern = fc
  .tuple(fc.constantFrom(...SOURCES), fc.constantFrom("", "i", "u", "iu"))
  .map(([source, flags]) => new RegExp(source, flags));

/** All lines of a log, each of which is timed and then tried. */
async function eachLine(
  reader: LogReader,
  history: LogHistory,
  grep: RegExp,
): Promise<readonly TimedLine[]> {
  const { listing } = history;
  const times = new LineTimes("web", listing, TIME);
  const cutter = new LineCutter();
  const found: TimedLine[] = [];
  const take = (lines: ReturnType<LineCutter["push"]>): void => {
    const timed = lines.map((each) => times.timed(each));
    found.push(...timed.filter(({ bytes, text }) => matchesLine(grep, bytes, text)));
  };
  for await (const chunk of chunksOf(reader, listing, { file: 0, offset: 0 }, endOf(listing))) {
    take(cutter.push(chunk));
  }
  take(cutter.end());
  return found;
}

function logOf(texts: readonly Buffer[], isFormatted: boolean): FakeLog {
  const log = new FakeLog(
    texts.map((bytes, index) => ({ bytes, text: "", changed: NOON - index * 40_000_000 })),
  );
  log.isFormatted = isFormatted;
  return log;
}

async function opened(log: FakeLog, choice: Partial<LineChoice>, chunkBytes: number) {
  const reader = log.reader(chunkBytes);
  const listing = await reader.list();
  assert.ok(!isProblem(listing));
  return { reader, history: new LogHistory(reader, listing, { ...ALL, ...choice }, TIME) };
}

const shown = (lines: readonly TimedLine[]) =>
  lines.map(({ bytes, time, earliest, isTimeKnown, file, offset, text: own }) => ({
    ...{
      line: Buffer.from(bytes).toString("latin1"),
      time,
      earliest,
      isTimeKnown,
      file,
      offset,
      own,
    },
  }));

describe("a search in blocks", () => {
  it("finds the lines that a look at each line finds, with their times", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        pattern,
        fc.boolean(),
        fc.integer({ min: 1, max: 400 }),
        async (texts, grep, isFormatted, chunkBytes) => {
          const log = logOf(texts, isFormatted);
          const { reader, history } = await opened(log, { grep }, chunkBytes);
          const expected = await eachLine(reader, history, grep);
          const found: TimedLine[] = [];
          for await (const batch of history.batches(true)) found.push(...batch);
          assert.deepEqual(shown(found), shown(expected));

          const plain = (await opened(log, { grep }, chunkBytes)).history;
          const parts: Uint8Array[] = [];
          for await (const bytes of plain.plainBatches(true)) parts.push(bytes.slice());
          const lines = expected.map(({ bytes }) => `${Buffer.from(bytes).toString("latin1")}\n`);
          assert.equal(Buffer.concat(parts).toString("latin1"), lines.join(""));

          // The number of lines is that of each file: a line is not continued in the next one.
          const file = logOf(texts.slice(0, 1), isFormatted);
          const whole = await opened(file, { grep }, chunkBytes);
          const all = await eachLine(whole.reader, whole.history, grep);
          const { history: newest } = await opened(file, { grep, lines: 3 }, chunkBytes);
          const last: TimedLine[] = [];
          for await (const batch of newest.batches(true)) last.push(...batch);
          const offsets = (each: readonly TimedLine[]) => each.map(({ offset }) => offset);
          assert.deepEqual(offsets(last), offsets(all.slice(-3)));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("misses no line of a block", () => {
    fc.assert(
      fc.property(text, pattern, fc.constantFrom("web", null), (bytes, grep, name) => {
        const found = new Set(
          [...new LineSearch(grep, name).candidates(bytes)].map(({ from }) => from),
        );
        const lines = [...new LineCutter().push({ file: 0, offset: 0, bytes })];
        for (const { bytes: each, offset } of lines) {
          const own = name === null ? null : (ownLineOf(each, name)?.text ?? null);
          if (matchesLine(grep, each, own)) assert.ok(found.has(offset), `${grep} at ${offset}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("looks at few lines for a plain text", () => {
    const lines = bytesOf(`${"a line of a log\n".repeat(1000)}the one\n${record("a \\\\u")}\n`);
    const count = (grep: RegExp, name: string | null): number =>
      [...new LineSearch(grep, name).candidates(lines)].length;
    for (const grep of [/the one/, /THE ONE/i, /the one/u, /e\sone/]) {
      assert.equal(count(grep, null), 1, `${grep}`);
      assert.equal(count(grep, "web"), 1, `${grep}`);
    }
  });

  it("passes lines of great length in the same pieces", async () => {
    const long = `${"x".repeat(300_000)}\u00e4${"y".repeat(300_000)}`;
    for (const chunkBytes of [50_000, 1_000_000]) {
      const log = logOf([bytesOf(`a\n${long}\nb x\n${long}`)], false);
      for (const grep of [/x/, /^y|^x/, /y$/]) {
        const { reader, history } = await opened(log, { grep }, chunkBytes);
        const expected = await eachLine(reader, history, grep);
        const found: TimedLine[] = [];
        for await (const batch of history.batches(true)) found.push(...batch);
        assert.deepEqual(shown(found), shown(expected), `${grep}`);
      }
    }
  });
});
