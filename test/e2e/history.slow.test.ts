// The history of programs over the death of the daemon, over an upgrade, and in a file: a step has ten seconds.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import { Deaths } from "./deaths/deaths.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

/** It uses the processor a little, all the time. */
const PROGRAM = `
[program:web]
command=sh -c 'while :; do i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; sleep 0.1; done'
startsecs=0
`;

const SECTIONS = `[supervisord]\nhistory=memory\n${PROGRAM}`;
const KEPT = `[supervisord]\nhistory=disk\nstate_directory=%(here)s/state\n${PROGRAM}`;

interface Step {
  /** Seconds since 1970. */
  readonly at: number;
  /** -1 for a gap. */
  readonly cpu: number;
  readonly memory: number;
}

async function stepsOf(daemon: Daemon, begin: number): Promise<readonly Step[]> {
  const answer = await daemon.call("tsv.getHistory", begin, 0, 1000, "web");
  assert.ok(answer.kind === "result", JSON.stringify(answer));
  const [series] = answer.value as unknown as readonly {
    readonly from: number;
    readonly step: number;
    readonly cpu: readonly number[];
    readonly memory_max: readonly number[];
  }[];
  assert.ok(series !== undefined);
  return series.cpu.map((cpu, index) => ({
    at: series.from + index * series.step,
    ...{ cpu, memory: series.memory_max[index] ?? Number.NaN },
  }));
}

/** Waits until two steps after a time have been measured. @returns all steps, those that may still change left out */
async function measured(daemon: Daemon, begin: number, after: number): Promise<readonly Step[]> {
  let seen: readonly Step[] = [];
  await until(
    async () => {
      seen = await stepsOf(daemon, begin);
      return seen.filter(({ at, cpu }) => at > after && cpu > 0).length >= 2;
    },
    { what: "two more steps", timeoutMs: 90_000, left: () => JSON.stringify(seen) },
  );
  return seen.slice(0, -1);
}

/** Whether a step is still as it was. */
function assertKept(before: readonly Step[], now: readonly Step[]): void {
  for (const step of before) {
    const same = now.find(({ at }) => Math.abs(at - step.at) < 5);
    assert.deepEqual([same?.cpu, same?.memory], [step.cpu, step.memory], JSON.stringify(now));
  }
  // What was not measured is a gap.
  for (const { cpu, memory } of now) {
    assert.ok((cpu === -1 || cpu > 0) && (memory === -1 || memory > 0), JSON.stringify(now));
  }
}

e2e(
  "the history goes on after a death of the daemon and an upgrade",
  withoutNext(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    host.takeTurns();
    const begin = Math.floor(Date.now() / 1000) - 60;
    const daemon = await host.start(SECTIONS);
    const first = await measured(daemon, begin, begin);
    const deaths = new Deaths(daemon, ["SIGKILL"]);
    await deaths.one();
    const second = await measured(daemon, begin, Date.now() / 1000);
    assertKept(first, second);
    await host.replaced();
    assertKept(second, await measured(daemon, begin, Date.now() / 1000));
    await daemon.shutdown();
  },
);

/** Starts a daemon after one that has ended. */
async function again(rig: Rig): Promise<Daemon> {
  // The log says when one is up.
  rmSync(rig.path("d.log"));
  return await rig.start();
}

e2e("history=disk continues after everything was stopped, and after a kill", async (rig) => {
  const begin = Math.floor(Date.now() / 1000) - 60;
  const daemon = await rig.startWith(KEPT);
  const first = await measured(daemon, begin, begin);
  await daemon.shutdown();
  const [name = ""] = readdirSync(rig.path("state"));
  assert.match(name, /d\.conf\+history$/);
  const path = rig.path(`state/${name}`);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const next = await again(rig);
  assertKept(first, await measured(next, begin, Date.now() / 1000));
  // What was written before is left.
  await next.killed();
  const last = await again(rig);
  assertKept(first, await stepsOf(last, begin));
  await last.shutdown();
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, 1000));
  const damaged = await again(rig);
  await damaged.logged(/WARN history: .*\+history is damaged: 1 of 1 programs have no history/);
  assert.deepEqual(await damaged.ask("getState"), { statecode: 1, statename: "RUNNING" });
});
