// How long `tsv status` with its columns of CPU and memory takes beside `supervisorctl status` of tsv, which has none: of the same
// daemon, on a pipe and on a terminal, which script(1) makes for both.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { shellWord } from "../../src/core/base/shell-word.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, ENVIRONMENT, startDaemon } from "./harness/daemon.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const SCRIPT = "/usr/bin/script";
const RUNS = 11;
const AT_MOST = 1.5;

function timeOf([file = "", ...argv]: readonly string[], programs: number): number {
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(file, argv, {
    env: { ...ENVIRONMENT, TERM: "xterm", COLUMNS: "80" },
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  const took = performance.now() - begin;
  const seen = stdout.split("RUNNING").length - 1;
  if (status === 0 && seen >= programs) return took;
  throw new Error(`${argv.join(" ")}: ${status}, ${seen} programs: ${stderr}`);
}

function compared(
  bench: Bench,
  tsv: string,
  daemon: Daemon,
  place: "pipe" | "terminal",
  count: number,
) {
  const onPlace = (argv: readonly string[]): readonly string[] =>
    place === "pipe" ? argv : [SCRIPT, "-qec", argv.map(shellWord).join(" "), "/dev/null"];
  const words = ["-c", daemon.configPath];
  const plain = onPlace([bench.executables.tsv.supervisorctl, ...words, "status"]);
  const usage = onPlace([tsv, "status", ...words]);
  const series = { plain: [] as number[], usage: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    series.plain.push(timeOf(plain, count));
    series.usage.push(timeOf(usage, count));
  }
  const ratio = median(series.usage) / median(series.plain);
  const row: Row = {
    what: `tsv status : supervisorctl status, ${count} programs, ${place}`,
    supervisor: show(median(series.plain), "ms"),
    tsv: show(median(series.usage), "ms"),
    ratio: showRatio(ratio),
    ...{ target: `<= ${AT_MOST}`, reached: ratio <= AT_MOST },
  };
  const note = `${count} programs, ${place}: ${describeSeries(series.plain, "ms")}; with usage ${describeSeries(series.usage, "ms")}`;
  return { row, note };
}

/** Measures it; the second column is supervisorctl of tsv. */
export async function measureStatusTime(bench: Bench): Promise<Report> {
  const { tsv } = bench;
  if (tsv === null) return { rows: [], notes: ["Supervisor has no such columns"] };
  const results: ReturnType<typeof compared>[] = [];
  for (const count of [10, Math.min(100, bench.programs)]) {
    const daemon = await startDaemon(bench, "tsv", sleepers(count));
    try {
      results.push(compared(bench, tsv, daemon, "pipe", count));
      if (existsSync(SCRIPT)) results.push(compared(bench, tsv, daemon, "terminal", count));
    } finally {
      await daemon.stop();
    }
  }
  return { rows: results.map(({ row }) => row), notes: results.map(({ note }) => note) };
}
