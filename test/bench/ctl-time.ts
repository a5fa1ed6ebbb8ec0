// The wall time of one-shot commands, from before the process is made until it has ended, each kind's ctl against its
// own daemon.

import { spawnSync } from "node:child_process";
import { sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, ENVIRONMENT, type Kind, withPair } from "./harness/daemon.ts";
import { compare, type Report, type Row } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

interface Command {
  readonly label: string;
  readonly file: string;
  readonly argv: readonly string[];
  /** How many lines it prints, when it does its work. */
  readonly lines: number;
}

function run(command: Command, daemon: Daemon): number {
  const begin = performance.now();
  const result = spawnSync(command.file, command.argv, {
    cwd: daemon.directory,
    env: { ...ENVIRONMENT },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 24,
  });
  const took = performance.now() - begin;
  const lines = result.stdout.split("\n").length - 1;
  if (result.status !== 0 || lines !== command.lines) {
    throw new Error(
      `${command.file} ${command.argv.join(" ")}: status ${result.status}, ${lines} lines: ${result.stderr}${result.stdout.slice(0, 500)}`,
    );
  }
  return took;
}

interface Trial {
  readonly what: string;
  readonly words: readonly string[];
  readonly lines: number;
  readonly runs: number;
  readonly target: number;
}

function compareCommands(bench: Bench, pair: Readonly<Record<Kind, Daemon>>, trial: Trial): Report {
  const ctl = (kind: Kind): Command => ({
    label: "supervisorctl",
    file: bench.executables[kind].supervisorctl,
    argv: ["-c", pair[kind].configPath, ...trial.words],
    lines: trial.lines,
  });
  const [verb = "", ...names] = trial.words;
  const own: Command[] = [{ ...ctl("tsv"), label: "as supervisorctl" }];
  if (bench.tsv !== null) {
    // `tsv version` is the executable's own, and asks no daemon.
    const config = verb === "version" ? [] : ["-c", pair.tsv.configPath];
    own.push({
      label: `as tsv ${verb}`,
      file: bench.tsv,
      argv: [verb, ...config, ...names],
      lines: trial.lines,
    });
  }
  const theirs = ctl("supervisor");
  const supervisor: number[] = [];
  const tsv: number[][] = own.map(() => []);
  for (let turn = 0; turn < trial.runs; turn++) {
    supervisor.push(run(theirs, pair.supervisor));
    for (const [index, command] of own.entries()) tsv[index]?.push(run(command, pair.tsv));
  }
  const rows: Row[] = own.map(({ label }, index) =>
    compare({
      what: `${trial.what}, ${label}`,
      values: { supervisor: median(supervisor), tsv: median(tsv[index] ?? []) },
      unit: "ms",
      atMost: trial.target,
    }),
  );
  const notes = [
    `${trial.what}: Supervisor ${describeSeries(supervisor, "ms")}`,
    ...own.map(
      ({ label }, index) =>
        `${trial.what}: tsv, ${label}, ${describeSeries(tsv[index] ?? [], "ms")}`,
    ),
  ];
  return { rows, notes };
}

export async function measureCtlTime(bench: Bench): Promise<Report> {
  const reports: Report[] = [];
  await withPair(bench, sleepers(10), async (pair) => {
    const common = { runs: 21, target: 0.25 };
    reports.push(
      compareCommands(bench, pair, {
        ...common,
        what: "ctl status, 10 programs",
        words: ["status"],
        lines: 10,
      }),
    );
    reports.push(
      compareCommands(bench, pair, {
        ...common,
        target: 0.2,
        what: "ctl version",
        words: ["version"],
        lines: 1,
      }),
    );
  });
  bench.progress("ctl with 10 programs is done");
  await withPair(bench, sleepers(bench.programs), async (pair) => {
    reports.push(
      compareCommands(bench, pair, {
        what: `ctl status, ${bench.programs} programs`,
        words: ["status"],
        lines: bench.programs,
        runs: 7,
        target: 0.05,
      }),
    );
  });
  return {
    rows: reports.flatMap(({ rows }) => rows),
    notes: reports.flatMap(({ notes }) => notes),
  };
}
