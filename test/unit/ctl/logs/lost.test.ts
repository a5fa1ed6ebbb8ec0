// A daemon that ends while a log is read, and backups that are rotated away meanwhile.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectionCode, UnhandledFailure } from "../../../../src/ctl/failure.ts";
import { unpackedSize } from "../../../../src/ctl/logs/file-bytes.ts";
import { isProblem } from "../../../../src/ctl/logs/log-reader.ts";
import { LostFiles } from "../../../../src/ctl/logs/lost-files.ts";
import type { LogOfProgram } from "../../../../src/ctl/logs/sources.ts";
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
      log.marks = [NOON, 0];
      log.beforeRead = () => {
        log.down = "ENOENT";
      };
      await assert.rejects(log.text(choice), isGone);
      assert.deepEqual(log.notices, []);
    }
  });

  it("does not count as a file of unknown length", async () => {
    const log = packed(1);
    const reader = log.reader();
    const listing = await reader.list();
    assert.ok(!isProblem(listing));
    const [file] = listing.files;
    assert.ok(file !== undefined);
    assert.equal(await unpackedSize(reader, file), 6);
    log.down = "ENOENT";
    await assert.rejects(unpackedSize(reader, file), isGone);
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
  const log: LogOfProgram = {
    name: "web",
    group: "web",
    program: "web",
    channel: "stderr",
    isSure: false,
    isKnown: true,
  };
  const told = (...indexes: readonly number[]): string | undefined => {
    const lost = new LostFiles(log);
    for (const index of indexes) lost.add({ id: `id${index}`, index });
    return lost.take()?.text;
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
    assert.equal(many.lost(), null);
  });

  it("are named", () => {
    assert.equal(told(), undefined);
    assert.equal(told(7), "backup 7 of the stderr log of web was rotated away while it was read");
    assert.equal(
      told(7, 6, 7),
      "2 backups of the stderr log of web were rotated away while they were read",
    );
    assert.equal(
      told(1, 0),
      "2 files of the stderr log of web were rotated away while they were read",
    );
    assert.equal(told(0), "the stderr log of web was removed while it was read");
  });

  it("are reported once, with what keeps them longer", () => {
    const lost = new LostFiles(log);
    lost.add({ id: "a", index: 1 });
    assert.deepEqual(lost.take()?.steps, [
      ["Keep output longer: increase stderr_logfile_backups", null],
    ]);
    lost.add({ id: "a", index: 1 });
    assert.equal(lost.take(), null);
  });
});
