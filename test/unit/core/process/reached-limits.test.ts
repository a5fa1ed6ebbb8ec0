// Which limits a program has reached, from the counters of its cgroup (cgroup-limits).

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addedLimits,
  limitCounts,
  limitTexts,
} from "../../../../src/core/process/reached-limits.ts";

const ROWS: readonly (readonly [
  files: Readonly<Record<string, string>>,
  reached: readonly string[],
])[] = [
  [{}, []],
  [
    {
      "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n",
      "pids.events": "max 0\n",
      "cpu.stat": "usage_usec 5\nnr_periods 9\nnr_throttled 0\n",
    },
    [],
  ],
  [
    { "memory.events": "low 0\nhigh 3\nmax 7\noom 1\noom_kill 1\n" },
    [
      "memory_max was reached 7 times, and the kernel killed 1 of its processes",
      "memory_high was reached 3 times",
    ],
  ],
  // The host was short of memory.
  [{ "memory.events": "high 0\nmax 0\noom 0\noom_kill 2\n" }, []],
  [{ "pids.events": "max 1\n" }, ["pids_max was reached once"]],
  [{ "cpu.stat": "nr_periods 9\nnr_throttled 8\n" }, ["cpu_max was reached 8 times"]],
];

for (const [files, reached] of ROWS) {
  test(reached.join("; ") || `nothing of ${JSON.stringify(files)}`, () => {
    assert.deepEqual(limitTexts(limitCounts((file) => files[file] ?? "")), reached);
  });
}

test("the counts of runs are added; what is zero is absent", () => {
  const counts = limitCounts((file) =>
    file === "memory.events" ? "high 0\nmax 7\noom 1\noom_kill 2\n" : "",
  );
  assert.deepEqual(counts, { memory_max: 7, oom_kill: 2 });
  assert.deepEqual(addedLimits({ memory_max: 1, pids_max: 3 }, counts), {
    ...{ memory_max: 8, pids_max: 3, oom_kill: 2 },
  });
});
