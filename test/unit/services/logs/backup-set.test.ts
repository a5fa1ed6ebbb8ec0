// The backups of one log, while their number changes and others share them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { temporaryPath } from "../../../../src/core/logs/backups.ts";
import { BackupSet } from "../../../../src/services/logs/writer/backup-set.ts";
import { FakeLogFiles } from "../../../fakes/log-files.ts";
import { fakeWorld, processTo, WEB } from "../../../fakes/logs-world.ts";
import { settled } from "./flush-rig.ts";

const LOG = "/log/a";
const NONE = new Set<never>();

function put(files: FakeLogFiles, path: string, text: string): void {
  files.disk.set(path, { bytes: Buffer.from(text) });
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
