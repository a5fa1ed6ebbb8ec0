// 1 GB from one program through one log that rotates at 50 MB, in writes of three sizes: how fast, at what processor time, in how
// much memory. Writes of 80 bytes are those of a program that does not buffer its lines.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Daemon, Kind } from "./harness/daemon.ts";
import { BACKUPS, type FloodRun, MAX_BYTES, runFlood } from "./harness/flood.ts";
import { compare, type Report, type Row, type Sides } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

/** Bytes of each write, and the ratio of the rates that is wanted. */
const SIZES = [
  { size: 80, atLeast: 1.2 },
  { size: 4080, atLeast: 1 },
  { size: 64_000, atLeast: 1 },
] as const;
const BYTES = 1 << 30;
/** The daemon may hold this much more than before and still be called bounded. */
const BOUND_MIB = 64;

/** Both must have done the same work: the log and ten backups, each as full as it may be. */
function checkFiles(daemon: Daemon): void {
  const directory = join(daemon.directory, "logs");
  const backups = readdirSync(directory).filter((name) => /^bulk\.log\.\d+$/.test(name));
  const least = Math.min(...backups.map((name) => statSync(join(directory, name)).size));
  if (backups.length !== BACKUPS || least < MAX_BYTES * 0.95) {
    throw new Error(`${daemon.kind}: ${backups.length} backups, the least of ${least} bytes`);
  }
}

async function measureSize(bench: Bench, size: number, atLeast: number): Promise<Report> {
  const runs: Record<Kind, FloodRun[]> = { supervisor: [], tsv: [] };
  // Throughput depends on what else the disk and the processors do, so there are more runs of this one.
  for (let round = 0; round < 2 * bench.rounds; round++) {
    for (const kind of ["supervisor", "tsv"] as const) {
      const run = await runFlood(bench, kind, { size, total: BYTES }, checkFiles);
      const rate = run.megabytesPerSecond.toFixed(0);
      bench.progress(`${size} B, ${kind}: ${rate} MB/s, ${run.cpuSeconds.toFixed(2)} s CPU`);
      runs[kind].push(run);
    }
  }
  const middle = (key: keyof FloodRun): Sides<number> => ({
    supervisor: median(runs.supervisor.map((run) => run[key])),
    tsv: median(runs.tsv.map((run) => run[key])),
  });
  const what = `1 GB through one rotated log, writes of ${size} B`;
  const peak: Row = {
    ...compare({ what: `${what}: peak memory (VmHWM)`, values: middle("peakMiB"), unit: "MiB" }),
    target: `+${BOUND_MIB} MiB`,
    reached: middle("grownMiB").tsv <= BOUND_MIB,
  };
  const notes = (["supervisor", "tsv"] as const).flatMap((kind) => {
    const series = (key: keyof FloodRun, unit: string): string =>
      `${kind}, ${size} B: ${describeSeries(
        runs[kind].map((run) => run[key]),
        unit,
      )}`;
    return [series("megabytesPerSecond", "MB/s"), series("cpuSeconds", "s CPU")];
  });
  return {
    rows: [
      compare({ what, values: middle("megabytesPerSecond"), unit: "MB/s", atLeast }),
      compare({ what: `${what}: CPU`, values: middle("cpuSeconds"), unit: "s CPU", atMost: 0.8 }),
      peak,
    ],
    notes,
  };
}

export async function measureRotatedLog(bench: Bench): Promise<Report> {
  // On a disk, where logs are.
  const onDisk = { ...bench, stateDirectory: bench.directory };
  const reports: Report[] = [];
  for (const { size, atLeast } of SIZES) reports.push(await measureSize(onDisk, size, atLeast));
  return {
    rows: reports.flatMap(({ rows }) => rows),
    notes: reports.flatMap(({ notes }) => notes),
  };
}
