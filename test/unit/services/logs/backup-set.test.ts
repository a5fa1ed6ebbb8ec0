// The backups of one log, while their number changes and others share them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { processKey } from "../../../../src/core/base/ids.ts";
import { err, type Result } from "../../../../src/core/base/result.ts";
import { backupPath, temporaryPath } from "../../../../src/core/logs/backups.ts";
import type { Errno } from "../../../../src/ports/log-files.ts";
import {
  BackupSet,
  BackupSets,
  type Compressed,
  type Compressing,
} from "../../../../src/services/logs/writer/backup-set.ts";
import { FakeLogFiles } from "../../../fakes/log-files.ts";
import { fakeWorld, processTo, WEB } from "../../../fakes/logs-world.ts";
import { fc } from "../../../property.ts";
import { settled } from "./flush-rig.ts";

const LOG = "/log/a";
const NONE = () => false;

function put(files: FakeLogFiles, path: string, text: string | Buffer, time = 0): void {
  const file = { bytes: Buffer.from(text as string) };
  files.disk.set(path, file);
  files.times.set(file, time);
}

/** Compresses the newest backup with the copy that `copy` makes. @returns null when there is none */
async function compressNewest(
  set: BackupSet,
  keep: number,
  copy: (compressing: Compressing) => Promise<Compressed>,
): Promise<Awaited<ReturnType<BackupSet["endCompression"]>> | null> {
  const begun = await set.beginCompression(keep, NONE);
  return begun?.ok === true ? set.endCompression(begun.value, await copy(begun.value)) : begun;
}

/** The compressed copy in the temporary file. */
function copyIn(files: FakeLogFiles) {
  const path = temporaryPath(LOG);
  const size = files.disk.get(path)?.bytes.length ?? 0;
  return { form: ".gz" as const, size, file: files.identityOf(path) };
}

test("a compression goes on when the number of backups changes, and overwrites no backup", async () => {
  const files = new FakeLogFiles();
  const set = new BackupSet(LOG, files, () => 0);
  const compress = async (text: string, meanwhile: () => Promise<void>): Promise<void> => {
    const outcome = await compressNewest(set, 5, async () => {
      put(files, temporaryPath(LOG), text);
      await meanwhile();
      return copyIn(files);
    });
    assert.deepEqual(outcome, { ok: true, value: true });
  };
  const shift = () => set.shift(6, 1);
  put(files, `${LOG}.1`, "first");
  await compress("first, compressed", () => set.load(6));
  put(files, LOG, "second");
  assert.equal(await shift(), null);
  await compress("second, compressed", async () => {});
  assert.equal(files.text(`${LOG}.1.gz`), "second, compressed");
  assert.equal(files.text(`${LOG}.2.gz`), "first, compressed");
});

