// Whatever is done in whatever order, every byte that a program wrote is in its files exactly once and in order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { Compression, RotationPeriod } from "../../../../src/core/config/value-types.ts";
import {
  FD,
  fakeWorld,
  LOG,
  processTo,
  running,
  stdoutOf,
  WEB,
} from "../../../fakes/logs-world.ts";
import { fc } from "../../../property.ts";
import { settled } from "./flush-rig.ts";

const HOUR = 3_600_000;
/** More than any of these tests rotates. */
const KEEP = 200;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("feed" as const),
      size: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("pass" as const, "set" as const),
      size: fc.integer({ min: -30, max: 60 }),
    }),
  },
  ...(["rotate", "reopen", "restart", "settle", "fail", "repair", "hold"] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind), size: fc.constant(0) }),
  })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Setting {
  readonly maxBytes: number;
  readonly rotate: RotationPeriod | null;
  readonly compress: Compression;
  readonly isFlood: boolean;
}

async function play(steps: readonly Step[], { isFlood, ...setting }: Setting) {
  const world = fakeWorld();
  const { logs, pipes, files, clock } = world;
  files.now = () => clock.now().wall;
  logs.addProcess(processTo(LOG, { ...setting, backups: KEEP }));
  let fd = FD;
  logs.attach(WEB, 42, { stdout: fd, stderr: null });
  let expected = "";
  let letGo: (() => void) | null = null;
  const finish = (): void => {
    letGo?.();
    letGo = null;
  };
  for (const [index, { kind, size }] of steps.entries()) {
    if (kind === "feed") {
      const text = String.fromCharCode(97 + (index % 26)).repeat(isFlood ? size * 2000 : size);
      // A pipe holds a megabyte at most.
      while (pipes.pendingIn(fd) + text.length > 2 ** 20) {
        pipes.announce(fd);
        await settled();
      }
      expected += text;
      pipes.feed(fd, text);
    } else if (kind === "pass") clock.advance(Math.abs(size) * HOUR);
    else if (kind === "set") clock.shiftWall(size * HOUR);
    else if (kind === "rotate") void logs.rotate(stdoutOf(WEB));
    else if (kind === "reopen") logs.reopenAll();
    else if (kind === "fail") files.failures.set("compress", "ENOSPC");
    else if (kind === "repair") files.failures.clear();
    else if (kind === "hold") {
      finish();
      files.compressing = new Promise((resolve) => {
        letGo = resolve;
      });
    } else if (kind === "restart") {
      logs.detach(WEB);
      fd += 1;
      logs.attach(WEB, 42 + fd, { stdout: fd, stderr: null });
    } else await settled();
  }
  finish();
  await logs.flush();
  for (let turn = 0; turn < 40; turn += 1) {
    pipes.announce(fd);
    await settled();
    await logs.flush();
  }
  return { ...world, expected };
}

const setting = fc.record({
  maxBytes: fc.constantFrom(0, 40, 200),
  rotate: fc.constantFrom<RotationPeriod | null>(null, "hourly", "daily", "monthly"),
  compress: fc.constantFrom<Compression>("none", "gzip", "zstd"),
  isFlood: fc.boolean(),
});

test("every byte is in the files exactly once and in order (log-compress)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), setting, async (steps, how) => {
      const { files, expected } = await play(steps, how);
      assert.ok(files.history(LOG, KEEP) === expected, "other bytes, or another order");
      assert.equal(files.disk.has(`${LOG}.tsv-compressing`), false);
      if (how.compress === "none" || steps.some(({ kind }) => kind === "fail")) return;
      const plain = [...files.disk.keys()].filter((path) => /web\.\d+$/.test(path));
      assert.deepEqual(plain, [], "not compressed");
    }),
    { numRuns: 80 },
  );
});

test("the setting may change between two runs of the daemon", async () => {
  const files = fakeWorld().files;
  let expected = "";
  for (const [round, compress] of (["gzip", "none", "zstd", "none", "gzip"] as const).entries()) {
    const world = fakeWorld({ files });
    world.logs.addProcess(processTo(LOG, { compress, maxBytes: 10, backups: KEEP }));
    world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
    for (let line = 0; line < 3; line += 1) {
      const text = `round ${round} line ${line}\n`;
      expected += text;
      world.pipes.feed(FD, text);
      await settled();
    }
    world.logs.detach(WEB);
    await world.logs.flush();
    for (let turn = 0; turn < 20; turn += 1) await settled();
  }
  assert.equal(files.history(LOG, KEEP), expected);
  const plain = [...files.disk.keys()].filter((path) => /web\.\d+$/.test(path));
  assert.deepEqual(plain, []);
});

test("a daemon that was down over the end of a period rotates once when it opens the log (log-periods)", async () => {
  for (const [away, rotated] of [
    [2 * HOUR, false],
    [30 * HOUR, true],
    [30 * 24 * HOUR, true],
  ] as const) {
    const { logs, files, clock } = fakeWorld();
    const file = { bytes: Buffer.from("before\n") };
    files.disk.set(LOG, file);
    files.times.set(file, clock.now().wall - away);
    logs.addProcess(processTo(LOG, { rotate: "daily" }));
    logs.attach(WEB, 42, { stdout: FD, stderr: null });
    await logs.flush();
    assert.equal(files.text(`${LOG}.1`), rotated ? "before\n" : null);
    assert.equal(files.text(LOG), rotated ? "" : "before\n");
    assert.equal(files.text(`${LOG}.2`), null);
  }
});

