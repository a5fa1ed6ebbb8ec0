// Measurements become history: gaps, CPU that is not known yet, and reports that come once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import { HISTORY_BYTES, History, MOST_PROGRAMS } from "../../../../src/core/history/history.ts";
import { FINE_MS } from "../../../../src/core/history/record.ts";
import type { ProgramUsage } from "../../../../src/core/usage/program-usage.ts";
import { HistoryService } from "../../../../src/services/history/history.ts";
import type { Usages } from "../../../../src/services/usage/api.ts";

const WALL = Date.UTC(2026, 10, 27);
const WEB = processKey("web", "web");

const used = (cpuPercent: number | null): ProgramUsage => ({
  ...{ cpuPercent, memoryBytes: 2 ** 20, cpuMs: 0 },
});

function createRig() {
  let mono = 0;
  const watchers = new Set<(usages: Usages | null) => void>();
  const lines: string[] = [];
  const started = new Map<ProcessKey, number>();
  const now = () => ({ mono, wall: WALL + mono });
  const service = new HistoryService({
    history: new History(new ArrayBuffer(HISTORY_BYTES), now()),
    ...{ keeping: null, isNew: true },
    usage: {
      watch(watcher) {
        watchers.add(watcher);
        return () => void watchers.delete(watcher);
      },
    },
    started: () => started,
    now,
    activity: { log: (level, text) => void lines.push(`${level} ${String(text)}`) },
  });
  return {
    service,
    watchers,
    lines,
    started,
    measure(usages: readonly (readonly [ProcessKey, ProgramUsage])[] | null) {
      for (const [key] of usages ?? []) if (!started.has(key)) started.set(key, 1);
      for (const watcher of watchers) watcher(usages === null ? null : new Map(usages));
      mono += FINE_MS;
    },
    read: () => service.query(WEB, { from: WALL, to: WALL + mono - 1, points: 100 }),
  };
}

test("the first measurement has no CPU, because it would be that since the start", () => {
  const rig = createRig();
  rig.measure([[WEB, used(90)]]);
  rig.measure([[WEB, used(0)]]);
  const series = rig.read() ?? assert.fail();
  assert.deepEqual(series.cpuMean, [null, 0]);
  assert.ok(!series.memoryMax.includes(null));
});

test("a failed measurement, and a program that is down, are gaps (history-option)", () => {
  const rig = createRig();
  rig.measure([[WEB, used(0)]]);
  rig.measure(null);
  rig.measure([]);
  rig.measure([[WEB, used(0)]]);
  const series = rig.read() ?? assert.fail();
  assert.deepEqual(
    series.memoryMax.map((value) => value !== null),
    [true, false, false, true],
  );
});

test("starts are counted in ten minutes, also of a program that is down when it is measured", () => {
  const rig = createRig();
  rig.measure([[WEB, used(0)]]);
  rig.started.set(WEB, 4);
  rig.measure([]);
  rig.measure([]);
  rig.started.set(WEB, 5);
  rig.measure([[WEB, used(0)]]);
  for (let n = 4; n < 60; n += 1) rig.measure([]);
  // It was removed, and added again.
  rig.started.set(WEB, 2);
  rig.measure([[WEB, used(0)]]);
  rig.started.set(WEB, 1002);
  rig.measure([]);
  const { starts, memoryMax } = rig.read() ?? assert.fail();
  assert.deepEqual(starts, { from: WALL, step: 600_000, counts: [5, 15] });
  assert.equal(memoryMax[0], memoryMax[3]);
  assert.deepEqual(memoryMax.slice(1, 3), [null, null]);
});

test("a program that was never started has no history", () => {
  const rig = createRig();
  rig.started.set(WEB, 0);
  rig.measure([]);
  assert.equal(rig.read(), null);
});

test("errors are reported once each", () => {
  const rig = createRig();
  const many = Array.from({ length: MOST_PROGRAMS + 2 }, (_, n) => {
    return [processKey("p", `p${n}`), used(0)] as const;
  });
  for (let n = 0; n < 3; n += 1) {
    rig.measure(null);
    rig.measure(many);
  }
  assert.deepEqual(rig.lines, [
    "WARN history: this host tells nothing of the CPU and memory of programs",
    "WARN history: no room for p:p1000 and others, only for 1000 programs",
  ]);
});

test("nothing is measured after the end", async () => {
  const rig = createRig();
  assert.equal(rig.watchers.size, 1);
  await rig.service.close(true);
  assert.equal(rig.watchers.size, 0);
});
