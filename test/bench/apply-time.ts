// How long `tsv apply` takes with one changed program of many, beside `tsv status` of the same daemon.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { sleepers } from "./harness/config.ts";
import { type Bench, ENVIRONMENT, startDaemon } from "./harness/daemon.ts";
import { type Report, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const RUNS = 11;
const AT_MOST = 2;

function timeOf(file: string, argv: readonly string[], output: RegExp): number {
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(file, argv, {
    env: { ...ENVIRONMENT },
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  const took = performance.now() - begin;
  if (status !== 0 || !output.test(stdout)) {
    throw new Error(`${argv.join(" ")}: ${status}: ${stderr}${stdout.slice(0, 500)}`);
  }
  return took;
}

/** Measures it. */
export async function measureApplyTime(bench: Bench): Promise<Report> {
  const { tsv, programs } = bench;
  if (tsv === null) return { rows: [], notes: ["Supervisor has no apply"] };
  const daemon = await startDaemon(bench, "tsv", sleepers(programs, { startsecs: 0 }));
  try {
    const before = readFileSync(daemon.configPath, "utf8");
    const status: number[] = [];
    const apply: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const changed = before.replace("sleep 100000", `sleep ${200_000 + run}`);
      writeFileSync(daemon.configPath, changed);
      status.push(timeOf(tsv, ["status", "-c", daemon.configPath], /RUNNING/));
      apply.push(timeOf(tsv, ["apply", "-c", daemon.configPath], /^p0000: restarted\n$/));
    }
    const ratio = median(apply) / median(status);
    return {
      rows: [
        {
          what: `tsv apply, one changed program of ${programs}`,
          supervisor: `status ${show(median(status), "ms")}`,
          tsv: show(median(apply), "ms"),
          ratio: showRatio(ratio),
          target: `<= ${AT_MOST}`,
          reached: ratio <= AT_MOST,
        },
      ],
      notes: [
        `tsv status: ${describeSeries(status, "ms")}`,
        `tsv apply: ${describeSeries(apply, "ms")}`,
      ],
    };
  } finally {
    await daemon.stop();
  }
}