test("a backup that its administrator compresses or removes meanwhile is neither lost nor doubled", async () => {
  const step = fc.record({
    kind: fc.constantFrom("shift", "compress", "gzip", "gunzip", "remove", "gzip meanwhile"),
    index: fc.integer({ min: 1, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const files = new FakeLogFiles();
      const set = new BackupSet(LOG, files, () => 0);
      const expected: string[] = [];
      const move = (from: string, to: string, change: (bytes: Buffer) => Buffer): void => {
        const file = files.disk.get(from);
        if (file === undefined || files.disk.has(to)) return;
        files.disk.delete(from);
        put(files, to, change(file.bytes));
      };
      for (const [number, { kind, index }] of steps.entries()) {
        const plain = `${LOG}.${index}`;
        if (kind === "shift") {
          put(files, LOG, `<${number}>`);
          expected.push(`<${number}>`);
          assert.equal(await set.shift(40, 1), null);
        } else if (kind === "gzip") move(plain, `${plain}.gz`, (bytes) => gzipSync(bytes));
        else if (kind === "gunzip") move(`${plain}.gz`, plain, (bytes) => gunzipSync(bytes));
        else if (kind === "remove") {
          const file = files.disk.get(plain)?.bytes.toString();
          if (file !== undefined) expected.splice(expected.indexOf(file), 1);
          files.disk.delete(plain);
        } else {
          await compressNewest(set, 40, async ({ backup }) => {
            const at = backupPath(LOG, backup);
            put(files, temporaryPath(LOG), gzipSync(files.disk.get(at)?.bytes ?? ""));
            if (kind !== "compress") move(at, `${at}.gz`, (original) => gzipSync(original));
            return copyIn(files);
          });
        }
      }
      put(files, LOG, "");
      await set.shift(40, 0);
      assert.equal(files.history(LOG, 42), expected.join(""));
      const left = [...files.disk.keys()].filter((path) => path.endsWith("compressing"));
      assert.deepEqual(left, []);
    }),
    { numRuns: 200 },
  );
});

/** Has operations fail; each may have been done all the same, as on a file system of another host. */
function fail(
  files: FakeLogFiles,
  outcome: (name: string, path: string) => "done" | "not done" | null,
): void {
  const { rename, unlink } = FakeLogFiles.prototype;
  const failing = async (
    failure: "done" | "not done" | null,
    run: () => Promise<Result<true, Errno>>,
  ): Promise<Result<true, Errno>> => {
    const answer = failure === "not done" ? null : await run();
    return failure === null && answer !== null ? answer : err("EIO");
  };
  files.rename = (from, to) => failing(outcome("rename", from), () => rename.call(files, from, to));
  files.unlink = (path) => failing(outcome("unlink", path), () => unlink.call(files, path));
}

/** Compresses a backup as an administrator does: the copy has the time of the original. */
function gzipByHand(files: FakeLogFiles, path: string): void {
  const file = files.disk.get(path);
  if (file === undefined || files.disk.has(`${path}.gz`)) return;
  files.disk.delete(path);
  put(files, `${path}.gz`, gzipSync(file.bytes), files.times.get(file));
}

/** One turn of the compressor. */
async function compressOne(set: BackupSet, files: FakeLogFiles): Promise<void> {
  await compressNewest(set, 40, async ({ backup }) => {
    const file = files.disk.get(backupPath(LOG, backup));
    put(files, temporaryPath(LOG), gzipSync(file?.bytes ?? ""), files.times.get(file ?? {}));
    return copyIn(files);
  });
}

test("no backup is lost where operations fail, done or not", async () => {
  const step = fc.record({
    kind: fc.constantFrom("shift", "compress", "gzip"),
    index: fc.integer({ min: 1, max: 6 }),
  });
  const outcome = fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    fc.constantFrom("done" as const, "not done" as const),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 25, size: "max" }),
      fc.array(outcome, { maxLength: 120, size: "max" }),
      async (steps, outcomes) => {
        const files = new FakeLogFiles();
        let now = 0;
        const set = new BackupSet(LOG, files, () => now);
        let left = [...outcomes];
        fail(files, () => left.shift() ?? null);
        const written: string[] = [];
        for (const [number, { kind, index }] of steps.entries()) {
          if (kind === "shift") {
            written.push(`<${number}>`);
            put(files, LOG, `${files.text(LOG) ?? ""}<${number}>`, 10 * number);
            now = 10 * number + 5;
            await set.shift(40, 1);
          } else if (kind === "gzip") gzipByHand(files, `${LOG}.${index}`);
          else await compressOne(set, files);
          const there = files.history(LOG, 42);
          for (const text of written) assert.ok(there.includes(text), `${text} of ${there}`);
        }
        left = [];
        put(files, LOG, files.text(LOG) ?? "", 10_000);
        for (now = 10_001; now < 10_003; now += 1) assert.equal(await set.shift(40, 0), null);
        assert.equal(files.history(LOG, 42), written.join(""));
      },
    ),
    { numRuns: 500 },
  );
});

test("what a crash has left of a compression goes, also when nothing is compressed any more", async () => {
  const { files, logs } = fakeWorld();
  for (const path of [LOG, "/log/other", "/log/mine/a"]) put(files, temporaryPath(path), "half");
  logs.addProcess(processTo(LOG));
  await settled();
  const left = [...files.disk.keys()].filter((path) => path.endsWith("compressing"));
  assert.deepEqual(left, [temporaryPath("/log/other"), temporaryPath("/log/mine/a")]);
});

test("max_total knows the backups of a log that one of two programs has left", async () => {
  const world = fakeWorld({ maxTotal: 1 << 20 });
  world.files.now = () => world.clock.now().wall;
  const other = processKey("other", "other");
  const settings = { maxBytes: 100_000, backups: 50 };
  for (const key of [WEB, other]) world.logs.addProcess(processTo(LOG, settings, key));
  world.logs.attach(WEB, 1, { stdout: 7, stderr: null });
  const write = async (text: string): Promise<void> => {
    world.clock.advance(1000);
    world.pipes.feed(7, text.repeat(100_000));
    for (let turn = 0; turn < 3; turn += 1) {
      await settled();
      await world.logs.flush();
      world.pipes.announce(7);
    }
  };
  const letters = "abcdefghijklmnopqrst";
  for (const letter of letters.slice(0, 4)) await write(letter);
  world.logs.removeProcess(other);
  for (const letter of letters.slice(4)) await write(letter);
  const kept: string[] = [];
  for (let index = 50; index > 0; index -= 1) {
    const text = world.files.text(`${LOG}.${index}`);
    if (text !== null) kept.push(text.slice(0, 1));
  }
  assert.ok(kept.length >= 4 && kept.length <= 10, kept.join(""));
  assert.equal(kept.join(""), letters.slice(-kept.length));
});

