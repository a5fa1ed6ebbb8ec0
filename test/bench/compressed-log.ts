// 1 GB of lines from one program through one log that rotates at 50 MB, with JSON and gzip in tsv: beside Supervisor's plain log,
// which does neither, and beside svlogd, s6-log and multilog with gzip, which read a pipe. A note names what is not installed.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Bench, type Daemon, type Kind, startDaemon } from "./harness/daemon.ts";
import { readCpuSeconds } from "./harness/proc.ts";
import { compare, type Report } from "./harness/report.ts";
import { callOnce } from "./harness/rpc.ts";
import { median } from "./harness/statistics.ts";

const BYTES = 1 << 30;
const MAX_BYTES = 50 * 1024 * 1024;
/** The most that multilog accepts. */
const MULTILOG_MAX_BYTES = 16_777_215;
const BACKUPS = 10;
const LINE =
  "GET /a/page/of/a/shop?with=some&parameters=in&its=query HTTP/1.1 200 17342 0.0134 Mozilla/5.0";
const PRODUCER = `yes "${LINE}" | head -c ${BYTES}`;
const SETTLE_MS = 2000;
const LOOK_EACH_MS = 20;
const LIMIT_MS = 300_000;

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

interface Logger {
  /** The commands that it executes itself, and those that it has executed. */
  readonly needs: readonly string[];
  command(directory: string): string;
}

const LOGGERS: Readonly<Record<string, Logger>> = {
  svlogd: {
    needs: ["svlogd", "gzip"],
    command(directory) {
      writeFileSync(join(directory, "config"), `s${MAX_BYTES}\nn${BACKUPS}\n!gzip\n`);
      return `svlogd -tt ${directory}`;
    },
  },
  // Without execlineb it tries to start the processor again, without end.
  "s6-log": {
    needs: ["s6-log", "execlineb", "gzip"],
    command: (directory) => `s6-log -b n${BACKUPS} s${MAX_BYTES} T '!gzip' ${directory}`,
  },
  multilog: {
    needs: ["multilog", "gzip"],
    command: (directory) => `multilog t n${BACKUPS} s${MULTILOG_MAX_BYTES} '!gzip' ${directory}`,
  },
};

/** Until it is written and all backups are compressed. */
async function throughDaemon(bench: Bench, kind: Kind): Promise<Run> {
  const own = kind === "tsv" ? { stdout_logfile_compress: "gzip", log_format: "json" } : {};
  const program = {
    name: "bulk",
    command: `/bin/sh -c '${PRODUCER}'`,
    options: {
      ...{ autostart: "false", autorestart: "false", startsecs: 0, redirect_stderr: "true" },
      ...{ stdout_logfile_maxbytes: "50MB", stdout_logfile_backups: BACKUPS },
      ...{ stdout_logfile: "%(here)s/logs/bulk.log", ...own },
    },
  };
  const daemon = await startDaemon({ ...bench, stateDirectory: bench.directory }, kind, [program]);
  try {
    await delay(SETTLE_MS);
    const cpu = readCpuSeconds(daemon.pid);
    const begin = performance.now();
    await callOnce(daemon.socketPath, "supervisor.startProcess", ["bulk", true]);
    await ended(daemon, begin);
    const seconds = (performance.now() - begin) / 1000;
    return { seconds, cpuSeconds: readCpuSeconds(daemon.pid) - cpu };
  } finally {
    await daemon.stop();
    rmSync(join(daemon.directory, "logs"), { recursive: true, force: true });
  }
}

async function ended(daemon: Daemon, begin: number): Promise<void> {
  const directory = join(daemon.directory, "logs");
  const isPlain = (name: string): boolean =>
    daemon.kind === "tsv" && /\.\d+$|compressing$/.test(name);
  for (;;) {
    const info = await callOnce(daemon.socketPath, "supervisor.getProcessInfo", ["bulk"]);
    const isOver = String(info).includes("EXITED");
    if (isOver && !readdirSync(directory).some(isPlain)) return;
    if (performance.now() - begin > LIMIT_MS) throw new Error("the log is not complete");
    await delay(LOOK_EACH_MS);
  }
}

function missing({ needs }: Logger): string | undefined {
  return needs.find((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
}

function throughLogger(bench: Bench, name: string, logger: Logger): Run {
  const directory = join(bench.directory, `logger-${name}`);
  mkdirSync(directory);
  try {
    const command = logger.command(directory);
    const begin = performance.now();
    // The second line of `times` is about children that the shell has waited for.
    const script = `${command} < <(${PRODUCER}); times`;
    const { stdout, status } = spawnSync("bash", ["-c", script], {
      encoding: "utf8",
      timeout: LIMIT_MS,
      killSignal: "SIGKILL",
    });
    if (status !== 0) throw new Error(`${name} failed`);
    const seconds = (performance.now() - begin) / 1000;
    const [, children = ""] = stdout.trim().split("\n").slice(-2);
    const parts = Array.from(children.matchAll(/(\d+)m([\d.]+)s/g), ([, minutes, rest]) => {
      return Number(minutes) * 60 + Number(rest);
    });
    return { seconds, cpuSeconds: parts.reduce((sum, part) => sum + part, 0) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function middle(runs: readonly Run[]): Run {
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

/** Measures it. */
export async function measureCompressedLog(bench: Bench): Promise<Report> {
  const runs: Record<string, Run[]> = {};
  const all = Object.entries(LOGGERS);
  const loggers = all.filter(([, logger]) => missing(logger) === undefined);
  const add = (name: string, run: Run): void => {
    bench.progress(`${name}: ${run.seconds.toFixed(1)} s`);
    runs[name] ??= [];
    runs[name].push(run);
  };
  for (let round = 0; round < bench.rounds; round++) {
    for (const kind of ["supervisor", "tsv"] as const) add(kind, await throughDaemon(bench, kind));
    for (const [name, logger] of loggers) add(name, throughLogger(bench, name, logger));
  }
  const tsv = middle(runs["tsv"] ?? []);
  const supervisor = middle(runs["supervisor"] ?? []);
  const what = "1 GB of lines: tsv with JSON and gzip, Supervisor plain";
  const rate = ({ seconds }: Run): number => BYTES / 1e6 / seconds;
  return {
    rows: [
      compare({
        what,
        values: { supervisor: rate(supervisor), tsv: rate(tsv) },
        unit: "MB/s",
      }),
      compare({
        what: `${what}: CPU`,
        values: { supervisor: supervisor.cpuSeconds, tsv: tsv.cpuSeconds },
        unit: "s CPU",
      }),
    ],
    notes: [
      ...Object.entries(runs).map(([name, each]) => {
        const { seconds, cpuSeconds } = middle(each);
        const ratio = `tsv took ${(tsv.seconds / seconds).toFixed(2)} times as long, ${(tsv.cpuSeconds / cpuSeconds).toFixed(2)} times the CPU`;
        return `${name}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s CPU; ${ratio}`;
      }),
      ...all.flatMap(([name, logger]) => {
        const what = missing(logger);
        return what === undefined ? [] : [`${name} was not measured: ${what} is not installed`];
      }),
    ],
  };
}
