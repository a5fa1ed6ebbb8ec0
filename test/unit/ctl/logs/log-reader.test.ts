// Reading a log through a daemon: which logs, a daemon that ends meanwhile, files that are removed meanwhile.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProcessRow } from "../../../../src/ctl/answers.ts";
import { connectionCode, UnhandledFailure } from "../../../../src/ctl/failure.ts";
import { lostFilesHint } from "../../../../src/ctl/logs/log-bytes.ts";
import { type LogChannel, logsOf, type ProgramLog } from "../../../../src/ctl/logs/log-reader.ts";
import { FakeLog, NOON } from "./fake-log.ts";

/** Attempts of a call until the daemon counts as gone. */
const ATTEMPTS = 7;

function packed(count: number): FakeLog {
  return new FakeLog([
    { text: "live\n" },
    ...Array.from({ length: count }, (_, n) => ({ text: `old ${count - n}\n`, gzip: true })),
  ]);
}

const isGone = (error: unknown): boolean =>
  error instanceof UnhandledFailure && connectionCode(error.failure) === "ENOENT";

describe("a daemon that ends while a log is read", () => {
  for (const isPacked of [true, false]) {
    it(`ends the reading of ${isPacked ? "compressed" : "plain"} backups`, async () => {
      const log = packed(40);
      if (!isPacked) log.files = log.files.map(({ text }) => ({ text }));
      let reads = 0;
      log.beforeRead = () => {
        reads += 1;
        if (reads === 6) log.down = "ENOENT";
      };
      await assert.rejects(log.text(), isGone);
      assert.deepEqual(log.notices, []);
      assert.equal(log.refusals, ATTEMPTS);
    });
  }

  it("ends the search for a time and for the newest lines", async () => {
    for (const choice of [{ lines: 100 }, { since: NOON }]) {
      const log = packed(5);
      log.beforeRead = () => {
        log.down = "ENOENT";
      };
      await assert.rejects(log.text(choice), isGone);
      assert.deepEqual(log.notices, []);
    }
  });

  it("is asked several times at first, once later, and again when it was back", async () => {
    const log = packed(1);
    const reader = log.reader();
    const refusals: number[] = [];
    const fail = async (): Promise<void> => {
      log.down = "ENOENT";
      const before = log.refusals;
      await assert.rejects(reader.list(), isGone);
      refusals.push(log.refusals - before);
    };
    await fail();
    await fail();
    log.down = null;
    await reader.list();
    await fail();
    assert.deepEqual(refusals, [ATTEMPTS, 1, ATTEMPTS]);
  });

  it("is forgotten when it answers in time", async () => {
    const log = packed(3);
    let reads = 0;
    log.beforeRead = () => {
      reads += 1;
      log.down = reads >= 2 && reads < 6 ? "ECONNREFUSED" : null;
    };
    assert.equal(await log.text(), "old 1\nold 2\nold 3\nlive\n");
    assert.deepEqual([log.refusals, log.notices], [4, []]);
  });
});

describe("files that are removed while a log is read", () => {
  const log: ProgramLog = {
    name: "web",
    group: "web",
    program: "web",
    channel: "stderr",
    path: "",
    isNamed: true,
    isRequired: true,
    isKnown: true,
  };
  const message = (...indexes: readonly number[]): string | undefined => {
    const lost = new Map(indexes.map((index) => [`id${index}`, index]));
    return lostFilesHint({ log, lost })?.text;
  };

  it("are reported in one message", async () => {
    const many = packed(5);
    let reads = 0;
    many.beforeRead = () => {
      reads += 1;
      if (reads === 2) many.files = many.files.slice(0, 3);
    };
    assert.equal(await many.text(), "old 1\nold 4\nold 5\nlive\n");
    assert.deepEqual(many.notices, []);
    assert.equal(
      many.lost(),
      "2 backups of the stdout log of web were rotated away while they were read",
    );
  });

  for (const [indexes, expected] of [
    [[], undefined],
    [[7], "backup 7 of the stderr log of web was rotated away while it was read"],
    [[7, 6, 7], "2 backups of the stderr log of web were rotated away while they were read"],
    [[1, 0], "2 files of the stderr log of web were rotated away while they were read"],
    [[0], "the stderr log of web was removed while it was read"],
  ] as const) {
    it(`are named: ${indexes.join(", ")}`, () => assert.equal(message(...indexes), expected));
  }

  it("are reported with what keeps them longer", () => {
    assert.deepEqual(lostFilesHint({ log, lost: new Map([["a", 1]]) })?.steps, [
      ["Keep output longer: increase stderr_logfile_backups", null],
    ]);
  });
});

function logs(
  isNamed: boolean,
  channel: LogChannel | null,
  { stdoutLog = "", stderrLog = "" }: Partial<ProcessRow> = {},
): string[] {
  const row = { group: "a", name: "a", stdoutLog, stderrLog } as ProcessRow;
  return logsOf({ name: "a", isNamed }, [row], channel).map(
    ({ name, channel: of, isRequired, isKnown }) =>
      `${name} ${of}${isRequired && !isKnown ? " must be there" : ""}`,
  );
}

it("a program has the logs that the daemon names; a missing one is an error only of a named program", () => {
  const both = { stdoutLog: "/o", stderrLog: "/e" };
  assert.deepEqual(logs(true, null, both), ["a stdout", "a stderr"]);
  assert.deepEqual(logs(true, null), ["a stdout must be there"]);
  assert.deepEqual(logs(false, null), ["a stdout"]);
  assert.deepEqual(logs(true, "stderr"), ["a stderr must be there"]);
  assert.deepEqual(logs(false, "stderr"), ["a stderr"]);
  // It may have no file yet, with and without its channel.
  assert.deepEqual(logs(true, "stdout", { stdoutLog: "/o" }), ["a stdout"]);
  assert.deepEqual(logs(true, null, { stdoutLog: "/o" }), ["a stdout"]);
});
