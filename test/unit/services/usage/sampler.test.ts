// The CPU of a program that began between two measurements.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { HostSample, ProcessStat } from "../../../../src/core/usage/program-usage.ts";
import type { Usages } from "../../../../src/services/usage/api.ts";
import { Sampler } from "../../../../src/services/usage/sampler.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { FakeRepeater } from "../../../fakes/web-parts.ts";

const stat = (pid: number, cpuTicks: number): ProcessStat => ({
  ...{ pid, parent: 1, group: pid, session: pid, cpuTicks, waitedTicks: 0 },
  ...{ startTicks: pid, residentPages: 1 },
});

test("a program that began since the last measurement has used its CPU since then", async () => {
  const supervisor = new FakeSupervisor([fakeGroupConfig("web", [fakeProcessConfig("web")])]);
  const web = supervisor.fake("web:web");
  const repeater = new FakeRepeater();
  let sample: HostSample | null = null;
  const stats = { sample: async () => sample };
  const sampler = new Sampler({ supervisor, repeater, stats, intervalMs: 10_000 });
  const seen: (number | null | undefined)[] = [];
  sampler.watch((usages: Usages | null) => {
    seen.push(usages?.get(processKey("web", "web"))?.cpuPercent);
  });
  const measure = async (at: number, processes: readonly ProcessStat[]): Promise<void> => {
    sample = { at, ticksPerSecond: 100, pageBytes: 4096, processes };
    await repeater.turn();
  };
  await measure(0, []);
  web.state = "RUNNING";
  web.pid = 7;
  web.info = { start: 100, now: 101 };
  // Two seconds of one processor, in less than the two seconds that its start lets one think.
  await measure(10_000, [stat(7, 200)]);
  await measure(20_000, [stat(7, 300)]);
  assert.deepEqual(seen, [undefined, 20, 10]);
});
