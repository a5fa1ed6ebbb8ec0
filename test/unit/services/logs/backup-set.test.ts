// The backups of one log, while their number changes and others share them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { processKey } from "../../../../src/core/base/ids.ts";
import { backupPath, temporaryPath } from "../../../../src/core/logs/backups.ts";
import { BackupSet } from "../../../../src/services/logs/writer/backup-set.ts";
import { FakeLogFiles } from "../../../fakes/log-files.ts";
import { fakeWorld, processTo, WEB } from "../../../fakes/logs-world.ts";
import { fc } from "../../../property.ts";
import { settled } from "./flush-rig.ts";

const LOG = "/log/a";
const NONE = new Set<never>();

function put(files: FakeLogFiles, path: string, text: string | Buffer): void {
  files.disk.set(path, { bytes: Buffer.from(text as string) });
}

test("a compression goes on when the number of backups changes, and overwrites no backup", async () => {
  const files = new FakeLogFiles();
  const set = new BackupSet(LOG, files);
  const compress = async (text: string, meanwhile: () => Promise<void>): Promise<void> => {
    const begun = await set.begin(5, NONE);
    assert.ok(begun?.ok);
    put(files, temporaryPath(LOG), text);
    await meanwhile();
    const finished = await set.finish(begun.value, { form: ".gz", size: text.length });
    set.ends(Promise.resolve());
    assert.ok(finished.ok);
    await settled();
  };
  const shift = () => set.shift(6, { size: 1, now: 0 });
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
      const set = new BackupSet(LOG, files);
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
          assert.equal(await set.shift(40, { size: 1, now: number }), null);
        } else if (kind === "gzip") move(plain, `${plain}.gz`, (bytes) => gzipSync(bytes));
        else if (kind === "gunzip") move(`${plain}.gz`, plain, (bytes) => gunzipSync(bytes));
        else if (kind === "remove") {
          const file = files.disk.get(plain)?.bytes.toString();
          if (file !== undefined) expected.splice(expected.indexOf(file), 1);
          files.disk.delete(plain);
        } else {
          const begun = await set.begin(40, NONE);
          if (begun === null) continue;
          assert.ok(begun.ok);
          const at = backupPath(LOG, begun.value.backup);
          const bytes = gzipSync(files.disk.get(at)?.bytes ?? "");
          put(files, temporaryPath(LOG), bytes);
          if (kind !== "compress") move(at, `${at}.gz`, (original) => gzipSync(original));
          await set.finish(begun.value, { form: ".gz", size: bytes.length });
          set.ends(Promise.resolve());
          await settled();
        }
      }
      put(files, LOG, "");
      await set.shift(40, { size: 0, now: 0 });
      assert.equal(files.history(LOG, 42), expected.join(""));
      const left = [...files.disk.keys()].filter((path) => path.endsWith("compressing"));
      assert.deepEqual(left, []);
    }),
    { numRuns: 200 },
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
