// Real processes of this host: their resource usage, and null if it is unknown.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cpuPercent, totalsOf } from "../../../src/core/usage/program-usage.ts";
import { LANES, statFile } from "../../../src/host/files/file-calls.ts";
import {
  createProcessStats,
  createSharedMemory,
} from "../../../src/host/processes/process-stats.ts";
import { createRepeater } from "../../../src/host/time/pause.ts";
import { mountStalling, withoutStallingMount } from "../../rig/stalling-mount.ts";

const CLAIM = { program: "web", uid: null, isSuspect: false };

const skip = process.platform === "linux" ? false : "only Linux has /proc/PID/stat";

void test("a busy grandchild counts with its program, and so does its memory", {
  skip,
}, async () => {
  const script = `sh -c 'echo up; while :; do :; done' & wait`;
  const child = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pid = child.pid ?? 0;
  try {
    await once(child.stdout, "data");
    const stats = createProcessStats();
    const first = await stats.sample();
    assert.ok(first !== null);
    assert.ok([4096, 16384, 65536].includes(first.pageBytes), `${first.pageBytes}`);
    const before = totalsOf(first, new Set([pid])).get(pid);
    assert.ok(before !== undefined);
    assert.equal(before.cpuMs.size, 2);
    assert.ok(before.memoryBytes > 100_000);
    // Until the kernel's own clock has counted something: it counts in hundredths of a second.
    for (;;) {
      const sample = await stats.sample();
      assert.ok(sample !== null);
      const now = totalsOf(sample, new Set([pid])).get(pid);
      assert.ok(now !== undefined);
      if ((cpuPercent(before, now) ?? 0) > 0) break;
    }
  } finally {
    process.kill(-pid, "SIGKILL");
  }
});

void test("this process is found with the numbers that Node has for it", { skip }, async () => {
  const before = process.memoryUsage.rss();
  const sample = await createProcessStats().sample();
  const later = process.memoryUsage.rss();
  const own = sample?.processes.find((each) => each.pid === process.pid);
  assert.ok(sample !== null && own !== undefined);
  assert.equal(own.parent, process.ppid);
  const resident = own.residentPages * sample.pageBytes;
  // Counted by the kernel in steps, and Node may take or give back some between the looks.
  const [least, most] = [0.8 * Math.min(before, later), 1.25 * Math.max(before, later)];
  assert.ok(resident > least && resident < most, `${before}, ${resident}, ${later}`);
});

void test("a host without such files returns nothing", async () => {
  assert.equal(await createProcessStats("/nonexistent").sample(), null);
});

void test("a repeater continues after a failure, and ends on request", async () => {
  const failures: unknown[] = [];
  let runs = 0;
  // The repeater's timer does not keep a process alive; this one does.
  const alive = setTimeout(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    const stop = createRepeater((error) => failures.push(error)).every(1, async () => {
      runs++;
      if (runs === 1) throw new Error("once");
      if (runs < 3) return;
      stop();
      resolve();
    });
  });
  clearTimeout(alive);
  assert.equal(failures.length, 1);
  assert.equal(runs, 3);
});

void test("shared pages of a forked process count once, also in the sum of both (max-memory)", {
  skip,
}, async () => {
  const script =
    "import os,sys,time; a=bytearray(b'x'*60_000_000); child=os.fork(); print(child or '', flush=True); time.sleep(1000)";
  const parent = spawn("python3", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pid = parent.pid ?? 0;
  try {
    let said = "";
    for await (const part of parent.stdout) {
      said += String(part);
      if (/\d+\n/.test(said) && said.split("\n").length > 2) break;
    }
    const child = Number(/\d+/.exec(said)?.[0]);
    const memory = createSharedMemory();
    const [own, other] = [
      await memory.proportionalBytes(pid, CLAIM),
      await memory.proportionalBytes(child, CLAIM),
    ];
    assert.ok(typeof own === "number" && typeof other === "number");
    assert.ok(own + other > 60_000_000 && own + other < 110_000_000, `${own} and ${other}`);
  } finally {
    process.kill(-pid, "SIGKILL");
  }
});

void test("a process that has ended uses nothing, and a host without procfs does not tell", {
  skip,
}, async () => {
  const memory = createSharedMemory();
  assert.ok((await memory.proportionalBytes(process.pid, CLAIM)) !== null);
  assert.equal(await memory.proportionalBytes(2 ** 30, CLAIM), 0);
  assert.equal(await createSharedMemory("/nonexistent").proportionalBytes(1, CLAIM), null);
});

void test("processes whose memory is locked hold a few threads, and the others are measured after them", {
  skip: withoutStallingMount(),
}, async (t) => {
  const mount = await mountStalling({ t });
  const pids = Array.from({ length: 6 }, (_, n) => 100 + n);
  for (const pid of pids) {
    mkdirSync(join(mount.backing, `${pid}`));
    writeFileSync(join(mount.backing, `${pid}`, "smaps_rollup"), "Pss:  4 kB\n");
  }
  const memory = createSharedMemory(mount.path);
  await mount.stall("read");
  const held = pids.map((pid) => memory.proportionalBytes(pid, CLAIM));
  assert.deepEqual(new Set(await Promise.all(held)), new Set(["unknown"]));
  const name = `tsv ${LANES.ofMemory(0) / 2 ** 32}:`;
  assert.equal(threads().filter((each) => each.startsWith(name)).length, 4, "half of them");
  await mount.release();
  const first = pids[0] ?? 0;
  while ((await memory.proportionalBytes(first, CLAIM)) === "unknown") await statFile(mount.path);
  assert.equal(await memory.proportionalBytes(pids[5] ?? 0, CLAIM), 4096);
});

/** The names of the threads of this process. */
function threads(): readonly string[] {
  return readdirSync("/proc/self/task").map((id) =>
    readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim(),
  );
}
