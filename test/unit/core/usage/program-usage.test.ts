// Who uses what: lines of /proc, whose process is whose, shares of a processor, and how they are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  averageCpuPercent,
  cpuMsOf,
  cpuPercent,
  formatBytes,
  formatPercent,
  type HostSample,
  type ProcessStat,
  parseProcessStat,
  totalsOf,
} from "../../../../src/core/usage/program-usage.ts";
import { fc } from "../../../property.ts";

const LINE =
  "4242 (a (b) c) S 1 4242 4200 0 -1 4194560 100 0 0 0 250 150 7 8 20 0 3 0 98765 1234567 321 18446744073709551615 1";

void test("a line of /proc/PID/stat is read although the name holds brackets and blanks", () => {
  assert.deepEqual(parseProcessStat(LINE), {
    pid: 4242,
    parent: 1,
    group: 4242,
    session: 4200,
    cpuTicks: 400,
    waitedTicks: 15,
    startTicks: 98765,
    residentPages: 321,
  });
});

void test("a malformed or truncated line is nothing", () => {
  for (const line of ["", "x", "1 (a", "1 (a) S 1 2", LINE.slice(0, 60), ") 1 ("]) {
    assert.equal(parseProcessStat(line), null, line);
  }
  fc.assert(
    fc.property(fc.string(), (name) => {
      const line = LINE.replace("a (b) c", () => name);
      assert.equal(parseProcessStat(line)?.startTicks, 98765);
    }),
  );
});

function stat(pid: number, parent: number, over: Partial<ProcessStat> = {}): ProcessStat {
  const base = {
    pid,
    parent,
    group: 1,
    session: 1,
    cpuTicks: 0,
    waitedTicks: 0,
    startTicks: 5,
    residentPages: 1,
  };
  return { ...base, ...over };
}

function sample(at: number, processes: readonly ProcessStat[]): HostSample {
  return { at, ticksPerSecond: 100, pageBytes: 4096, processes };
}

void test("descendants count with their program, and orphans by their group or session", () => {
  const totals = totalsOf(
    sample(0, [
      stat(10, 1),
      stat(11, 10),
      stat(12, 11),
      stat(20, 1),
      stat(21, 1, { group: 20 }),
      stat(22, 21),
      stat(23, 1, { group: 23, session: 20 }),
      stat(30, 1, { group: 30 }),
      stat(31, 30, { group: 20 }),
    ]),
    new Set([10, 20]),
  );
  assert.deepEqual([...(totals.get(10)?.cpuMs.keys() ?? [])], ["10/5", "11/5", "12/5"]);
  assert.deepEqual(
    [...(totals.get(20)?.cpuMs.keys() ?? [])],
    ["20/5", "21/5", "22/5", "23/5", "31/5"],
  );
  assert.equal(totals.get(10)?.memoryBytes, 3 * 4096);
});

void test("a program that is a child of another program is on its own account", () => {
  const totals = totalsOf(sample(0, [stat(10, 1), stat(11, 10), stat(12, 11)]), new Set([10, 11]));
  assert.equal(totals.get(10)?.cpuMs.size, 1);
  assert.equal(totals.get(11)?.cpuMs.size, 2);
});

void test("each process counts for one program at most, also when parents form a ring", () => {
  const pid = fc.integer({ min: 1, max: 12 });
  const stats = fc.uniqueArray(fc.record({ pid, parent: pid, group: pid, session: pid }), {
    selector: (each) => each.pid,
  });
  fc.assert(
    fc.property(stats, fc.array(pid), (all, leaders) => {
      const processes = all.map((each) => stat(each.pid, each.parent, each));
      const totals = totalsOf(sample(0, processes), new Set(leaders));
      const counted = [...totals.values()].flatMap((total) => [...total.cpuMs.keys()]);
      assert.equal(new Set(counted).size, counted.length);
      for (const leader of leaders) {
        const exists = all.some((each) => each.pid === leader);
        assert.equal(totals.get(leader)?.cpuMs.has(`${leader}/5`) ?? false, exists);
      }
    }),
  );
});

void test("CPU usage is the time used between two measurements, never negative", () => {
  const at = (time: number, ...processes: readonly ProcessStat[]) => {
    const total = totalsOf(sample(time, processes), new Set([10])).get(10);
    assert.ok(total);
    return total;
  };
  const before = at(0, stat(10, 1, { cpuTicks: 100 }), stat(11, 10, { cpuTicks: 900 }));
  const now = at(2000, stat(10, 1, { cpuTicks: 150 }), stat(12, 10, { cpuTicks: 100 }));
  assert.equal(cpuPercent(before, now), 75);
  assert.equal(cpuPercent(before, before), null);
  const reused = at(2000, stat(10, 1, { cpuTicks: 100 }), stat(11, 10, { startTicks: 6 }));
  assert.equal(cpuPercent(before, reused), 0);
  assert.equal(averageCpuPercent(before, 20_000), 50);
  assert.equal(averageCpuPercent(before, 0), null);
});

void test("children that were waited for count for their parent, not for its share of a processor", () => {
  const processes = [
    stat(10, 1, { cpuTicks: 100, waitedTicks: 50 }),
    stat(11, 10, { cpuTicks: 7 }),
  ];
  const total = totalsOf(sample(0, processes), new Set([10])).get(10);
  assert.ok(total);
  assert.deepEqual([cpuMsOf(total), total.waitedMs], [1070, 500]);
});

void test("numbers are short and have their unit", () => {
  assert.deepEqual([0, 0.04, 9.94, 9.95, 135.4].map(formatPercent), [
    "0.0 %",
    "0.0 %",
    "9.9 %",
    "10 %",
    "135 %",
  ]);
  assert.deepEqual(
    [0, 4096, 1024 ** 2, 812.4 * 1024 ** 2, 999.9 * 1024 ** 2, 5 * 1024 ** 3].map(formatBytes),
    ["0 kB", "4 kB", "1.0 MB", "812 MB", "1000 MB", "5.0 GB"],
  );
});
