// Times of writing the record of programs, also with a disk that fails or hangs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import { decodeRecord } from "../../../../src/core/orphans/record.ts";
import type { ProcessRecord } from "../../../../src/core/supervisor/model.ts";
import { RecordKeeper } from "../../../../src/services/orphans/orphans.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";

class Rig {
  readonly written: string[] = [];
  readonly warnings: string[] = [];
  readonly timers: { readonly ms: number; readonly run: () => void }[] = [];
  readonly pids = new Map<number, ProcessKey>();
  readonly processes = new Map<ProcessKey, ProcessRecord>();
  looks = 0;
  removed = 0;
  failure: string | null = null;
  stalled: Promise<void> | null = null;
  readonly keeper = new RecordKeeper({
    file: {
      read: () => Promise.resolve({ ok: true, value: null }),
      write: async (content) => {
        await this.stalled;
        if (this.failure === null) this.written.push(String(content));
        return this.failure;
      },
      remove: async () => {
        this.removed += 1;
      },
    },
    facts: {
      bootId: "b",
      startTicks: (pid) => {
        this.looks += 1;
        return pid * 10;
      },
      uptimeSecs: () => 0,
    },
    self: { pid: 1, version: "1" },
    state: () => this,
    warn: (text) => void this.warnings.push(text),
    later: (ms, run) => void this.timers.push({ ms, run }),
    turn: () => Promise.resolve(),
  });

  start(pid: number): void {
    const key = processKey("g", `p${pid}`);
    const config = { ...fakeProcessConfig(`p${pid}`), stopWaitSecs: 7 };
    this.pids.set(pid, key);
    this.processes.set(key, { key, group: "g", config } as ProcessRecord);
    this.keeper.changed();
  }

  async ring(): Promise<void> {
    const due = this.timers.splice(0);
    for (const { run } of due) run();
    await new Promise((resolve) => setImmediate(resolve));
  }

  get last(): readonly string[] {
    const record = decodeRecord(this.written.at(-1) ?? "");
    return record?.programs.map(({ name, startTicks }) => `${name} ${startTicks}`) ?? [];
  }
}

test("many starts are one write, and each is looked up once", async () => {
  const rig = new Rig();
  for (let pid = 2; pid < 1002; pid += 1) rig.start(pid);
  assert.deepEqual(
    rig.timers.map(({ ms }) => ms),
    [100],
  );
  await rig.ring();
  assert.equal(rig.written.length, 1);
  assert.equal(rig.last.length, 1000);
  const looks = rig.looks;
  rig.pids.delete(2);
  rig.keeper.changed();
  assert.deepEqual(
    rig.timers.map(({ ms }) => ms),
    [1000],
    "not before the pause is over",
  );
  await rig.ring();
  assert.equal(rig.written.length, 2);
  assert.equal(rig.last.length, 999);
  assert.equal(rig.looks, looks + 1, "at the daemon itself");
  await rig.ring();
  assert.equal(rig.timers.length, 0, "and then there is peace");
});

test("an unchanged record is not written again", async () => {
  const rig = new Rig();
  rig.start(2);
  await rig.ring();
  rig.keeper.changed();
  await rig.ring();
  assert.equal(rig.written.length, 1);
});

test("the name of the successor is written at once, and removed if the upgrade fails", async () => {
  const rig = new Rig();
  rig.start(2);
  await rig.keeper.flush("tsv 2");
  assert.equal(decodeRecord(rig.written.at(-1) ?? "")?.becoming, "tsv 2");
  assert.deepEqual(rig.last, ["p2 20"]);
  await rig.keeper.flush(null);
  assert.equal(decodeRecord(rig.written.at(-1) ?? "")?.becoming, null);
});

test("a file that cannot be written is one warning, not one for each start", async () => {
  const rig = new Rig();
  rig.failure = "/run/tsv.programs: EROFS";
  for (let pid = 2; pid < 5; pid += 1) {
    rig.start(pid);
    await rig.ring();
  }
  assert.equal(rig.warnings.length, 1);
  assert.match(rig.warnings[0] ?? "", /cannot write the record of running programs.*EROFS$/);
});

test("while a write hangs no other is begun", async () => {
  const rig = new Rig();
  let go: () => void = () => {};
  rig.stalled = new Promise((resolve) => {
    go = resolve;
  });
  for (let pid = 2; pid < 20; pid += 1) {
    rig.start(pid);
    await rig.ring();
  }
  assert.equal(rig.written.length, 0);
  assert.equal(rig.timers.length, 0);
  go();
  await rig.ring();
  await rig.ring();
  assert.equal(rig.last.length, 18);
});

test("after everything has stopped, the file is removed and stays removed", async () => {
  const rig = new Rig();
  rig.start(2);
  await rig.ring();
  await rig.keeper.end();
  assert.equal(rig.removed, 1);
  rig.start(3);
  await rig.ring();
  assert.equal(rig.written.length, 1);
});
