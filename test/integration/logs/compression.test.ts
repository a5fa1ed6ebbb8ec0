// Compression of backups on real files: by Node's zlib, on a disk without room, and of what is no backup.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { waitForChange, waitForText } from "../../e2e/rig/watch.ts";
import { directory, FD, mount, start } from "./disk-rig.ts";

const isRoot = process.geteuid?.() === 0;
const skip = isRoot ? false : "needs root, to mount and to give files away";
const HAS_ZSTD = "createZstdCompress" in zlib;

/** Waits until there is a file. */
async function appears(path: string): Promise<void> {
  const isThere = (): true | undefined => (fs.existsSync(path) ? true : undefined);
  if (isThere() === undefined) await waitForChange(dirname(path), isThere, path);
}

/** Waits until there is none. */
async function vanishes(path: string): Promise<void> {
  const isGone = (): true | undefined => (fs.existsSync(path) ? undefined : true);
  if (isGone() === undefined) await waitForChange(dirname(path), isGone, path);
}

test("a backup of several pieces is compressed whole, and keeps its time", async () => {
  const path = join(directory(), "web.log");
  const bytes = randomBytes(900_000);
  fs.writeFileSync(`${path}.1`, bytes);
  fs.utimesSync(`${path}.1`, 1_000_000, 1_000_000);
  start(path, { compress: "gzip" });
  await appears(`${path}.1.gz`);
  await vanishes(`${path}.1`);
  assert.ok(zlib.gunzipSync(fs.readFileSync(`${path}.1.gz`)).equals(bytes));
  assert.equal(fs.statSync(`${path}.1.gz`).mtimeMs, 1_000_000_000);
  assert.equal(fs.existsSync(`${path}.tsv-compressing`), false);
});

test("where Node has no zstd, gzip is used and the log says so", {
  skip: HAS_ZSTD && "this Node has zstd",
}, async () => {
  const path = join(directory(), "web.log");
  fs.writeFileSync(`${path}.1`, "one\n");
  const { settle, activity } = start(path, { compress: "zstd" });
  await appears(`${path}.1.gz`);
  await settle();
  assert.match(activity(), /WARN logs are compressed with gzip: this Node has no zstd/);
});

test("a full disk is reported with the file, the backup stays, and the program writes on", {
  skip,
}, async () => {
  const disk = mount(["-t", "tmpfs", "-o", "size=400k", "tmpfs"]);
  const path = join(disk, "web.log");
  const bytes = randomBytes(300_000);
  fs.writeFileSync(`${path}.1`, bytes);
  const { pipes, settle, activity, home } = start(path, { compress: "gzip" });
  await waitForText(join(home, "main.log"), /compress/);
  const told = `cannot compress a backup of log '${path}' of 'web' stdout: ENOSPC: writing '${path}.tsv-compressing'. It stays as it is`;
  assert.ok(activity().includes(told), activity());
  await vanishes(`${path}.tsv-compressing`);
  assert.ok(fs.readFileSync(`${path}.1`).equals(bytes));
  pipes.feed(FD, "on\n");
  await settle();
  assert.equal(fs.readFileSync(path, "utf8"), "on\n");
});

test("root compresses no symlink, no directory, and no file with another name", {
  skip,
}, async () => {
  const at = directory();
  const secret = join(directory(), "secret");
  fs.writeFileSync(secret, "root's\n", { mode: 0o600 });
  const files = createLogFiles();
  fs.symlinkSync(secret, join(at, "link.1"));
  fs.mkdirSync(join(at, "directory.1"));
  fs.linkSync(secret, join(at, "hard.1"));
  const errors = [];
  for (const name of ["link.1", "directory.1", "hard.1"]) {
    const opened = await files.openBackup(join(at, name));
    errors.push(opened.ok ? null : opened.error);
  }
  assert.deepEqual(errors, ["ELOOP", "EPERM", "EPERM"]);
  const left = await files.removeLeft(join(at, "hard.1"));
  assert.deepEqual(left, { ok: false, error: "EPERM" });
});

