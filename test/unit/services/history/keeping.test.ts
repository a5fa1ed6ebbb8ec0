// The history in a file: when it is written and read, what is said of errors, and what they never do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import { HISTORY_BYTES, History, isHistory } from "../../../../src/core/history/history.ts";
import { FRAME_BYTES, KEPT_HEAD_BYTES, keptHead } from "../../../../src/core/history/kept.ts";
import { FINE_MS } from "../../../../src/core/history/record.ts";
import type { KeptFile } from "../../../../src/ports/kept-file.ts";
import { HistoryService } from "../../../../src/services/history/history.ts";
import { HistoryKeeping, WRITE_MS } from "../../../../src/services/history/keeping.ts";
import type { Usages } from "../../../../src/services/usage/api.ts";
import { fakePauses } from "../../../fakes/pauses.ts";
import { fc } from "../../../property.ts";

const WALL = Date.UTC(2026, 10, 27);
const HOUR = 3_600_000;
const PATH = "/var/lib/tsv/etc-tsv.conf+history";
const WEB = processKey("web", "web");

/** A file in memory. */
class FakeFile implements KeptFile {
  readonly path = PATH;
  bytes: Uint8Array | null = null;
  writes = 0;
  problem: string | null = null;
  isStalled = false;

  async read(
    { head, each }: Parameters<KeptFile["read"]>[0],
    take: (piece: Uint8Array) => boolean,
  ): Promise<string | null> {
    if (this.isStalled) return await new Promise(() => {});
    if (this.problem !== null) return this.problem;
    const bytes = this.bytes ?? new Uint8Array(0);
    for (let at = 0, length = head; ; at += length, length = each) {
      const piece = bytes.slice(at, at + length);
      if (!take(piece) || piece.length < length) return null;
    }
  }

  async replace(
    parts: Iterable<Uint8Array>,
    head: number,
    isOurs: (head: Uint8Array) => boolean,
  ): Promise<string | null> {
    if (this.isStalled) return await new Promise(() => {});
    if (this.problem !== null) return this.problem;
    if (!isOurs((this.bytes ?? new Uint8Array(0)).slice(0, head))) return `${PATH} is foreign`;
    this.bytes = Buffer.concat([...parts]);
    this.writes += 1;
    return null;
  }
}

/** A daemon with a file. @param bootMs its start by the wall clock, after WALL */
function createRig(file = new FakeFile(), bootMs = 0, memory = new ArrayBuffer(HISTORY_BYTES)) {
  let mono = 7;
  const now = () => ({ mono, wall: WALL + bootMs + mono - 7 });
  const lines: string[] = [];
  const ticks = new Set<() => Promise<void>>();
  const watchers = new Set<(usages: Usages | null) => void>();
  const pauses = fakePauses();
  const history = new History(memory, now());
  const activity = { log: (level: string, text: unknown) => void lines.push(`${level} ${text}`) };
  const keeping = new HistoryKeeping({
    ...{ history, file, now, activity },
    startPause: pauses.startPause,
    repeater: {
      every(ms, act) {
        assert.equal(ms, WRITE_MS);
        ticks.add(act);
        return () => void ticks.delete(act);
      },
    },
  });
  const started = new Map<ProcessKey, number>();
  const service = new HistoryService({
    ...{ history, keeping, now, activity, isNew: true, started: () => started },
    usage: {
      watch(watcher) {
        watchers.add(watcher);
        return () => void watchers.delete(watcher);
      },
    },
  });
  return {
    ...{ file, history, service, lines, ticks, watchers, pauses, now },
    /** Lets what has begun end. */
    settled: () => new Promise((resolve) => setImmediate(resolve)),
    async tick() {
      mono += WRITE_MS;
      for (const act of ticks) await act();
      await this.settled();
    },
    /** Measures for some time. */
    measure(count: number, names = [WEB]) {
      for (let n = 0; n < count; n += 1) {
        const used = { cpuPercent: 25, memoryBytes: 2 ** 20, cpuMs: 0 };
        for (const name of names) started.set(name, 1);
        for (const watcher of watchers) watcher(new Map(names.map((name) => [name, used])));
        mono += FINE_MS;
      }
    },
    starts() {
      const range = { from: WALL, to: now().wall, points: 5000 };
      return service.query(WEB, range)?.starts.counts.reduce((sum, n) => (sum ?? 0) + (n ?? 0), 0);
    },
    known() {
      const range = { from: WALL, to: now().wall, points: 5000 };
      return service.query(WEB, range)?.memoryMax.filter((value) => value !== null).length ?? 0;
    },
  };
}

/** The file of a daemon that has measured for some time and ended. */
async function fileOf(count: number, names = [WEB]): Promise<FakeFile> {
  const rig = createRig();
  await rig.settled();
  rig.measure(count, names);
  await rig.service.close(true);
  assert.deepEqual(rig.lines, []);
  return rig.file;
}

test("the next daemon continues, also after a boot (history-option)", async () => {
  const file = await fileOf(60);
  const rig = createRig(file, HOUR);
  assert.equal(rig.watchers.size, 0, "nothing is measured before it was read");
  await rig.settled();
  assert.equal(rig.known(), 60);
  rig.measure(6);
  assert.equal(rig.known(), 66);
  assert.equal(rig.starts(), 2, "the program was started by each of both daemons");
  assert.deepEqual(rig.lines, []);
});

test("it is written every ten minutes, and more rarely when the file is larger", async () => {
  const rig = createRig();
  await rig.settled();
  rig.measure(2);
  for (let n = 1; n <= 3; n += 1) {
    await rig.tick();
    assert.equal(rig.file.writes, n);
  }
  const many = Array.from({ length: 100 }, (_, n) => processKey("p", `p${n}`));
  rig.measure(2, many);
  const before = rig.file.writes;
  for (let n = 0; n < 9; n += 1) await rig.tick();
  // 4.7 MB each: in 24 minutes.
  assert.equal(rig.file.writes - before, 3);
});

