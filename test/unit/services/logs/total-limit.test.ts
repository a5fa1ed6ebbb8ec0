// max_total on fakes: how much is on the disk after each pass, and what is removed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { Compression } from "../../../../src/core/config/value-types.ts";
import { fakeWorld, processTo, WEB } from "../../../fakes/logs-world.ts";
import { fc } from "../../../property.ts";
import { settled } from "./flush-rig.ts";

const MB = 2 ** 20;
const KB = 1024;
const KEYS = ["a", "b", "c"].map((name) => processKey(name, name));

type World = ReturnType<typeof fakeWorld>;

/** Programs a, b and c, which log to files of their names. */
async function running(
  maxTotal: number,
  how: { maxBytes?: number; compress?: Compression; backups?: number } = {},
): Promise<World> {
  const world = fakeWorld({ maxTotal });
  world.files.now = () => world.clock.now().wall;
  for (const [index, key] of KEYS.entries()) {
    const name = key.slice(0, 1);
    world.logs.addProcess(processTo(`/log/${name}`, { maxBytes: 0, ...how }, key));
    world.logs.attach(key, 1 + index, { stdout: 7 + index, stderr: null });
  }
  await world.logs.flush();
  return world;
}

/** Bytes in blocks of all files but the activity log. */
function used({ files }: World): number {
  let bytes = 0;
  for (const [path, { bytes: content }] of files.disk) {
    if (path !== "/log/main") bytes += Math.ceil(content.length / 4096) * 4096;
  }
  return bytes;
}

async function write(world: World, index: number, bytes: number): Promise<void> {
  const { pipes, logs } = world;
  pipes.feed(7 + index, "x".repeat(bytes));
  for (let turn = 0; turn < 3; turn += 1) {
    await settled();
    await logs.flush();
    pipes.announce(7 + index);
  }
  await logs.flush();
}

/** Ends the wait for the next pass. */
async function pass({ pauses, clock, logs }: World): Promise<void> {
  clock.advance(10_000);
  pauses.end();
  await settled();
  await logs.flush();
  await settled();
}

function said({ files }: World): string {
  return files.text("/log/main") ?? "";
}

/** The backups of a log that exist. */
function backupsOf({ files }: World, name: string): readonly number[] {
  return [...files.disk.keys()]
    .flatMap((path) => new RegExp(`^/log/${name}\\.(\\d+)`).exec(path)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Puts backups 1 to `count` of a log there; the present run of the daemon has not made them. */
function put({ files }: World, path: string, count: number, bytes: number, time = 1): void {
  for (let number = 1; number <= count; number += 1) {
    const file = { bytes: Buffer.alloc(bytes) };
    files.disk.set(`${path}.${number}`, file);
    files.times.set(file, time - number);
  }
}

test("a pass leaves no more than the limit, however the programs wrote (log-total)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 400 * KB })), { maxLength: 25 }),
      fc.record({
        maxBytes: fc.constantFrom(0, 100 * KB),
        compress: fc.constantFrom<Compression>("none", "gzip"),
        backups: fc.constantFrom(0, 3, 50),
      }),
      async (steps, how) => {
        const world = await running(MB, how);
        for (const [index, bytes] of steps) await write(world, index, bytes);
        for (let rest = 0; rest < 4; rest += 1) await pass(world);
        assert.ok(used(world) <= MB, `${used(world)} bytes`);
        assert.equal(world.pauses.present, 0, "nothing is waited for while nothing changes");
        assert.doesNotMatch(said(world), /internal error|cannot/);
      },
    ),
    { numRuns: 40 },
  );
});

test("a rotation that exceeds the limit removes the oldest backup, whichever program it is of", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50 });
  for (const [index, rounds] of [
    [0, 3],
    [1, 6],
  ] as const) {
    for (let round = 0; round < rounds; round += 1) {
      await write(world, index, 100 * KB);
      world.clock.advance(1000);
    }
  }
  assert.deepEqual(backupsOf(world, "a"), [1, 2, 3]);
  for (let round = 0; round < 3; round += 1) await write(world, 1, 100 * KB);
  assert.deepEqual(backupsOf(world, "a"), [1]);
  assert.equal(backupsOf(world, "b").length, 9);
  assert.ok(used(world) <= MB);
});

test("backups of an earlier run of the daemon count, and files of other names stay", async () => {
  const world = fakeWorld({ maxTotal: MB });
  const { files, logs } = world;
  put(world, "/log/a", 3, 300 * KB);
  for (const name of ["a.11", "a.1.bak", "other.1"]) {
    files.disk.set(`/log/${name}`, { bytes: Buffer.alloc(300 * KB) });
  }
  logs.addProcess(processTo("/log/a", { maxBytes: 200 * KB }));
  logs.attach(WEB, 1, { stdout: 7, stderr: null });
  await logs.flush();
  await write(world, 0, 200 * KB);
  for (const name of ["a.11", "a.1.bak", "other.1"]) {
    assert.ok(files.disk.has(`/log/${name}`), name);
  }
  assert.ok(used(world) - 3 * 300 * KB <= MB);
});

test("the largest log is rotated when no backup is left, also one whose program is down", async () => {
  const world = await running(MB, { backups: 3 });
  for (const index of [0, 1, 2]) await write(world, index, 240 * KB);
  const [a = WEB] = KEYS;
  world.logs.detach(a);
  const more = ["d", "e"].map((name) => processKey(name, name));
  for (const [index, key] of more.entries()) {
    world.logs.addProcess(processTo(`/log/${key.slice(0, 1)}`, { maxBytes: 0, backups: 3 }, key));
    world.logs.attach(key, 10 + index, { stdout: 20 + index, stderr: null });
    await write(world, 13 + index, 240 * KB);
  }
  await pass(world);
  await pass(world);
  assert.ok(used(world) <= MB);
  assert.equal(world.files.disk.get("/log/a")?.bytes.length, 0);
  assert.doesNotMatch(said(world), /dropped/);
});

