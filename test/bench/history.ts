// What the history of programs costs the daemon: memory, processor time and wake-ups, with history=off and history=memory, after
// some measurements of idle programs. One daemon is up at a time.

import { setTimeout as delay } from "node:timers/promises";
import { sleepers } from "./harness/config.ts";
import { type Bench, startDaemon } from "./harness/daemon.ts";
import { readCpuSeconds, readMemory, readWakeUps } from "./harness/proc.ts";
import type { Report, Row } from "./harness/report.ts";

const SETTLE_MS = 12_000;
const WATCH_MS = 30_000;

async function costs(bench: Bench, count: number, history: "memory" | null): Promise<Row> {
  const daemon = await startDaemon({ ...bench, history }, "tsv", sleepers(count));
  try {
    await delay(SETTLE_MS);
    const [cpu, wakes] = [readCpuSeconds(daemon.pid), readWakeUps(daemon.pid)];
    await delay(WATCH_MS);
    const { rssMiB, anonymousMiB } = readMemory(daemon.pid);
    const share = ((readCpuSeconds(daemon.pid) - cpu) / (WATCH_MS / 1000)) * 100;
    const woken = (readWakeUps(daemon.pid) - wakes) / (WATCH_MS / 1000);
    const figures = [
      `RSS ${rssMiB.toFixed(1)} MiB`,
      `anonymous ${anonymousMiB.toFixed(1)} MiB`,
      `CPU ${share.toFixed(2)} %`,
      `${woken.toFixed(2)} wake-ups/s`,
    ];
    return {
      what: `history=${history ?? "off"}, ${count} programs`,
      ...{ supervisor: "", tsv: figures.join(", "), ratio: "", target: "", reached: true },
    };
  } finally {
    await daemon.stop();
  }
}

export async function measureHistory(bench: Bench): Promise<Report> {
  const rows: Row[] = [];
  for (const count of [100, bench.programs]) {
    for (const history of [null, "memory"] as const) rows.push(await costs(bench, count, history));
  }
  return { rows, notes: [] };
}