test("a reload writes nothing; the end of the daemon does", async () => {
  const rig = createRig();
  await rig.settled();
  rig.measure(1);
  await rig.service.close(false);
  assert.equal(rig.file.writes, 0);
  assert.equal(rig.ticks.size, 0);
  await rig.service.close(true);
  assert.equal(rig.file.writes, 1);
});

test("an error is reported once, and its end", async () => {
  const rig = createRig();
  await rig.settled();
  rig.measure(1);
  rig.file.problem = `${PATH} cannot be written: no space left on device`;
  await rig.tick();
  await rig.tick();
  rig.file.problem = null;
  await rig.tick();
  await rig.tick();
  assert.deepEqual(rig.lines, [
    `WARN history: ${PATH} cannot be written: no space left on device; it is kept in memory only`,
    `INFO history: ${PATH} is written again`,
  ]);
});

test("a file system that does not answer delays neither measurements nor the end", async () => {
  const file = await fileOf(6);
  const whole = file.bytes;
  file.isStalled = true;
  const rig = createRig(file);
  rig.pauses.end();
  await rig.settled();
  rig.measure(3);
  assert.equal(rig.known(), 3);
  const text = `WARN history: the file system of ${PATH} does not answer; a new one is kept in memory only`;
  assert.deepEqual(rig.lines, [text]);
  // What it holds is not lost when it answers again.
  file.isStalled = false;
  await rig.tick();
  await rig.service.close(true);
  assert.equal(file.bytes, whole);
});

test("a write that does not end is reported, and the end does not wait for it", async () => {
  const rig = createRig();
  await rig.settled();
  rig.measure(1);
  rig.file.isStalled = true;
  await rig.tick();
  await rig.tick();
  await rig.tick();
  const closed = rig.service.close(true);
  await rig.settled();
  rig.pauses.end();
  await closed;
  assert.deepEqual(rig.lines, [
    `WARN history: the file system of ${PATH} does not answer; it is kept in memory only`,
  ]);
});

test("a file that is not of tsv is neither read nor replaced", async () => {
  const file = new FakeFile();
  const theirs = Buffer.from("my notes");
  file.bytes = theirs;
  const rig = createRig(file);
  await rig.settled();
  rig.measure(2);
  await rig.tick();
  await rig.service.close(true);
  assert.equal(file.bytes, theirs);
  assert.equal(rig.known(), 2);
  assert.deepEqual(rig.lines, [
    `WARN history: ${PATH} is no history of tsv; move it away; a new one is kept in memory only`,
  ]);
});

test("a damaged program is left out, and the others are continued", async () => {
  const other = processKey("db", "db");
  const file = await fileOf(60, [WEB, other]);
  const bytes = file.bytes ?? assert.fail();
  const at = KEPT_HEAD_BYTES + FRAME_BYTES + 2000;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  const rig = createRig(file, HOUR);
  await rig.settled();
  assert.equal(rig.known(), 60);
  assert.deepEqual(rig.lines, [
    `WARN history: ${PATH} is damaged: 1 of 2 programs have no history`,
  ]);
});

test("any truncation or changed byte yields values that were measured, or none", async () => {
  const whole = (await fileOf(60)).bytes ?? assert.fail();
  const damage = fc.record({
    at: fc.integer({ min: 0, max: whole.length - 1 }),
    by: fc.integer({ min: 0, max: 255 }),
  });
  const memory = new ArrayBuffer(HISTORY_BYTES);
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, by }) => {
      const file = new FakeFile();
      // 0 truncates.
      file.bytes = by === 0 ? whole.slice(0, at) : whole.slice();
      if (by !== 0) file.bytes[at] = (file.bytes[at] ?? 0) ^ by;
      new Uint8Array(memory, 0, 4096 + FRAME_BYTES).fill(0);
      const rig = createRig(file, HOUR, memory);
      await rig.settled();
      // Bytes that mean nothing may differ.
      const isUnused = by !== 0 && at >= 44 && at < KEPT_HEAD_BYTES;
      assert.equal(rig.known(), isUnused ? 60 : 0);
      assert.equal(rig.lines.length, isUnused || file.bytes.length === 0 ? 0 : 1);
    }),
    { numRuns: 300 },
  );
});

test("a clock that has jumped is reported, and values are shown as far as it allows", async () => {
  const behind = createRig(await fileOf(60), -48 * HOUR);
  await behind.settled();
  assert.match(behind.lines.join(), /is later than the clock by 2890 minutes; /);
  assert.equal(behind.lines.length, 1);
  const ahead = createRig(await fileOf(60), 31 * 24 * HOUR);
  await ahead.settled();
  assert.equal(ahead.known(), 0);
  assert.match(ahead.lines.join(), /is older than a month by the clock; a new history begins/);
  await ahead.service.close(true);
  assert.equal(ahead.file.writes, 2);
});

test("memory into which a file was being read is not continued", () => {
  const file = new FakeFile();
  file.isStalled = true;
  const rig = createRig(file);
  assert.ok(!isHistory(rig.history.memory));
});

test("a file of another version is replaced", async () => {
  const file = new FakeFile();
  file.bytes = keptHead({ count: 0, wall: WALL, present: WALL });
  const version = new DataView(file.bytes.buffer);
  version.setUint32(12, 2, true);
  const rig = createRig(file);
  await rig.settled();
  assert.equal(rig.lines.length, 1);
  rig.measure(1);
  await rig.service.close(true);
  assert.equal(file.writes, 1);
});