test("an empty log is not rotated by time, and without the key no alarm is set", async () => {
  const { logs, files, clock } = running({ rotate: "hourly" });
  await logs.flush();
  for (let hour = 0; hour < 5; hour += 1) {
    clock.advance(HOUR);
    await settled();
  }
  assert.deepEqual(
    [...files.disk.keys()].filter((path) => path.startsWith(LOG)),
    [LOG],
  );
  assert.notEqual(clock.wallAlarmAt, null);
  logs.detach(WEB);
  await logs.flush();
  await settled();
  assert.equal(clock.wallAlarmAt, null, "armed for a log that is closed");
  const plain = fakeWorld();
  plain.logs.addProcess(processTo(LOG));
  plain.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  await plain.logs.flush();
  assert.equal(plain.clock.wallAlarmAt, null);
});

test("a clock that jumps rotates a log once at most", async () => {
  const { logs, files, clock, pipes } = running({ rotate: "hourly", backups: KEEP });
  pipes.feed(FD, "one\n");
  await logs.flush();
  clock.shiftWall(1000 * 24 * HOUR);
  await settled();
  pipes.feed(FD, "two\n");
  await logs.flush();
  clock.shiftWall(-2000 * 24 * HOUR);
  await settled();
  assert.equal(files.text(`${LOG}.1`), "one\n");
  assert.equal(files.text(`${LOG}.2`), null);
  clock.advance(HOUR);
  await settled();
  await logs.flush();
  assert.equal(files.text(`${LOG}.1`), "two\n", "the next hour counts from the new time");
});

test("a compression that fails is reported once with its place, and the backup stays", async () => {
  const { logs, files, pipes } = fakeWorld();
  files.failures.set("compress", "ENOSPC");
  logs.addProcess(processTo(LOG, { compress: "gzip", maxBytes: 4 }));
  logs.attach(WEB, 42, { stdout: FD, stderr: null });
  for (const text of ["one\n", "two\n"]) {
    pipes.feed(FD, text);
    await logs.flush();
    await settled();
  }
  await logs.flush();
  const said = files
    .text("/log/main")
    ?.split("\n")
    .filter((line) => line.includes("compress"));
  assert.equal(said?.length, 1);
  assert.match(
    said?.[0] ?? "",
    /ERRO cannot compress a backup of log '\/log\/web' of 'web' stdout: ENOSPC: writing '\/log\/web\.tsv-compressing'/,
  );
  assert.equal(files.text(`${LOG}.2`), "one\n");
  files.failures.clear();
  pipes.feed(FD, "six\n");
  await logs.flush();
  for (let turn = 0; turn < 5; turn += 1) await settled();
  assert.equal(gunzipSync(files.disk.get(`${LOG}.3.gz`)?.bytes ?? "").toString(), "one\n");
});

test("what a compression left that was interrupted is removed, or finished", async () => {
  const { logs, files } = fakeWorld();
  files.disk.set(`${LOG}.tsv-compressing`, { bytes: Buffer.from("half") });
  const [plain, packed] = [{ bytes: Buffer.from("whole\n") }, { bytes: Buffer.from("renamed") }];
  files.disk.set(`${LOG}.1`, plain).set(`${LOG}.1.gz`, packed);
  files.times.set(plain, 5).set(packed, 5);
  logs.addProcess(processTo(LOG, { compress: "gzip" }));
  logs.attach(WEB, 42, { stdout: FD, stderr: null });
  await logs.flush();
  for (let turn = 0; turn < 5; turn += 1) await settled();
  const mine = [...files.disk.keys()].filter((path) => path.startsWith(LOG));
  assert.deepEqual(mine.sort(), [LOG, `${LOG}.1.gz`]);
  assert.equal(files.history(LOG, 1), "whole\n");
});

test("clear removes backups only if asked, in any state of the program", async () => {
  const { logs, files, pipes } = running({ maxBytes: 4 });
  pipes.feed(FD, "one\n");
  await logs.flush();
  pipes.feed(FD, "t");
  logs.detach(WEB);
  await logs.flush();
  assert.equal((await logs.clear(stdoutOf(WEB))).ok, true);
  assert.deepEqual([files.text(LOG), files.text(`${LOG}.1`)], ["", "one\n"]);
  assert.equal((await logs.clear(stdoutOf(WEB), true)).ok, true);
  assert.deepEqual([files.text(LOG), files.text(`${LOG}.1`)], ["", null]);
});

test("rotate works on a program that is down, leaves an empty log, and refuses to lose output (log-rotate-now)", async () => {
  const { logs, files, pipes } = fakeWorld();
  const none = processKey("none", "none");
  logs.addProcess(processTo(LOG));
  logs.addProcess(processTo("/log/none", { backups: 0 }, none));
  logs.attach(WEB, 42, { stdout: FD, stderr: null });
  logs.attach(none, 43, { stdout: FD + 1, stderr: null });
  pipes.feed(FD, "one\n");
  pipes.feed(FD + 1, "kept\n");
  await logs.flush();
  logs.detach(WEB);
  assert.deepEqual(await logs.rotate(stdoutOf(WEB)), { ok: true, value: true });
  assert.deepEqual(await logs.rotate(stdoutOf(WEB)), { ok: true, value: false });
  assert.deepEqual([files.text(LOG), files.text(`${LOG}.1`)], ["", "one\n"]);
  const refused = await logs.rotate(stdoutOf(none));
  assert.match(refused.ok ? "" : String(refused.error.detail), /stdout_logfile_backups=0/);
  assert.equal(files.text("/log/none"), "kept\n");
});