test("an error of a removal is reported once for a log, other backups go, and it is tried again", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50 });
  const { files } = world;
  const unlink = files.unlink.bind(files);
  let isBroken = true;
  files.unlink = async (path) =>
    isBroken && path.startsWith("/log/a.") ? { ok: false, error: "EIO" } : unlink(path);
  for (let round = 0; round < 4; round += 1) await write(world, 0, 100 * KB);
  world.clock.advance(1000);
  for (let round = 0; round < 9; round += 1) await write(world, 1, 100 * KB);
  await pass(world);
  assert.ok(used(world) <= MB);
  assert.deepEqual(backupsOf(world, "a"), [1, 2, 3, 4]);
  assert.equal(said(world).match(/cannot remove '\/log\/a\.\d' .* max_total: EIO/g)?.length, 1);
  isBroken = false;
  for (let round = 0; round < 4; round += 1) await write(world, 2, 200 * KB);
  await pass(world);
  assert.ok(used(world) <= MB);
  assert.doesNotMatch(said(world), /dropped/);
});

test("a file system that hangs delays no removal on another, and no output", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50 });
  put(world, "/hung/old", 3, 50 * KB);
  world.logs.addProcess(processTo("/hung/old", { backups: 50 }, processKey("old", "old")));
  world.files.silentBelow = "/hung/";
  await settled();
  for (let round = 0; round < 14; round += 1) await write(world, 0, 100 * KB);
  assert.ok(used(world) - 3 * 52 * KB <= MB);
  assert.ok(backupsOf(world, "a").length >= 9);
  assert.doesNotMatch(said(world), /dropped|cannot/);
});

test("backups that were there go before newer ones, the highest number first, whatever their times", async () => {
  const HOUR = 3_600_000;
  const time = fc.integer({ min: -100_000, max: 100_000 });
  await fc.assert(
    fc.asyncProperty(fc.array(time, { minLength: 1, maxLength: 6 }), async (times) => {
      const world = fakeWorld({ maxTotal: MB });
      const { files, clock, logs } = world;
      files.now = () => clock.now().wall;
      for (const [before, hours] of times.entries()) {
        const file = { bytes: Buffer.alloc(50 * KB) };
        files.disk.set(`/log/a.${before + 1}`, file);
        files.times.set(file, clock.now().wall + hours * HOUR);
      }
      for (const [index, key] of KEYS.slice(0, 2).entries()) {
        const path = `/log/${key.slice(0, 1)}`;
        logs.addProcess(processTo(path, { maxBytes: 100 * KB, backups: 50 }, key));
        logs.attach(key, 1 + index, { stdout: 7 + index, stderr: null });
      }
      await logs.flush();
      clock.advance(1000);
      let most = 0;
      for (let round = 0; round < 13; round += 1) {
        await write(world, 1, 100 * KB);
        clock.advance(1000);
        const old = backupsOf(world, "a");
        assert.deepEqual(
          old,
          old.map((_, place) => place + 1),
        );
        const made = backupsOf(world, "b").length;
        if (old.length > 0) assert.ok(made >= most, "a newer backup was removed");
        most = Math.max(most, made);
      }
      assert.deepEqual(backupsOf(world, "a"), []);
    }),
    { numRuns: 40 },
  );
});

test("targets that are no files count no files of their names", async () => {
  const world = fakeWorld({ maxTotal: MB });
  const { files, logs } = world;
  const kinds = ["stdout", "stderr", "journal"] as const;
  const paths = [...kinds.map((kind) => `@${kind}`), "/dev/stdout"];
  for (const path of paths) {
    for (const name of [path, `${path}.1`, `${path}.tsv-compressing`]) {
      files.disk.set(name, { bytes: Buffer.alloc(600 * KB) });
    }
  }
  for (const [index, key] of KEYS.entries()) {
    const kind = kinds[index] ?? "journal";
    const shared = { maxBytes: 0, compress: "gzip" as const, backups: 5 };
    const { stdout, ...rest } = processTo("/log/none", shared, key);
    logs.addProcess({ ...rest, stdout: { ...stdout, logfile: { kind } } });
    logs.attach(key, 1 + index, { stdout: 17 + index, stderr: null });
  }
  const other = processKey("other", "other");
  logs.addProcess(processTo("/dev/stdout", { maxBytes: 0, backups: 5 }, other));
  const writer = processKey("writer", "writer");
  logs.addProcess(processTo("/log/a", { maxBytes: 0, backups: 5 }, writer));
  logs.attach(writer, 9, { stdout: 7, stderr: null });
  for (let round = 0; round < 6; round += 1) await write(world, 0, 200 * KB);
  for (const path of paths) {
    for (const name of [path, `${path}.1`, `${path}.tsv-compressing`]) {
      assert.equal(files.disk.get(name)?.bytes.length, 600 * KB, name);
    }
  }
  assert.doesNotMatch(files.text("/log/main") ?? "", /dropped/);
});

test("a backup that is being compressed goes too when it is the oldest: there is no gap", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50, compress: "gzip" });
  const { files, clock } = world;
  // It continues until it is cancelled.
  let letGo = (): void => undefined;
  files.compressing = new Promise((resolve) => {
    letGo = resolve;
  });
  try {
    for (let round = 0; round < 14; round += 1) {
      await write(world, 0, 100 * KB);
      clock.advance(1000);
      const there = backupsOf(world, "a");
      assert.deepEqual(
        there,
        there.map((_, place) => place + 1),
      );
      assert.ok(used(world) <= MB);
    }
  } finally {
    letGo();
    await settled();
  }
});
