// max_total on fakes: how much is on the disk after each step, and what is removed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { Compression } from "../../../../src/core/config/value-types.ts";
import { fakeWorld, processTo } from "../../../fakes/logs-world.ts";
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

test("the disk never has more than the limit, however the programs write (log-total)", async () => {
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
        for (const [index, bytes] of steps) {
          await write(world, index, bytes);
          assert.ok(used(world) <= MB, `${used(world)} bytes`);
          world.clock.advance(1000);
        }
        const said = world.files.text("/log/main") ?? "";
        assert.doesNotMatch(said, /internal error|cannot/);
      },
    ),
    { numRuns: 40 },
  );
});

test("the oldest backup goes first, whichever program it is of, and the newest output stays", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50 });
  const has = (path: string): boolean => world.files.disk.has(path);
  for (let round = 0; round < 3; round += 1) {
    await write(world, 0, 100 * KB);
    world.clock.advance(1000);
  }
  for (let round = 0; round < 6; round += 1) {
    await write(world, 1, 100 * KB);
    world.clock.advance(1000);
  }
  assert.deepEqual([has("/log/a.1"), has("/log/a.2"), has("/log/a.3")], [true, true, true]);
  for (let round = 0; round < 3; round += 1) {
    await write(world, 1, 100 * KB);
    world.clock.advance(1000);
  }
  assert.deepEqual([has("/log/a.1"), has("/log/a.2"), has("/log/a.3")], [true, false, false]);
  assert.ok(has("/log/b.9"));
});

test("backups of an earlier run of the daemon count, and what is not named like one stays", async () => {
  const world = fakeWorld({ maxTotal: MB });
  const { files } = world;
  const big = (): { bytes: Buffer } => ({ bytes: Buffer.alloc(300 * KB) });
  for (const name of ["a.1", "a.2", "a.11", "a.1.bak", "other.1"]) {
    const file = big();
    files.disk.set(`/log/${name}`, file);
    files.times.set(file, 1);
  }
  world.logs.addProcess(processTo("/log/a", {}, KEYS[0]));
  world.logs.attach(KEYS[0] ?? processKey("a", "a"), 1, { stdout: 7, stderr: null });
  await world.logs.flush();
  await write(world, 0, 200 * KB);
  await write(world, 0, 200 * KB);
  await write(world, 0, 200 * KB);
  for (const name of ["a.11", "a.1.bak", "other.1"])
    assert.ok(files.disk.has(`/log/${name}`), name);
  const mine = [...files.disk].filter(([path]) => /^\/log\/a(\.\d)?$/.test(path));
  const sum = mine.reduce((bytes, [, file]) => bytes + file.bytes.length, 0);
  assert.ok(sum <= MB, `${sum}`);
});

test("a log of a program that is down gives its room to one that writes", async () => {
  const world = await running(MB, { backups: 3 });
  for (const index of [0, 1, 2]) await write(world, index, 240 * KB);
  const [a] = KEYS;
  if (a !== undefined) world.logs.detach(a);
  await world.logs.flush();
  for (let round = 0; round < 12; round += 1) {
    await write(world, 1, 60 * KB);
    assert.ok(used(world) <= MB);
  }
  const said = world.files.text("/log/main") ?? "";
  assert.doesNotMatch(said, /dropped/);
});

test("a backup that cannot be removed is reported once, and the next one goes", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50 });
  for (let round = 0; round < 9; round += 1) await write(world, 0, 100 * KB);
  world.files.failures.set("unlink", "EACCES");
  for (let round = 0; round < 6; round += 1) await write(world, 1, 100 * KB);
  assert.ok(used(world) <= MB);
  const said = world.files.text("/log/main") ?? "";
  assert.match(said, /cannot remove '\/log\/a\.\d' to keep all logs below max_total: EACCES/);
  assert.match(
    said,
    /cannot write log '\/log\/b' of 'b' stdout: all logs together have reached max_total/,
  );
  world.files.failures.clear();
});

test("a backup on a file system that does not answer holds up nothing, and others go instead", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50 });
  const { files, pauses, logs, pipes, clock } = world;
  for (const key of KEYS) {
    const name = `hung-${key}`;
    const old = { bytes: Buffer.alloc(50 * KB) };
    files.disk.set(`/hung/${name}.1`, old);
    logs.addProcess(processTo(`/hung/${name}`, { backups: 50 }, processKey(name, name)));
  }
  files.silentBelow = "/hung/";
  await settled();
  for (let round = 0; round < 12; round += 1) {
    pipes.feed(7, "x".repeat(100 * KB));
    for (let turn = 0; turn < 6; turn += 1) {
      await settled();
      pipes.announce(7);
      if (round > 8) pauses.end();
    }
    clock.advance(1000);
  }
  await logs.flush();
  assert.ok(used(world) <= MB);
  assert.equal(pauses.present, 0);
  assert.ok(files.disk.has("/log/a.8") && !files.disk.has("/log/a.9"));
  const said = files.text("/log/main") ?? "";
  assert.doesNotMatch(said, /dropped/);
  const told = said.match(/'\/hung\/.*' was not removed within 2 s .* does not answer/g) ?? [];
  assert.equal(told.length, 1, said);
});

