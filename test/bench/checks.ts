// The daemon's processor time for one health check of a server that answers at once.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { compiled } from "../rig/compiled.ts";
import { freePort } from "../rig/free-port.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, startDaemon } from "./harness/daemon.ts";
import { readCpuSeconds } from "./harness/proc.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const PROGRAMS = 50;
const INTERVAL = "500ms";
/** Until the daemon has collected the garbage of its start, which it does once. */
const SETTLE_MS = 10_000;
const WATCH_MS = 10_000;
const AT_MOST_MS = 0.3;

/** @returns milliseconds of a processor for each check, without what the daemon takes otherwise */
async function costOf(bench: Bench, kind: "http" | "tcp"): Promise<number> {
  const port = await freePort();
  const server = spawn(compiled("test/bench/native/answer.c"), [String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let checks = 0;
  server.stdout.on("data", (bytes: Buffer) => {
    checks += bytes.length;
  });
  const address = kind === "http" ? `http://127.0.0.1:${port}/health` : `tcp://127.0.0.1:${port}`;
  const options = { health_check: address, health_interval: INTERVAL };
  try {
    const daemon = await startDaemon(bench, "tsv", sleepers(PROGRAMS, options));
    try {
      await delay(SETTLE_MS);
      const before = { checks, cpu: readCpuSeconds(daemon.pid) };
      await delay(WATCH_MS);
      return ((readCpuSeconds(daemon.pid) - before.cpu) * 1000) / (checks - before.checks);
    } finally {
      await daemon.stop();
    }
  } finally {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  }
}

export async function measureChecks(bench: Bench): Promise<Report> {
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const kind of ["http", "tcp"] as const) {
    const costs: number[] = [];
    for (let round = 0; round < bench.rounds; round++) costs.push(await costOf(bench, kind));
    const cost = median(costs);
    rows.push({
      what: `CPU of the daemon for one health check, ${kind}`,
      supervisor: "",
      tsv: show(cost, "ms"),
      ratio: showRatio(cost / AT_MOST_MS),
      target: `<= ${AT_MOST_MS} ms`,
      reached: cost <= AT_MOST_MS,
    });
    notes.push(`${kind} check: ${describeSeries(costs, "ms")}`);
  }
  return { rows, notes };
}