test("a backup that its owner writes on is read no further than it was, and stays", async () => {
  const path = join(directory(), "web.log");
  const size = 600_000;
  fs.writeFileSync(`${path}.1`, randomBytes(size));
  const files = createLogFiles();
  const backup = await files.openBackup(`${path}.1`);
  assert.ok(backup.ok);
  let pieces = 0;
  const done = await files.compress({
    ...{ backup: backup.value, temporary: `${path}.tmp`, format: "gzip" },
    isCancelled: () => {
      pieces += 1;
      fs.appendFileSync(`${path}.1`, randomBytes(300_000));
      return pieces === 20;
    },
  });
  assert.deepEqual(done, { ok: false, error: { errno: "EBUSY", step: "reading" } });
  assert.ok(pieces < 5, `${pieces} pieces`);
  assert.ok(!fs.existsSync(`${path}.tmp`));
});

test("backups are found among other names, also thousands, and only files", async () => {
  const at = directory();
  const path = join(at, "web.log");
  const files = createLogFiles();
  assert.deepEqual(await files.backups(join(at, "none", "web.log"), 5), { ok: true, value: [] });
  for (let index = 1; index <= 3000; index += 1) {
    fs.writeFileSync(`${path}.${index}${index % 3 === 0 ? ".gz" : ""}`, "x".repeat(index % 7));
  }
  for (const name of ["web.log", "web.log.0", "web.log.01", "web.log.5.bak", "other.log.1"]) {
    fs.writeFileSync(join(at, name), "no backup");
  }
  for (const index of [7, 8]) fs.rmSync(`${path}.${index}`);
  fs.mkdirSync(`${path}.7`);
  fs.symlinkSync("web.log", `${path}.8`);
  const [all, few] = await Promise.all([files.backups(path, 2999), files.backups(path, 4)]);
  assert.ok(all.ok && few.ok);
  const wanted = Array.from({ length: 2999 }, (_, before) => before + 1);
  assert.deepEqual(
    all.value.map(({ index, form, size }) => ({ index, form, size })),
    wanted
      .filter((index) => index !== 7 && index !== 8)
      .map((index) => ({ index, form: index % 3 === 0 ? ".gz" : "", size: index % 7 })),
  );
  assert.deepEqual(
    few.value.map(({ index }) => index),
    [1, 2, 3, 4],
  );
});

test("a directory that may be entered and not read has backups too", {
  skip: isRoot && "root may read every directory",
}, async () => {
  const at = directory();
  const path = join(at, "web.log");
  fs.writeFileSync(`${path}.2.gz`, "x");
  fs.chmodSync(at, 0o300);
  const found = await createLogFiles().backups(path, 3);
  assert.ok(found.ok);
  assert.deepEqual(
    found.value.map(({ index, form }) => `${index}${form}`),
    ["2.gz"],
  );
});

test("a backup with holes stays as it is, is reported once, and holds up no other", async () => {
  const path = join(directory(), "web.log");
  fs.writeFileSync(`${path}.1`, "");
  fs.truncateSync(`${path}.1`, 2 ** 40);
  fs.writeFileSync(`${path}.2`, "full\n");
  const { pipes, settle, activity } = start(path, { compress: "gzip", maxBytes: 10 });
  await appears(`${path}.2.gz`);
  for (let round = 0; round < 3; round += 1) {
    pipes.feed(FD, "0123456789\n");
    await settle();
    pipes.announce(FD);
    await settle();
  }
  await appears(`${path}.5.gz`);
  assert.equal(fs.statSync(`${path}.4`).size, 2 ** 40);
  const told = activity().match(/WARN backup '.*' of 'web' stdout stays as it is/g) ?? [];
  assert.equal(told.length, 1, activity());
});

test("real directories tell what a crash has left of compressions", async () => {
  const at = directory();
  const files = createLogFiles();
  fs.writeFileSync(join(at, "web.log.tsv-compressing"), "half");
  fs.writeFileSync(join(at, "web.log"), "");
  const found = await files.leftCompressions(`${at}/`);
  assert.deepEqual(found, { ok: true, value: [join(at, "web.log")] });
});
