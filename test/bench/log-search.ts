// How long `tsv logs` takes to search a large log, and to show all of it, beside grep -F, zgrep and cat on the same files. The logs
// are written by the daemon: raw lines, lines with a prefix and records of JSON; with backups, which one log compresses. A program
// writes 1 GB, and a log is the last 1.0 to 1.1 GB of its lines, before they are compressed. There is one log at a time.

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { type ProgramSection, sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, ENVIRONMENT, startDaemon } from "./harness/daemon.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { callOnce } from "./harness/rpc.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const BYTES = 1 << 30;
const PARTS = 16;
const BACKUPS = 10;
/** In memory, where that is left free twice. */
const MEMORY_BYTES = 3 * BYTES;
const RUNS = 3;
const AT_MOST = 4;
/** No line has it. */
const TEXT = "upstream timed out";
const LINE =
  "GET /a/page/of/a/shop?with=some&parameters=in&its=query HTTP/1.1 200 17342 0.0134 Mozilla/5.0";

const LOGS = [
  { name: "raw", options: {} },
  { name: "prefix", options: { log_format: "prefix", log_timestamp: "iso-ms" } },
  { name: "json", options: { log_format: "json" } },
  { name: "gzip", options: { stdout_logfile_compress: "gzip" } },
] as const;

const PROGRAMS = LOGS.map(({ name, options }): ProgramSection => {
  const lines = `i=0; while [ $i -lt ${PARTS} ]; do yes "${LINE}" | head -c ${BYTES / PARTS}; echo; i=$((i+1)); done`;
  return {
    name,
    command: `/bin/sh -c '${lines}'`,
    options: {
      ...{ autostart: "false", autorestart: "false", startsecs: 0, redirect_stderr: "true" },
      ...{ stdout_logfile: `%(here)s/logs/${name}.log`, stdout_logfile_maxbytes: "100MB" },
      ...{ stdout_logfile_backups: BACKUPS, ...options },
    },
  };
});

/** Writes the log: waits until the program has exited and all backups are compressed. */
async function fill(daemon: Daemon, name: string): Promise<void> {
  await callOnce(daemon.socketPath, "supervisor.startProcess", [name, false]);
  await daemon.lines(`exited: ${name} `, 1);
  const isUnfinished = (file: string): boolean =>
    /compressing/.test(file) || (name === "gzip" && /\.\d+$/.test(file));
  while (filesOf(daemon, name).some(isUnfinished)) {
    await callOnce(daemon.socketPath, "tsv.getLogFiles", [name, "stdout"]);
  }
}

function filesOf(daemon: Daemon, name: string): readonly string[] {
  const directory = join(daemon.directory, "logs");
  const names = readdirSync(directory).filter((file) => file.startsWith(`${name}.log`));
  return names.map((file) => join(directory, file));
}

/** @returns milliseconds until the command has ended; its output goes through a pipe */
function timeOf(command: string): number {
  const begin = performance.now();
  const options = { env: { ...ENVIRONMENT }, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync("sh", ["-c", `${command} | cat >/dev/null`], options);
  if (status !== 0 || stderr !== "") throw new Error(`${command}: ${status}: ${stderr}`);
  return performance.now() - begin;
}

interface Trial {
  readonly what: string;
  readonly other: string;
  readonly own: string;
}

function measure(bench: Bench, { what, other, own }: Trial): Report {
  const series: { readonly other: number[]; readonly own: number[] } = { other: [], own: [] };
  for (let run = 0; run < RUNS; run += 1) {
    series.other.push(timeOf(other));
    series.own.push(timeOf(own));
  }
  const [theirs, ours] = [median(series.other), median(series.own)];
  const ratio = ours / theirs;
  bench.progress(`${what}: ${ratio.toFixed(2)}`);
  const [program = ""] = other.split(" ");
  const row: Row = {
    what,
    supervisor: `${program} ${show(theirs, "ms")}`,
    tsv: show(ours, "ms"),
    ratio: showRatio(ratio),
    target: `<= ${AT_MOST}`,
    reached: ratio <= AT_MOST,
  };
  const notes = [
    `${what}: ${program} ${describeSeries(series.other, "ms")}`,
    `${what}: tsv ${describeSeries(series.own, "ms")}`,
  ];
  return { rows: [row], notes };
}

/** Measures it. */
export async function measureLogSearch(bench: Bench): Promise<Report> {
  const { tsv } = bench;
  if (tsv === null) return { rows: [], notes: ["Supervisor cannot search logs"] };
  // The daemon is up when the sleeper runs.
  const programs = [...PROGRAMS, ...sleepers(1)];
  const isInMemory = freemem() > MEMORY_BYTES;
  const stateDirectory = isInMemory ? bench.stateDirectory : bench.directory;
  const daemon = await startDaemon({ ...bench, stateDirectory }, "tsv", programs);
  const reports: Report[] = [];
  try {
    for (const { name } of LOGS) {
      await fill(daemon, name);
      const files = filesOf(daemon, name);
      const size = `1 GB of lines in ${files.length} files`;
      const [logs, paths] = [`${tsv} logs -c ${daemon.configPath} ${name}`, files.join(" ")];
      const grep = name === "gzip" ? "zgrep" : "grep";
      const other = `${grep} -F '${TEXT}' ${paths}`;
      const own = `${logs} --grep '${TEXT}'`;
      reports.push(measure(bench, { what: `search ${size}: ${name}`, other, own }));
      if (name === "raw") {
        const all = { other: `cat ${paths}`, own: `${logs} -n all` };
        reports.push(measure(bench, { what: `show ${size}: ${name}`, ...all }));
      }
      for (const file of files) rmSync(file);
    }
    return {
      rows: reports.flatMap(({ rows }) => rows),
      notes: [
        ...reports.flatMap(({ notes }) => notes),
        `the logs were ${isInMemory ? "in memory" : "on a disk"}`,
      ],
    };
  } finally {
    await daemon.stop();
  }
}
