// The lines of one log: the newest ones, those of a time, those that match, across its files and a rotation meanwhile.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineFormatter } from "../../../../src/core/logs/line-format.ts";
import { ownLineOf } from "../../../../src/ctl/logs/lines.ts";
import { fc } from "../../../property.ts";
import { FakeLog, NOON } from "./fake-log.ts";

const MINUTE = 60_000;

/** A line each second from noon on. */
function stamped(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const time = new Date(NOON + (from + index) * 1000).toISOString();
    return `${time} line ${from + index}\n`;
  }).join("");
}

function numbers(text: string): readonly number[] {
  return [...text.matchAll(/line (\d+)$/gm)].map(([, n]) => Number(n));
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** The oldest file is compressed. */
function rotated(): FakeLog {
  return new FakeLog([
    { text: stamped(300, 100), changed: NOON + 399_000 },
    { text: stamped(200, 100), changed: NOON + 299_000 },
    { text: stamped(0, 200), gzip: true, changed: NOON + 199_000 },
  ]);
}

describe("the lines of a log", () => {
  it("are read through all its files, in order", async () => {
    assert.deepEqual(numbers(await rotated().text()), range(0, 400));
    assert.deepEqual(numbers(await rotated().text({}, 100)), range(0, 400));
  });

  it("that are newest are found without reading the rest", async () => {
    const log = rotated();
    assert.deepEqual(numbers(await log.text({ lines: 10 })), range(390, 400));
    assert.deepEqual(numbers(await log.text({ lines: 150 })), range(250, 400));
    assert.deepEqual(numbers(await log.text({ lines: 250 })), range(150, 400));
    assert.deepEqual(numbers(await log.text({ lines: 1000 })), range(0, 400));
    assert.deepEqual(await log.read({ lines: 0 }), []);
    const large = new FakeLog([{ text: "x".repeat(99).concat("\n").repeat(100_000) }]);
    await large.read({ lines: 10 });
    assert.ok(large.bytesRead < 200_000, `${large.bytesRead} bytes`);
  });

  it("are read to the end if there are only compressed files", async () => {
    const log = new FakeLog([
      { text: stamped(100, 200), gzip: true, changed: NOON + 299_000 },
      { text: stamped(0, 100), gzip: true, changed: NOON + 99_000 },
    ]);
    assert.deepEqual(numbers(await log.text()), range(0, 300));
    assert.deepEqual(numbers(await log.text({ lines: 150 })), range(150, 300));
    assert.deepEqual(numbers(await log.text({ since: NOON + 200_000 })), range(200, 300));
    assert.deepEqual(numbers(await log.text({ until: NOON + 120_000 })), range(0, 121));
    assert.deepEqual(numbers(await log.text({ since: NOON + 400_000 })), []);
    assert.deepEqual(await log.read({ lines: 0 }), []);
  });

  it("that are newest and match are found", async () => {
    const log = rotated();
    assert.deepEqual(numbers(await log.text({ lines: 3, grep: /line \d*5$/ })), [375, 385, 395]);
    assert.deepEqual(numbers(await log.text({ lines: 2, grep: /line 1?7$/ })), [7, 17]);
    assert.deepEqual(numbers(await log.text({ grep: /line 20\d$/ })), range(200, 210));
  });

  it("that are newest and match are counted once, however long", async () => {
    const long = `${"y".repeat(150_000)} NEEDLE\n`;
    const log = new FakeLog([{ text: `NEEDLE\n${"x\n".repeat(1000)}${long}last\n` }]);
    assert.ok((await log.text({ lines: 1, grep: /NEEDLE/ })) === long);
    assert.ok((await log.text({ lines: 2, grep: /NEEDLE/ })) === `NEEDLE\n${long}`);
  });

  it("of a time are found", async () => {
    const log = rotated();
    const at = (second: number): number => NOON + second * 1000;
    assert.deepEqual(numbers(await log.text({ since: at(350) })), range(350, 400));
    assert.deepEqual(numbers(await log.text({ since: at(150) })), range(150, 400));
    assert.deepEqual(numbers(await log.text({ since: at(-5) })), range(0, 400));
    assert.deepEqual(await log.read({ since: at(401) }), []);
    assert.deepEqual(numbers(await log.text({ until: at(249) })), range(0, 250));
    assert.deepEqual(numbers(await log.text({ since: at(190), until: at(210) })), range(190, 211));
    assert.deepEqual(numbers(await log.text({ lines: 5, until: at(210) })), range(206, 211));
    assert.deepEqual(numbers(await log.text({ lines: 5, since: at(397) })), range(397, 400));
    assert.deepEqual(log.notices, []);
  });

  it("of a time are found in a large file without reading all of it", async () => {
    const log = new FakeLog([{ text: stamped(0, 100_000), changed: NOON + 99_999_000 }]);
    const found = await log.text({ since: NOON + 99_990_000 });
    assert.deepEqual(numbers(found), range(99_990, 100_000));
    assert.ok(log.bytesRead < 1_200_000, `${log.bytesRead} bytes`);
  });

  it("have the times of the lines before, when they have none", async () => {
    const log = new FakeLog([
      { text: "2026-11-23T12:00:00Z failed\n  at here\n  at there\n2026-11-23T12:00:05Z better\n" },
    ]);
    const expected = [
      ["2026-11-23T12:00:00Z failed", NOON],
      ["  at here", NOON],
      ["  at there", NOON],
      ["2026-11-23T12:00:05Z better", NOON + 5000],
    ];
    assert.deepEqual(await log.read(), expected);
    assert.deepEqual(await log.read({ lines: 2 }), expected.slice(2));
    assert.deepEqual(await log.read({ since: NOON + 1 }), expected.slice(3));
  });

  it("have the time of their file when they have none", async () => {
    const at = (minute: number): number => NOON + minute * MINUTE;
    const log = new FakeLog([
      { text: "five\n", changed: at(5) },
      { text: "three\nfour\n", gzip: true, changed: at(4) },
      { text: "one\ntwo\n", changed: at(2) },
    ]);
    const [one, two, three, four, five] = [
      ["one", at(2)],
      ["two", at(2)],
      ["three", at(4)],
      ["four", at(4)],
      ["five", at(5)],
    ];
    assert.deepEqual(await log.read(), [one, two, three, four, five]);
    assert.deepEqual(log.notices, []);
    // Lines that may be of the time are shown.
    assert.deepEqual(await log.read({ since: at(2.5) }), [three, four, five]);
    assert.deepEqual(await log.read({ since: at(4.5) }), [five]);
    assert.deepEqual(await log.read({ until: at(1) }), [one, two]);
    assert.deepEqual(await log.read({ until: at(3) }), [one, two, three, four]);
    assert.match(log.notices.join(), /web \(stdout\): the times of lines .* only known by file/);
  });

  it("have the time of their file, not that of a line in a much older one", async () => {
    const log = new FakeLog([
      { text: "new\n", changed: NOON + 9 * MINUTE },
      { text: "12:00:01 no date\n  trace\n", changed: NOON + 5 * MINUTE },
      { text: "2026-11-23T12:00:00Z start\n", changed: NOON },
    ]);
    const times = (await log.read()).map(([, time]) => (time - NOON) / MINUTE);
    assert.deepEqual(times, [0, 0, 0, 9]);
  });

  it("are whole where a file ends within one", async () => {
    const log = new FakeLog([{ text: "d\nthree\n" }, { text: "one\nsecon" }]);
    assert.equal(await log.text(), "one\nsecond\nthree\n");
  });

  it("of great length come in pieces, and the last needs no end", async () => {
    const long = "x".repeat(600_000);
    const log = new FakeLog([{ text: `a\n${long}\nb` }]);
    const lines = await log.read({}, 1000);
    assert.equal(lines.map(([line]) => line).join(""), `a${long}b`);
    assert.ok(lines.every(([line]) => line.length <= 256 * 1024));
    assert.equal(await log.text({ lines: 1 }), "b\n");
  });

  it("that tsv formatted are the program's text", async () => {
    const log = new FakeLog([
      {
        text:
          "11:59:58 web | with prefix\n11:59:59 web + goes on\n" +
          '{"time":"2026-11-23T12:00:00.000Z","program":"web","channel":"stdout","message":"of \\"JSON\\""}\n' +
          'time=2026-11-23T12:00:01.000Z program=web channel=stdout message="of logfmt"\n' +
          "12:00:02 other | not ours\n",
        changed: NOON + 2000,
      },
    ]);
    assert.deepEqual(await log.read(), [
      ["with prefix", NOON - 2000],
      ["goes on", NOON - 1000],
      ['of "JSON"', NOON],
      ["of logfmt", NOON + 1000],
      ["12:00:02 other | not ours", NOON + 1000],
    ]);
  });
});

describe("a search in lines that tsv formatted", () => {
  const line = (message: string): string =>
    `{"time":"2026-11-23T12:00:00.000Z","program":"web","channel":"stdout","message":"${message}"}\n`;
  const log = (): FakeLog =>
    new FakeLog([
      {
        text: `web | tick one\ntime=2026-11-23T12:00:01.000Z program=web channel=stdout message="tick \\"two\\""\n`,
      },
      { text: line('tick \\"three\\"') },
      { text: `${line("four tick")}no channel of web's\n`, gzip: true },
    ]);

  for (const [grep, expected] of [
    [/"(?:two|three)"$/, ['tick "three"', 'tick "two"']],
    [/^tick/, ['tick "three"', "tick one", 'tick "two"']],
    [/tick$/, ["four tick"]],
    [/channel|program|message|2026/, ["no channel of web's"]],
    [/web/, ["no channel of web's", "tick one"]],
  ] as const) {
    it(`finds ${grep} in the program's text`, async () => {
      const shown = (await log().read({ grep })).map(([text]) => text);
      assert.deepEqual(shown, expected);
    });

    it(`finds the newest lines with ${grep} in the program's text`, async () => {
      for (const lines of [1, 2, 10]) {
        const shown = (await log().read({ grep, lines })).map(([text]) => text);
        assert.deepEqual(shown, expected.slice(-lines));
      }
    });
  }

  it("finds words that may be a prefix or the program's own", async () => {
    const nested = new FakeLog([{ text: "web + b = c\n12:00:00 web | nested\n" }]);
    assert.equal((await nested.read({ grep: /web \+|^12:00/ })).length, 2);
  });

  it("takes no line for a formatted one where the daemon formats none", async () => {
    const raw = new FakeLog([{ text: "web + b = c\nweb | x\n" }]);
    assert.equal(await raw.text(), "b = c\nx\n");
    raw.isFormatted = false;
    assert.equal(await raw.text(), "web + b = c\nweb | x\n");
    assert.equal(await raw.text({ grep: /^x/ }), "");
    raw.isFormatted = true;
    assert.equal(await raw.text({ grep: /^x/ }), "x\n");
  });

  it("finds names that are not ASCII", async () => {
    const text = "12:00:00 w\u00e4b | tick\n";
    const shown = ownLineOf(Buffer.from(text.trim()), "w\u00e4b")?.text;
    assert.equal(shown, "tick");
  });
});

describe("a log that is rotated while it is read", () => {
  it("is read completely when its files are renamed", async () => {
    const log = rotated();
    let reads = 0;
    log.beforeRead = () => {
      reads += 1;
      if (reads % 5 === 0) log.files = [{ text: `new ${reads}\n` }, ...log.files];
    };
    assert.deepEqual(numbers(await log.text({}, 500)), range(0, 400));
    assert.deepEqual(log.notices, []);
  });

  it("is read completely when a file is compressed in the middle of it", async () => {
    const log = rotated();
    let reads = 0;
    log.beforeRead = () => {
      reads += 1;
      if (reads < 8) return;
      log.files = log.files.map((file) =>
        file.gzip !== true && file.text.includes("line 200") ? { ...file, gzip: true } : file,
      );
    };
    assert.deepEqual(numbers(await log.text({}, 500)), range(0, 400));
    assert.deepEqual(log.notices, []);
  });

  it("continues with the next file when one is removed, and says so", async () => {
    const log = rotated();
    let reads = 0;
    log.beforeRead = () => {
      reads += 1;
      if (reads === 6) log.files = log.files.filter(({ text }) => !text.includes("line 200"));
    };
    const found = numbers(await log.text({}, 500));
    assert.deepEqual(found.slice(0, 200), range(0, 200));
    assert.deepEqual(found.slice(-100), range(300, 400));
    assert.deepEqual(
      log.lost(),
      "backup 1 of the stdout log of web was rotated away while it was read",
    );
  });

  it("reports a backup that is damaged, and reads the others", async () => {
    const log = new FakeLog([{ text: "live\n" }, { text: "x", gzip: true }, { text: "old\n" }]);
    const reader = log.reader();
    const { read } = reader;
    reader.read = async function (this: typeof reader, ...words) {
      const bytes = await read.apply(this, words);
      return words[0].index === 1 ? Buffer.from("no gzip at all") : bytes;
    };
    const damaged = Object.assign(log, { reader: () => reader });
    assert.equal(await damaged.text(), "old\nlive\n");
    assert.match(
      log.notices.join(),
      /backup 1 of the stdout log of web cannot be read whole: damaged gzip/,
    );
  });
});

describe("whatever the lines and files of a log are", () => {
  const line = fc
    .string({ maxLength: 60, unit: "binary" })
    .map((text) => text.replaceAll("\n", ""));
  const file = fc.record({ lines: fc.array(line, { maxLength: 30 }), gzip: fc.boolean() });

  it("the last n lines are the last n of all", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 1, maxLength: 4 }),
        fc.nat(130),
        fc.integer({ min: 1, max: 300 }),
        async (files, count, chunkBytes) => {
          const all = files.flatMap(({ lines }) => lines);
          const listed = files.map(({ lines, gzip }, index) => ({
            text: lines.map((each) => `${each}\n`).join(""),
            gzip: gzip && index < files.length - 1,
          }));
          const log = new FakeLog(listed.reverse());
          const expected = count === 0 ? [] : all.slice(-count);
          const found = (await log.read({ lines: count }, chunkBytes)).map(([text]) => text);
          assert.deepEqual(found, expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("those of a time are the ones that have it", async () => {
    const second = fc.integer({ min: 0, max: 500 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(second, fc.boolean()), { maxLength: 60 }),
        fc.nat(60),
        second,
        second,
        async (entries, cut, from, length) => {
          let now = 0;
          const lines = entries.map(([pause, hasTime], index) => {
            now += hasTime || index === 0 || index === cut ? Math.floor(pause / 20) : 0;
            const time = new Date(NOON + now * 1000).toISOString();
            return {
              now,
              text: hasTime || index === 0 || index === cut ? `${time} n${index}` : `  n${index}`,
            };
          });
          const texts = [lines.slice(cut), lines.slice(0, cut)].map((part) =>
            part.map(({ text }) => `${text}\n`).join(""),
          );
          const [live = "", old = ""] = texts;
          const changed = NOON + (lines[Math.min(cut, lines.length) - 1]?.now ?? 0) * 1000;
          const backups = old === "" ? [] : [{ text: old, changed }];
          const log = new FakeLog([{ text: live }, ...backups]);
          const choice = { since: NOON + from * 1000, until: NOON + (from + length) * 1000 };
          const expected = lines.filter((each) => each.now >= from && each.now <= from + length);
          const found = (await log.read(choice, 50)).map(([text]) => text);
          assert.deepEqual(
            found,
            expected.map(({ text }) => text),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

for (const format of ["json", "logfmt"] as const) {
  it(`a line of ${format} whose text fills a piece is shown by its text`, async () => {
    const style = { format, time: "utc", name: "web", channel: "stdout", colour: null } as const;
    const formatter = new LineFormatter(style, () => 0);
    let log = "";
    // Quotes and control characters take up to six bytes each.
    const long = `${'"'.repeat(20_000)}${"\u0001".repeat(30_000)}${"x".repeat(20_000)}`;
    formatter.push(Buffer.from(`a\n${long}\nb\n`), NOON, (lines) => {
      log += Buffer.from(lines).toString();
    });
    const read = await new FakeLog([{ text: log }]).read();
    const shown = read.map(([line]) => line);
    assert.equal(shown.join(""), `a${long}b`);
    assert.ok(shown.length > 3, "of more than 32 KB the daemon makes several lines");
  });
}
