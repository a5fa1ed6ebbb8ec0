// How often an idle daemon wakes up: the voluntary context switches of all its threads over 20 seconds. All daemons are
// watched in the same 20 seconds.

import { setTimeout as delay } from "node:timers/promises";
import { sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, KINDS, startDaemon } from "./harness/daemon.ts";
import { readWakeUps } from "./harness/proc.ts";
import type { Report, Row } from "./harness/report.ts";

const SETTLE_MS = 12_000;
const WATCH_MS = 20_000;

export async function measureIdleWakeUps(bench: Bench): Promise<Report> {
  const counts = [10, bench.programs];
  const daemons: Daemon[] = [];
  try {
    for (const count of counts) {
      for (const kind of KINDS) daemons.push(await startDaemon(bench, kind, sleepers(count)));
    }
    await delay(SETTLE_MS);
    const before = daemons.map(({ pid }) => readWakeUps(pid));
    await delay(WATCH_MS);
    const wakes = daemons.map(({ pid }, index) => readWakeUps(pid) - (before[index] ?? 0));
    return { rows: counts.map((count, index) => row(count, wakes.slice(2 * index))), notes: [] };
  } finally {
    for (const daemon of daemons) await daemon.stop();
  }
}

function row(count: number, [supervisor = Number.NaN, tsv = Number.NaN]: readonly number[]): Row {
  const show = (wakes: number) => `${(wakes / (WATCH_MS / 1000)).toFixed(2)}/s`;
  return {
    what: `idle wake-ups over ${WATCH_MS / 1000} s, ${count} programs`,
    supervisor: show(supervisor),
    tsv: show(tsv),
    ratio: "",
    target: "0/s",
    reached: tsv === 0,
  };
}
