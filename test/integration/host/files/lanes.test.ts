// Which file system a path leads to, through links.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { onDescriptor, onPath } from "../../../../src/host/files/lanes.ts";
import { posix } from "../../../../src/host/posix.ts";

const home = fs.mkdtempSync(join(tmpdir(), "tsv-lanes-"));
after(() => fs.rmSync(home, { recursive: true }));

function deviceOf(path: string): number {
  const fd = fs.openSync(path, "r");
  try {
    return posix().deviceOf(fd);
  } finally {
    fs.closeSync(fd);
  }
}

test("a path is where it leads to through links, be it there or not", async () => {
  fs.symlinkSync("/proc", join(home, "absolute"));
  fs.symlinkSync(`${"../".repeat(20)}proc/self`, join(home, "relative"));
  fs.symlinkSync("absolute", join(home, "twice"));
  fs.symlinkSync("loop", join(home, "loop"));
  fs.writeFileSync(join(home, "file"), "");
  const fd = fs.openSync(join(home, "file"), "r");
  const here = deviceOf(home);
  const proc = deviceOf("/proc/self/status");
  assert.notEqual(here, proc);
  const cases: [string, number][] = [
    [home, here],
    [join(home, "missing/below"), here],
    [join(home, "loop/x"), here],
    [join(home, "absolute"), proc],
    [join(home, "twice/self/missing"), proc],
    [join(home, "relative/status"), proc],
    [`/proc/self/fd/${fd}`, here],
    ["/proc/self/cwd/missing", deviceOf(".")],
    ["/proc/self/missing", proc],
    ["src", deviceOf("src")],
    [`${home}/${"x".repeat(300)}`, here],
  ];
  for (const [path, device] of cases) assert.equal(await posix().locate(path), device, path);
  fs.closeSync(fd);
});

test("operations run in the order of their lane, and failures reach the caller", async () => {
  assert.deepEqual(await onPath(home, async () => 7), { ok: true, value: 7 });
  await assert.rejects(
    onPath(home, () => {
      throw new Error("broken");
    }),
    /broken/,
  );
  const fd = fs.openSync(home, "r");
  const answers = Array.from({ length: 100 }, (_, n) => onDescriptor(fd, async () => n));
  assert.deepEqual(
    await Promise.all(answers),
    Array.from({ length: 100 }, (_, n) => n),
  );
  fs.closeSync(fd);
  assert.equal(await onDescriptor(fd, async () => "closed"), "closed");
});

test("operations on one path share looks, and each runs", async () => {
  const made = join(home, "missing", "log");
  const answers = Array.from({ length: 100 }, (_, n) => onPath(made, async () => n, "made"));
  assert.deepEqual(
    await Promise.all(answers),
    Array.from({ length: 100 }, (_, value) => ({ ok: true, value })),
  );
});
