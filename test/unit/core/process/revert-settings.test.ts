// A cgroup in which processes of an earlier run remain must not keep limits that the configuration has no more (cgroup-limits).

import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupSettings, settingsToRevert } from "../../../../src/core/process/program-limits.ts";

const FILES = ["cgroup.procs", "memory.high", "memory.max", "memory.events", "pids.max", "cpu.max"];

test("limits that are not set any more become what a new cgroup has", () => {
  const reverted = settingsToRevert(FILES, cgroupSettings({ pidsMax: 5, memoryMax: 1024 }));
  assert.deepEqual(reverted, [
    { file: "memory.high", value: "max" },
    { file: "cpu.max", value: "max" },
  ]);
});

test("nothing is written for controllers that the cgroup does not have, or into a new one", () => {
  const settings = cgroupSettings({ pidsMax: 5 });
  assert.deepEqual(settingsToRevert(["cgroup.procs", "pids.max"], settings), []);
  assert.deepEqual(settingsToRevert([], settings), []);
  const [weight] = settingsToRevert(["io.weight"], settings);
  assert.deepEqual(weight, { file: "io.weight", value: "100" });
});