test("there is one set of a log while something is under way, and none when no channel has the log", async () => {
  const files = new FakeLogFiles();
  const sets = new BackupSets(files, () => 0);
  sets.hold(LOG);
  const set = sets.get(LOG);
  put(files, LOG, "live");
  const shift = set.shift(3, 4);
  sets.release(LOG);
  assert.equal(sets.get(LOG), set, "a rotation is under way");
  sets.hold(LOG);
  await shift;
  await settled();
  assert.equal(sets.get(LOG), set, "it is held again");
  sets.release(LOG);
  await settled();
  assert.notEqual(sets.get(LOG), set);
});

test("the last backup goes in its turn, and with all others, also when its administrator has compressed it", async () => {
  const files = new FakeLogFiles();
  const set = new BackupSet(LOG, files, () => 0);
  const shift = async (text: string): Promise<void> => {
    put(files, LOG, text);
    assert.equal(await set.shift(2, 1), null);
  };
  for (const text of ["a", "b"]) await shift(text);
  gzipByHand(files, `${LOG}.2`);
  await shift("c");
  assert.deepEqual([...files.disk.keys()].sort(), [`${LOG}.1`, `${LOG}.2`]);
  for (const index of [1, 2]) gzipByHand(files, `${LOG}.${index}`);
  put(files, LOG, "live");
  assert.ok((await set.clear(2)).ok);
  assert.deepEqual([...files.disk.keys()], [LOG]);
});

test("a rotation whose backups cannot be looked for moves nothing", async () => {
  const files = new FakeLogFiles();
  const set = new BackupSet(LOG, files, () => 0);
  put(files, LOG, "newest");
  put(files, `${LOG}.1`, "older");
  const { backups } = files;
  files.backups = async () => err("EBUSY");
  assert.match((await set.shift(9, 1)) ?? "", /EBUSY/);
  assert.equal(files.text(`${LOG}.1`), "older");
  files.backups = backups;
  assert.equal(await set.shift(9, 1), null);
  assert.equal(files.text(`${LOG}.2`), "older");
});

test("a rotation overwrites no backup that another process has made", async () => {
  const files = new FakeLogFiles();
  const set = new BackupSet(LOG, files, () => 0);
  put(files, LOG, "first");
  await set.shift(9, 1);
  put(files, `${LOG}.2`, "of another");
  put(files, LOG, "second");
  await set.shift(9, 1);
  assert.deepEqual(
    [1, 2, 3].map((index) => files.text(`${LOG}.${index}`)),
    ["second", "first", "of another"],
  );
});

test("logs that are closed end their compressions, and change no backup any more", async () => {
  const { files, logs } = fakeWorld();
  files.compressing = new Promise(() => {});
  put(files, `${LOG}.1`, "kept");
  logs.addProcess(processTo(LOG, { backups: 3, compress: "gzip" }));
  logs.attach(WEB, 1, { stdout: 7, stderr: null });
  while (!files.disk.has(temporaryPath(LOG))) await settled();
  logs.detach(WEB);
  await logs.close(AbortSignal.timeout(60_000));
  assert.ok(!files.disk.has(temporaryPath(LOG)));
  assert.equal(files.text(`${LOG}.1`), "kept");
  assert.ok(!files.disk.has(`${LOG}.1.gz`));
});

test("a compression takes nothing for its copy but the file that it has written", async () => {
  const files = new FakeLogFiles();
  const set = new BackupSet(LOG, files, () => 0);
  put(files, `${LOG}.1`, "original");
  const outcome = await compressNewest(set, 3, async () => {
    put(files, temporaryPath(LOG), "complete");
    const copy = copyIn(files);
    put(files, temporaryPath(LOG), "half, of another");
    return copy;
  });
  assert.equal(outcome?.ok, false);
  assert.equal(files.text(`${LOG}.1`), "original");
});
