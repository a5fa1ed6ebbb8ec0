// Programs that write as fast as their output is taken, through one log that rotates at 50 MB.

import { closeSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { compiled } from "../../rig/compiled.ts";
import type { ProgramSection } from "./config.ts";
import { type Bench, type Daemon, type Kind, startDaemon } from "./daemon.ts";
import { readCpuSeconds, readPeakMiB } from "./proc.ts";
import { callOnce } from "./rpc.ts";

export const MAX_BYTES = 50 * 1024 * 1024;
export const BACKUPS = 10;
const END = "the end";
const TAIL_BYTES = 64;
const LOOK_EACH_MS = 2;
const LIMIT_MS = 120_000;

/** What a flood is made of. */
export interface FloodOptions {
  /** Bytes of each write of the program. */
  readonly size: number;
  /** Bytes in all. */
  readonly total: number;
  /** Further options of the program. */
  readonly options?: ProgramSection["options"];
}

/** What the daemon did with it. */
export interface FloodRun {
  /** Megabytes of the program's output. */
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
  readonly grownMiB: number;
  readonly peakMiB: number;
}

/** True when the last bytes of the log hold the program's last words, in whatever format. */
function isComplete(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    // Between the rename and the creation of a rotation there is no file.
    return false;
  }
  try {
    const tail = Buffer.alloc(TAIL_BYTES);
    const { size } = fstatSync(fd);
    const count = readSync(fd, tail, 0, tail.length, Math.max(0, size - tail.length));
    const text = tail.toString("latin1", 0, count);
    return text.endsWith("\n") && text.includes(END);
  } finally {
    closeSync(fd);
  }
}

/**
 * Runs a flood through a daemon of its own.
 * @param check looks at the logs afterwards
 */
export async function runFlood(
  bench: Bench,
  kind: Kind,
  flood: FloodOptions,
  check: (daemon: Daemon) => void = () => {},
): Promise<FloodRun> {
  const program: ProgramSection = {
    name: "bulk",
    command: `${compiled("test/bench/native/flood.c")} ${flood.size} ${flood.total}`,
    options: {
      ...{ autostart: "false", autorestart: "false", startsecs: 0 },
      ...{ stdout_logfile_maxbytes: MAX_BYTES, stdout_logfile_backups: BACKUPS },
      ...{ stdout_logfile: "%(here)s/logs/bulk.log", ...flood.options },
    },
  };
  const daemon = await startDaemon(bench, kind, [program]);
  try {
    await daemon.lines("supervisord started", 1);
    await delay(2000);
    const run = await pour(daemon, flood.total);
    check(daemon);
    return run;
  } finally {
    await daemon.stop();
    // A dozen files, but half a gigabyte.
    rmSync(join(daemon.directory, "logs"), { recursive: true, force: true });
  }
}

async function pour(daemon: Daemon, bytes: number): Promise<FloodRun> {
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
  const peakMiB = readPeakMiB(daemon.pid);
  return {
    megabytesPerSecond: bytes / 1e6 / seconds,
    cpuSeconds: readCpuSeconds(daemon.pid) - cpu,
    grownMiB: peakMiB - peak,
    peakMiB,
  };
}
