// How long `tsv why NAME` takes beside `tsv status` of the same daemon, on a host with thousands of other processes.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { sleepers } from "./harness/config.ts";
import { type Bench, ENVIRONMENT, startDaemon } from "./harness/daemon.ts";
import { type Report, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const OTHERS = 3000;
const PROGRAMS = 10;
const RUNS = 11;
const AT_MOST = 3;

function timeOf(file: string, argv: readonly string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(file, argv, { env: { ...ENVIRONMENT }, encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${status}: ${stderr}`);
  return performance.now() - begin;
}

/** Runs `action` beside processes that do nothing. */
async function besideOthers<T>(action: () => T): Promise<T> {
  const script = `i=0; while [ $i -lt ${OTHERS} ]; do sleep 100000 & i=$((i+1)); done; echo; wait`;
  const others = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = (): void => {
    if (others.pid !== undefined) process.kill(-others.pid, "SIGKILL");
  };
  process.on("exit", kill);
  try {
    await once(others.stdout, "data");
    return action();
  } finally {
    process.off("exit", kill);
    kill();
  }
}

/** Measures it. */
export async function measureWhyTime(bench: Bench): Promise<Report> {
  const { tsv } = bench;
  if (tsv === null) return { rows: [], notes: ["Supervisor has no why"] };
  const daemon = await startDaemon(bench, "tsv", sleepers(PROGRAMS));
  try {
    const series = await besideOthers(() => {
      const status: number[] = [];
      const why: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        status.push(timeOf(tsv, ["status", "-c", daemon.configPath]));
        why.push(timeOf(tsv, ["why", "-c", daemon.configPath, "p0000"]));
      }
      return { status, why };
    });
    const ratio = median(series.why) / median(series.status);
    return {
      rows: [
        {
          what: `tsv why of one, ${PROGRAMS} programs, ${OTHERS} other processes`,
          supervisor: `status ${show(median(series.status), "ms")}`,
          tsv: show(median(series.why), "ms"),
          ratio: showRatio(ratio),
          target: `<= ${AT_MOST}`,
          reached: ratio <= AT_MOST,
        },
      ],
      notes: [
        `tsv status: ${describeSeries(series.status, "ms")}`,
        `tsv why: ${describeSeries(series.why, "ms")}`,
      ],
    };
  } finally {
    await daemon.stop();
  }
}
