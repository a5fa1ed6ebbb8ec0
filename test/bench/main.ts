// `make bench`: runs tsv and Debian's Supervisor side by side and prints one table. Words choose measurements:
// `make bench ROWS='start idle'`. `--self` compares Supervisor with itself, which shows the noise; `--programs=N` and `--rounds=N`
// make it quicker while the bench itself is worked on; `--minfds=N` sets that option, on which Supervisor's starts
// depend. Times decide nothing: only a failed measurement fails.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { arch, cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../e2e/rig/places.ts";
import { measureApplyTime } from "./apply-time.ts";
import { measureBoot } from "./boot.ts";
import { measureChattyPrograms } from "./chatty-programs.ts";
import { measureChecks } from "./checks.ts";
import { measureCompressedLog } from "./compressed-log.ts";
import { measureCtlTime } from "./ctl-time.ts";
import { measureFlatMemory } from "./flat-memory.ts";
import { measureFleet } from "./fleet.ts";
import { type Bench, type Executables, stopAll } from "./harness/daemon.ts";
import { formatTable, type Report, type Row } from "./harness/report.ts";
import { measureHistory } from "./history.ts";
import { measureIdleWakeUps } from "./idle-wakeups.ts";
import { measureLayers } from "./layers.ts";
import { measureLogFormats } from "./log-formats.ts";
import { measureLogSearch } from "./log-search.ts";
import { measureMemory } from "./memory.ts";
import { measurePeers } from "./peers.ts";
import { measureProcessInfo } from "./process-info.ts";
import { measureRestartLatency } from "./restart-latency.ts";
import { measureRotatedLog } from "./rotated-log.ts";
import { measureRun } from "./run-procfile.ts";
import { measureStartAndStop } from "./start-and-stop.ts";
import { measureStartFloor } from "./start-floor.ts";
import { measureStatusTime } from "./status-time.ts";
import { measureTls } from "./tls.ts";
import { measureWhyTime } from "./why-time.ts";

const MEASUREMENTS: Readonly<Record<string, (bench: Bench) => Promise<Report>>> = {
  start: measureStartAndStop,
  floor: measureStartFloor,
  boot: measureBoot,
  layers: measureLayers,
  info: measureProcessInfo,
  restart: measureRestartLatency,
  idle: measureIdleWakeUps,
  ctl: measureCtlTime,
  why: measureWhyTime,
  status: measureStatusTime,
  tls: measureTls,
  apply: measureApplyTime,
  memory: measureMemory,
  history: measureHistory,
  flat: measureFlatMemory,
  fleet: measureFleet,
  checks: measureChecks,
  chatty: measureChattyPrograms,
  formats: measureLogFormats,
  search: measureLogSearch,
  log: measureRotatedLog,
  gzip: measureCompressedLog,
  run: measureRun,
  peers: measurePeers,
};

const DEBIAN: Executables = {
  supervisord: "/usr/bin/supervisord",
  supervisorctl: "/usr/bin/supervisorctl",
};

interface Wishes {
  readonly names: readonly string[];
  readonly programs: number;
  readonly rounds: number;
  readonly minFds: number | null;
  readonly self: boolean;
}

function readWishes(args: readonly string[]): Wishes {
  const number = <T>(option: string, otherwise: T): number | T => {
    const text = args.find((arg) => arg.startsWith(`--${option}=`));
    return text === undefined ? otherwise : Number(text.slice(option.length + 3));
  };
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.filter((name) => MEASUREMENTS[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `no measurement is called ${unknown.join(", ")}; there are: ${Object.keys(MEASUREMENTS).join(" ")}`,
    );
  }
  return {
    names: names.length > 0 ? names : Object.keys(MEASUREMENTS),
    programs: number("programs", 1000),
    rounds: number("rounds", 3),
    minFds: number("minfds", null),
    self: args.includes("--self"),
  };
}

const MEMORY = "/dev/shm";

function prepare(wishes: Wishes, directory: string, stateDirectory: string): Bench {
  const tsv = process.env["TSV"] ?? join(ROOT, "dist/tsv");
  for (const file of [DEBIAN.supervisord, ...(wishes.self ? [] : [tsv])]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: make build, make test-host`);
  }
  const links = join(directory, "bin");
  mkdirSync(links);
  const link = (name: keyof Executables): string => {
    const path = join(links, name);
    symlinkSync(wishes.self ? DEBIAN[name] : tsv, path);
    return path;
  };
  return {
    directory,
    stateDirectory,
    executables: {
      supervisor: DEBIAN,
      tsv: { supervisord: link("supervisord"), supervisorctl: link("supervisorctl") },
    },
    tsv: wishes.self ? null : tsv,
    programs: wishes.programs,
    rounds: wishes.rounds,
    minFds: wishes.minFds,
    progress: (text) => process.stderr.write(`  ${text}\n`),
  };
}

/** The machine, in two lines: a figure without it means little. */
function describeMachine(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  const memory = /^MemTotal: +(\d+)/m.exec(readFileSync("/proc/meminfo", "latin1"))?.[1] ?? "0";
  return `${cpus().length} x ${model}, ${(Number(memory) / 2 ** 20).toFixed(0)} GiB, Linux ${release()} ${arch()}`;
}

/** Measures one thing after the other. @returns the table's rows, and how many measurements failed */
async function measureAll(bench: Bench, names: readonly string[]) {
  const rows: Row[] = [];
  const notes: string[] = [];
  let failed = 0;
  for (const name of names) {
    const load = loadavg()[0]?.toFixed(1);
    process.stderr.write(`${name} (load ${load})\n`);
    try {
      const report = await MEASUREMENTS[name]?.(bench);
      rows.push(...(report?.rows ?? []));
      notes.push(`${name}: load at its start ${load}`);
      notes.push(...(report?.notes ?? []).map((note) => `  ${note}`));
    } catch (error) {
      failed++;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`${name} could not be measured: ${text}\n`);
      notes.push(`${name}: could not be measured: ${text.split("\n")[0]}`);
    }
  }
  return { rows, notes, failed };
}

async function main(): Promise<number> {
  const wishes = readWishes(process.argv.slice(2));
  const directory = mkdtempSync(join(tmpdir(), "tsv-bench-"));
  const state = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "tsv-bench-"));
  const clean = () => {
    for (const path of [directory, state]) rmSync(path, { recursive: true, force: true });
  };
  let interrupted = false;
  const interrupt = () => {
    if (interrupted) return;
    interrupted = true;
    const leave = () => {
      clean();
      process.exit(130);
    };
    stopAll().then(leave, leave);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const bench = prepare(wishes, directory, state);
    const { rows, notes, failed } = await measureAll(bench, wishes.names);
    const sides = wishes.self
      ? "Supervisor 4.2.5 on both sides"
      : "Supervisor 4.2.5 and tsv in turn";
    process.stdout.write(`\n${describeMachine()}\n${sides}\n\n${formatTable(rows)}\n`);
    for (const note of notes) process.stdout.write(`${note}\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await stopAll();
    clean();
  }
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
