// Repairs on a real file system: made, recorded, undone; and records that are not trusted.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { lastRun, undoRepairs } from "../../../src/doctor/cli/undo.ts";
import { createRepairRecords } from "../../../src/doctor/host/repair-records.ts";
import { createInstallHost } from "../../../src/install/host/install-host.ts";
import type { PlannedStep, Step } from "../../../src/install/plan/steps.ts";
import { runTransaction } from "../../../src/install/transaction.ts";

const SILENT = { began: () => {}, did: () => {}, skipped: () => {}, undid: () => {} };

function asRoot(): string | false {
  return process.geteuid?.() === 0 ? false : "needs root: it gives a file to somebody else";
}

describe("repairs", () => {
  let place = "";
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "tsv-repairs-"));
  });
  afterEach(() => {
    rmSync(place, { recursive: true, force: true });
  });

  type Records = ReturnType<typeof createRepairRecords>;
  const recordsIn = (): Records => createRepairRecords(join(place, "state/doctor"));

  /** Does one repair in a run. */
  async function repair(
    records: Records,
    run: string,
    number: number,
    steps: readonly Step[],
  ): Promise<boolean> {
    const about = { code: "TEST-001", subject: "it", advice: "Mend it", whenMs: 0 };
    const journal = records.journal(run, number, about);
    assert.ok(journal.begin().ok);
    const planned = steps.map(
      (step): PlannedStep => ({ step, now: "", will: "", edited: null, mayFail: false }),
    );
    const outcome = await runTransaction(planned, {
      host: createInstallHost({ root: "/", journal, showOutput: [] }),
      journal,
      report: SILENT,
      interruption: new AbortController().signal,
    });
    return outcome.ok;
  }

  function begun(records: Records): string {
    const run = records.begin();
    assert.ok(run.ok);
    return run.value;
  }

  const undoAll = async (records: Records): Promise<readonly (string | null)[]> => {
    const undone = await undoRepairs(
      lastRun(records.all()),
      (record) =>
        createInstallHost({ root: "/", journal: records.journalOf(record), showOutput: [] }),
      records,
    );
    return undone.map(({ problem }) => problem);
  };

  function fileStep(path: string, text: string): Step {
    const { username } = userInfo();
    const owner = { user: username, group: username };
    return { kind: "file", path, text, mode: 0o600, owner, what: "configuration" };
  }

  test("an edit and a new mode are undone exactly", async () => {
    const file = join(place, "x.conf");
    const open = join(place, "open");
    writeFileSync(file, "before\n");
    mkdirSync(open);
    chmodSync(open, 0o777);
    const records = recordsIn();
    const { uid, gid } = userInfo();
    const run = begun(records);
    assert.ok(await repair(records, run, 1, [fileStep(file, "after\n")]));
    assert.ok(await repair(records, run, 2, [{ kind: "own", path: open, uid, gid, mode: 0o750 }]));
    assert.equal(readFileSync(file, "utf8"), "after\n");
    assert.deepEqual(await undoAll(records), [null, null]);
    assert.equal(readFileSync(file, "utf8"), "before\n");
    const seen = createRepairRecords(join(place, "state/doctor")).all();
    assert.deepEqual(seen, []);
    records.end();
  });

  test("a file that has another name too is not given to anybody", { skip: asRoot() }, async () => {
    const theirs = join(place, "theirs");
    writeFileSync(theirs, "secret\n");
    linkSync(theirs, join(place, "x.log"));
    const records = recordsIn();
    const step: Step = {
      kind: "own",
      path: join(place, "x.log"),
      uid: 65534,
      gid: 65534,
      mode: 0o640,
    };
    assert.equal(await repair(records, begun(records), 1, [step]), false);
    assert.equal(statSync(theirs).uid, 0);
    records.end();
  });

  test("a repair that fails half-way leaves nothing, no record either", async () => {
    const file = join(place, "x.conf");
    writeFileSync(file, "before\n");
    const records = recordsIn();
    const failing: Step = { kind: "command", argv: ["false"], undo: null, what: "fail" };
    assert.equal(
      await repair(records, begun(records), 1, [fileStep(file, "after\n"), failing]),
      false,
    );
    assert.equal(readFileSync(file, "utf8"), "before\n");
    assert.deepEqual(records.all(), []);
    records.end();
  });

  test("a file that has changed since stays, and so does the record with the old text", async () => {
    const file = join(place, "x.conf");
    writeFileSync(file, "before\n");
    const records = recordsIn();
    assert.ok(await repair(records, begun(records), 1, [fileStep(file, "after\n")]));
    writeFileSync(file, "somebody's\n");
    const [problem] = await undoAll(records);
    assert.match(problem ?? "", /was changed since and stays/);
    assert.equal(readFileSync(file, "utf8"), "somebody's\n");
    assert.equal(records.all().length, 1);
    records.end();
  });

  test("a dozen repairs of one file are undone in reverse order", async () => {
    const file = join(place, "x.conf");
    writeFileSync(file, "0\n");
    const records = recordsIn();
    const run = begun(records);
    for (let number = 1; number <= 12; number += 1) {
      assert.ok(await repair(records, run, number, [fileStep(file, `${number}\n`)]));
    }
    assert.deepEqual(new Set(await undoAll(records)), new Set([null]));
    assert.equal(readFileSync(file, "utf8"), "0\n");
    records.end();
  });

  test("only the last run is undone", async () => {
    const file = join(place, "x.conf");
    writeFileSync(file, "one\n");
    const records = recordsIn();
    assert.ok(await repair(records, begun(records), 1, [fileStep(file, "two\n")]));
    records.end();
    assert.ok(await repair(records, begun(records), 1, [fileStep(file, "three\n")]));
    assert.deepEqual(await undoAll(records), [null]);
    assert.equal(readFileSync(file, "utf8"), "two\n");
    assert.deepEqual(await undoAll(records), [null]);
    assert.equal(readFileSync(file, "utf8"), "one\n");
    records.end();
  });

  test("the last fifty runs are kept", async () => {
    const records = recordsIn();
    for (let run = 0; run < 53; run += 1) {
      const step: Step = { kind: "remove-stale", path: join(place, "none") };
      assert.ok(await repair(records, begun(records), 1, [step]));
      records.end();
    }
    begun(records);
    records.end();
    const runs = records.all().map(({ run }) => run);
    assert.deepEqual([runs.length, runs[0], runs.at(-1)], [50, "0004", "0053"]);
  });

  test("records that others could have written are not believed", () => {
    const records = recordsIn();
    begun(records);
    records.end();
    chmodSync(join(place, "state/doctor"), 0o777);
    assert.deepEqual(records.all(), []);
    const refused = records.begin();
    assert.match(refused.ok ? "" : refused.error, /other users can write to it/);
  });

  test("records that cannot be written are not reported as another doctor", () => {
    const records = recordsIn();
    begun(records);
    records.end();
    mkdirSync(join(place, "state/doctor/lock"));
    const refused = records.begin();
    assert.match(refused.ok ? "" : refused.error, /doctor cannot be written: EISDIR/);
  });

  test("records in another user's directory are not trusted", { skip: asRoot() }, () => {
    const records = recordsIn();
    begun(records);
    records.end();
    chownSync(join(place, "state"), 65534, 65534);
    assert.deepEqual(records.all(), []);
    const refused = records.begin();
    assert.match(refused.ok ? "" : refused.error, /not trusted: .*state is owned by nobody/);
    rmSync(join(place, "state/doctor"), { recursive: true });
    assert.equal(records.begin().ok, false);
    assert.ok(!existsSync(join(place, "state/doctor")));
  });

  test("two doctors do not repair at once", () => {
    const [first, second] = [recordsIn(), recordsIn()];
    begun(first);
    const refused = second.begin();
    assert.match(refused.ok ? "" : refused.error, /another tsv doctor/);
    first.end();
    assert.ok(second.begin().ok);
    second.end();
    assert.ok(!existsSync(join(place, "state/doctor/lock")));
  });
});
