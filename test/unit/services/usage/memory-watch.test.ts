// Programs with max_memory are measured while they run: all in one look, exactly only where it matters.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import type { ProcessRecord } from "../../../../src/core/supervisor/model.ts";
import type { ProcessStat } from "../../../../src/core/usage/program-usage.ts";
import { MemoryWatch } from "../../../../src/services/usage/memory-watch.ts";
import { program } from "../../core/process/samples.ts";

const PAGE = 4096;
const MB = 1024 * 1024;

const process = (pid: number, parent: number, mb: number, group = pid): ProcessStat => ({
  ...{ pid, parent, group, session: group, cpuTicks: 0, waitedTicks: 0, startTicks: 1 },
  residentPages: (mb * MB) / PAGE,
});

class Host {
  processes: readonly ProcessStat[] = [];
  /** Exact megabytes by pid; a process without an entry may not be looked at. */
  exact = new Map<number, number | "unknown">();
  readonly asked: number[] = [];
  readonly measured: string[] = [];
  samples = 0;
  readonly records = new Map<ProcessKey, ProcessRecord>();
  act: (() => Promise<void>) | null = null;
  readonly watch = new MemoryWatch({
    stats: {
      sample: async () => {
        this.samples += 1;
        const { processes } = this;
        return { at: 0, ticksPerSecond: 100, pageBytes: PAGE, processes };
      },
    },
    shared: {
      proportionalBytes: async (pid) => {
        this.asked.push(pid);
        const mb = this.exact.get(pid);
        return typeof mb === "number" ? mb * MB : (mb ?? null);
      },
    },
    repeater: {
      every: (_ms, act) => {
        this.act = act;
        return () => {
          this.act = null;
        };
      },
    },
    turn: async () => {},
    record: (key) => this.records.get(key) ?? null,
    measured: (key, pid, bytes) =>
      void this.measured.push(`${key} ${pid} ${bytes === null ? null : bytes / MB}`),
  });

  run(name: string, pid: number, limitMb: number | null, overLimit = 0): void {
    const key = processKey(name, name);
    const watch =
      limitMb === null ? null : { health: null, oldAt: null, overLimit, unmeasuredSince: null };
    const maxMemory = limitMb === null ? null : limitMb * MB;
    const state = { ...NEVER_STARTED, phase: { kind: "RUNNING" as const, pid, watch } };
    const config = program({ name, maxMemory });
    this.records.set(key, { key, group: name, config, state, runs: NO_RUNS, exit: null });
    this.watch.changed(key);
  }

  end(name: string): void {
    const key = processKey(name, name);
    this.records.delete(key);
    this.watch.changed(key);
  }
}

test("nothing is measured without programs that have max_memory and run (max-memory)", () => {
  const host = new Host();
  host.run("web", 7, null);
  assert.equal(host.act, null);
  host.run("api", 8, 100);
  assert.notEqual(host.act, null);
  host.end("api");
  assert.equal(host.act, null);
});

test("one look for all; below the limit nothing is told and nothing is asked exactly", async () => {
  const host = new Host();
  host.run("web", 7, 100);
  host.run("api", 8, 100);
  host.processes = [process(7, 1, 60), process(8, 1, 99)];
  await host.act?.();
  assert.deepEqual([host.samples, host.asked, host.measured], [1, [], []]);
});

test("children count, also those that were reparented and are in its group", async () => {
  const host = new Host();
  host.run("web", 7, 100);
  host.processes = [
    process(7, 1, 10),
    process(20, 7, 60),
    process(21, 1, 60, 7),
    process(9, 1, 900),
  ];
  await host.act?.();
  assert.deepEqual(host.measured, ["web:web 7 130"]);
});

test("shared pages count once where the host tells, and the asking ends when it is clear", async () => {
  const host = new Host();
  host.run("web", 7, 100);
  host.processes = [process(7, 1, 80), process(20, 7, 80), process(21, 7, 5)];
  host.exact = new Map([
    [7, 41],
    [20, 41],
  ]);
  await host.act?.();
  assert.deepEqual(host.measured, ["web:web 7 87"]);
  assert.deepEqual(host.asked, [7, 20], "the last one cannot lead above the limit");
});

test("a program that was over is told when it is below again", async () => {
  const host = new Host();
  host.run("web", 7, 100, 1);
  host.processes = [process(7, 1, 50)];
  await host.act?.();
  assert.deepEqual(host.measured, ["web:web 7 50"]);
});

test("one that ends during the look is told nothing of, and the looks end", async () => {
  const host = new Host();
  host.run("web", 7, 100);
  host.processes = [process(7, 1, 500)];
  const looking = host.act?.();
  host.end("web");
  await looking;
  assert.deepEqual(host.measured, []);
});

test("one that cannot be measured is unknown, not small", async () => {
  const host = new Host();
  host.run("web", 7, 100);
  host.processes = [process(7, 1, 500)];
  host.exact.set(7, "unknown");
  await host.act?.();
  assert.deepEqual(host.measured, ["web:web 7 null"]);
});

test("more than the limit is known whatever cannot be measured", async () => {
  const host = new Host();
  host.run("web", 7, 100);
  host.processes = [process(7, 1, 500), process(8, 7, 50)];
  host.exact.set(7, 400).set(8, "unknown");
  await host.act?.();
  assert.deepEqual(host.measured, ["web:web 7 400"]);
});
