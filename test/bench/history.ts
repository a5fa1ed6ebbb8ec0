// What the history of programs and open pages of the list cost the daemon: memory, processor time and wake-ups, after some
// measurements of idle programs. One daemon is up at a time. The first write of history=disk would come after ten minutes.

import { type ClientRequest, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { sleepers } from "./harness/config.ts";
import { type Bench, startDaemon } from "./harness/daemon.ts";
import { readCpuSeconds, readMemory, readWakeUps } from "./harness/proc.ts";
import type { Report, Row } from "./harness/report.ts";

const SETTLE_MS = 12_000;
const WATCH_MS = 30_000;

type Case = readonly [history: "memory" | "disk" | null, pages: number];
const CASES: readonly Case[] = [
  [null, 0],
  ["memory", 0],
  ["disk", 0],
  [null, 1],
  [null, 20],
];

/** Opens the stream of the list as so many pages do. */
async function openPages(socketPath: string, count: number): Promise<readonly ClientRequest[]> {
  const pages = Array.from({ length: count }, () =>
    request({ socketPath, path: "/events/status" }),
  );
  const begun = pages.map(
    (page) =>
      new Promise<void>((resolve, reject) => {
        page.once("error", reject);
        page.once("response", (answer) => {
          answer.on("error", () => {});
          answer.resume();
          if (answer.statusCode === 200) resolve();
          else reject(new Error(`/events/status: ${answer.statusCode}`));
        });
        page.end();
      }),
  );
  await Promise.all(begun);
  for (const page of pages) page.on("error", () => {});
  return pages;
}

async function costs(bench: Bench, count: number, [history, open]: Case): Promise<Row> {
  const daemon = await startDaemon({ ...bench, history }, "tsv", sleepers(count));
  let pages: readonly ClientRequest[] = [];
  try {
    pages = await openPages(daemon.socketPath, open);
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
      what: `history=${history ?? "off"}, ${count} programs, ${open} pages`,
      ...{ supervisor: "", tsv: figures.join(", "), ratio: "", target: "", reached: true },
    };
  } finally {
    for (const page of pages) page.destroy();
    await daemon.stop();
  }
}

export async function measureHistory(bench: Bench): Promise<Report> {
  const rows: Row[] = [];
  for (const count of [100, bench.programs]) {
    for (const each of CASES) rows.push(await costs(bench, count, each));
  }
  return { rows, notes: [] };
}