test("whatever their times say, backups that were there go before newer ones, the highest number first", async () => {
  const HOUR = 3_600_000;
  const time = fc.integer({ min: -100_000, max: 100_000 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(time, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: -50_000, max: 0 }),
      async (times, setBack) => {
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
        clock.shiftWall(setBack * HOUR);
        clock.advance(1000);
        let most = 0;
        for (let round = 0; round < 13; round += 1) {
          await write(world, 1, 100 * KB);
          clock.advance(1000);
          const names = [...files.disk.keys()];
          const old = names.flatMap((name) => /^\/log\/a\.(\d+)$/.exec(name)?.[1] ?? []);
          const made = names.filter((name) => /^\/log\/b\.\d+$/.test(name)).length;
          assert.deepEqual(
            old.map(Number),
            old.map((_, place) => place + 1),
          );
          if (old.length > 0) assert.ok(made >= most, "a newer backup was removed");
          most = Math.max(most, made);
        }
        assert.ok(![...files.disk.keys()].some((name) => /^\/log\/a\.\d/.test(name)));
      },
    ),
    { numRuns: 40 },
  );
});

test("names that stand for no file are never looked for as files", async () => {
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

test("a backup that is being compressed goes too when it is the oldest: there is never a gap", async () => {
  const world = await running(MB, { maxBytes: 100 * KB, backups: 50, compress: "gzip" });
  const { files, clock } = world;
  // It goes on and on until it has to give way.
  let letGo = (): void => undefined;
  files.compressing = new Promise((resolve) => {
    letGo = resolve;
  });
  const indexes = (): readonly number[] =>
    [...files.disk.keys()]
      .flatMap((path) => /^\/log\/a\.(\d+)/.exec(path)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  try {
    for (let round = 0; round < 14; round += 1) {
      await write(world, 0, 100 * KB);
      clock.advance(1000);
      assert.deepEqual(
        indexes(),
        indexes().map((_, place) => place + 1),
      );
      assert.ok(used(world) <= MB);
    }
  } finally {
    letGo();
    await settled();
  }
});

/** Backups that fill the limit; the present run of the daemon has not made them. */
async function filled(
  directories: readonly string[],
  fileSystem?: number,
  part = 256,
): Promise<World> {
  const world = fakeWorld({ maxTotal: MB });
  const { files, logs } = world;
  files.now = () => world.clock.now().wall;
  for (const [index, directory] of directories.entries()) {
    const size = Math.floor(part / directories.length / 4) * 4 * KB;
    if (fileSystem !== undefined) files.fileSystems.set(directory, fileSystem);
    for (let number = 1; number <= 4; number += 1) {
      const file = { bytes: Buffer.alloc(size) };
      files.disk.set(`${directory}old.${number}`, file);
      files.times.set(file, 100 * (index + 1) - number);
    }
    logs.addProcess(processTo(`${directory}old`, { backups: 50 }, processKey("old", directory)));
  }
  await settled();
  return world;
}

/** Program a logs there. */
async function startA(world: World, path: string): Promise<void> {
  const key = processKey("a", "a");
  world.logs.addProcess(processTo(path, { backups: 50 }, key));
  world.logs.attach(key, 1, { stdout: 7, stderr: null });
  await world.logs.flush();
  world.files.calls.length = 0;
}

async function turns(world: World): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
    await settled();
    world.pipes.announce(7);
  }
}

test("output waits for a slow disk that has all backups, whether its log is there or not", async () => {
  for (const path of ["/log/a", "/other/a"]) {
    const world = await filled(["/log/"]);
    const { files, pauses, pipes } = world;
    await startA(world, path);
    files.silentBelow = "/log/";
    let answer = (): void => undefined;
    files.silence = new Promise((resolve) => {
      answer = resolve;
    });
    pipes.feed(7, "x".repeat(50 * KB));
    await turns(world);
    pauses.end();
    await turns(world);
    assert.equal(files.disk.get(path)?.bytes.length, 0);
    assert.match(files.text("/log/main") ?? "", /was not removed within 2 s/);
    answer();
    await turns(world);
    await world.logs.flush();
    assert.equal(files.disk.get(path)?.bytes.length, 50 * KB);
    assert.deepEqual(
      files.calls.filter((call) => call.startsWith("unlink ")),
      ["unlink /log/old.4"],
    );
    assert.doesNotMatch(files.text("/log/main") ?? "", /dropped|no backup/);
  }
});

test("a file system that hangs is waited for once, whatever directories it has", async () => {
  const known = await filled(["/hung/1/", "/hung/2/", "/hung/3/"], 9, 232);
  const here = known.files;
  here.fileSystems.set("/log/", 1);
  const backup = { bytes: Buffer.alloc(64 * KB) };
  here.disk.set("/log/a.1", backup);
  here.times.set(backup, 1_000_000);
  here.silentBelow = "/hung/";
  await startA(known, "/log/a");
  known.pipes.feed(7, "x".repeat(50 * KB));
  await turns(known);
  known.pauses.end();
  await turns(known);
  await known.logs.flush();
  assert.deepEqual(
    here.calls.filter((call) => call.startsWith("unlink ")),
    ["unlink /hung/1/old.4", "unlink /log/a.1"],
  );
  assert.equal(known.pauses.present, 0);
});

test("a backup that could not be removed keeps no others, and is tried again after a while", async () => {
  const world = await filled(["/log/"]);
  const { files, clock } = world;
  await startA(world, "/log/a");
  const unlink = files.unlink.bind(files);
  let isBroken = true;
  files.unlink = async (path) =>
    isBroken && path === "/log/old.4" ? { ok: false, error: "EIO" } : unlink(path);
  const has = (number: number): boolean => files.disk.has(`/log/old.${number}`);
  await write(world, 0, 200 * KB);
  assert.deepEqual([has(2), has(3), has(4)], [true, false, true]);
  isBroken = false;
  await write(world, 0, 100 * KB);
  assert.deepEqual([has(2), has(4)], [false, true]);
  clock.pass(10_000);
  await write(world, 0, 250 * KB);
  assert.deepEqual([has(1), has(4)], [true, false]);
  const said = files.text("/log/main") ?? "";
  assert.equal(said.match(/cannot remove/g)?.length, 1, said);
  assert.doesNotMatch(said, /dropped/);
});
