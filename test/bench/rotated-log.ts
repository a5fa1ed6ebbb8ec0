// 1 GB from one program through one log that rotates at 50 MB: how fast, at what processor time, in how much memory.

import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ProgramSection } from "./harness/config.ts";
import { type Bench, type Daemon, type Kind, startDaemon } from "./harness/daemon.ts";
import { readCpuSeconds, readPeakMiB } from "./harness/proc.ts";
import { compare, type Report, type Row, type Sides } from "./harness/report.ts";
import { callOnce } from "./harness/rpc.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const BYTES = 1 << 30;
const MAX_BYTES = 50 * 1024 * 1024;
const BACKUPS = 10;
const END = "the end\n";
const LOOK_EACH_MS = 2;
const LIMIT_MS = 120_000;
/** The daemon may hold this much more than before and still be called bounded. */
const BOUND_MIB = 64;

interface Run {
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
  readonly grownMiB: number;
  readonly peakMiB: number;
}

/** True when the last bytes of the log are the program's last words. */
function isComplete(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    // Between the rename and the creation of a rotation there is no file.
    return false;
  }
  try {
    const tail = Buffer.alloc(END.length);
    const { size } = fstatSync(fd);
    if (size < tail.length) return false;
    readSync(fd, tail, 0, tail.length, size - tail.length);
    return tail.toString("latin1") === END;
  } finally {
    closeSync(fd);
  }
}

async function oneRun(bench: Bench, kind: Kind): Promise<Run> {
  const program: ProgramSection = {
    name: "bulk",
    command: `/bin/sh -c "head -c ${BYTES} /dev/zero; echo the end"`,
    options: {
      autostart: "false",
      autorestart: "false",
      startsecs: 0,
      stdout_logfile_maxbytes: "50MB",
      stdout_logfile_backups: BACKUPS,
      stdout_logfile: `%(here)s/logs/bulk.log`,
    },
  };
  // On a disk, where logs are.
  const onDisk = { ...bench, stateDirectory: bench.directory };
  const daemon = await startDaemon(onDisk, kind, [program]);
  try {
    await delay(2000);
    return await pour(daemon);
  } finally {
    await daemon.stop();
    // A dozen files, but half a gigabyte.
    rmSync(join(daemon.directory, "logs"), { recursive: true, force: true });
  }
}

async function pour(daemon: Daemon): Promise<Run> {
  const path = join(daemon.directory, "logs", "bulk.log");
  const peak = readPeakMiB(daemon.pid);
  const cpu = readCpuSeconds(daemon.pid);
  const begin = performance.now();
  await callOnce(daemon.socketPath, "supervisor.startProcess", ["bulk", true]);
  while (!isComplete(path)) {
    if (performance.now() - begin > LIMIT_MS) throw new Error(`${path} is not complete`);
    await delay(LOOK_EACH_MS);
  }
  const seconds = (performance.now() - begin) / 1000;
  await daemon.lines("exited: bulk", 1);
  const cpuSeconds = readCpuSeconds(daemon.pid) - cpu;
  checkFiles(daemon);
  const peakMiB = readPeakMiB(daemon.pid);
  return {
    megabytesPerSecond: BYTES / 1e6 / seconds,
    cpuSeconds,
    grownMiB: peakMiB - peak,
    peakMiB,
  };
}

/** Both must have done the same work: the log and ten backups, each as full as it may be. */
function checkFiles(daemon: Daemon): void {
  const directory = join(daemon.directory, "logs");
  const backups = readdirSync(directory).filter((name) => /^bulk\.log\.\d+$/.test(name));
  const least = Math.min(...backups.map((name) => statSync(join(directory, name)).size));
  if (backups.length !== BACKUPS || least < MAX_BYTES * 0.95) {
    throw new Error(`${daemon.kind}: ${backups.length} backups, the least of ${least} bytes`);
  }
}

export async function measureRotatedLog(bench: Bench): Promise<Report> {
  const runs: Record<Kind, Run[]> = { supervisor: [], tsv: [] };
  // Throughput depends on what else the disk and the processors do, so there are more runs of this one.
  for (let round = 0; round < 2 * bench.rounds; round++) {
    for (const kind of ["supervisor", "tsv"] as const) {
      const run = await oneRun(bench, kind);
      bench.progress(`${kind}: ${run.megabytesPerSecond.toFixed(0)} MB/s`);
      runs[kind].push(run);
    }
  }
  const middle = (key: keyof Run): Sides<number> => ({
    supervisor: median(runs.supervisor.map((run) => run[key])),
    tsv: median(runs.tsv.map((run) => run[key])),
  });
  const grown = middle("grownMiB");
  const what = "1 GB through one rotated log";
  const peak: Row = {
    ...compare({ what: `${what}: peak memory (VmHWM)`, values: middle("peakMiB"), unit: "MiB" }),
    target: `+${BOUND_MIB} MiB`,
    reached: grown.tsv <= BOUND_MIB,
  };
  return {
    rows: [
      compare({ what, values: middle("megabytesPerSecond"), unit: "MB/s", atLeast: 1 }),
      compare({ what: `${what}: CPU`, values: middle("cpuSeconds"), unit: "s CPU", atMost: 0.8 }),
      peak,
    ],
    notes: (["supervisor", "tsv"] as const).flatMap((kind) => [
      `${kind}: ${describeSeries(
        runs[kind].map((run) => run.megabytesPerSecond),
        "MB/s",
      )}`,
      `${kind}: ${describeSeries(
        runs[kind].map((run) => run.cpuSeconds),
        "s CPU",
      )}`,
      `${kind}: memory grew by ${describeSeries(
        runs[kind].map((run) => run.grownMiB),
        "MiB",
      )}`,
    ]),
  };
}
