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
  /** Against Supervisor's time. */
  readonly target: number;
  /** Under tsv's own name against `status` of ten programs, which comes first; absent for no such row. */
  readonly ofStatus?: number;
}

/** The commands of a trial, and how long each run took. */
interface Series {
  readonly trial: Trial;
  readonly theirs: Command;
  readonly own: readonly Command[];
  readonly supervisor: number[];
  readonly tsv: readonly number[][];
}

function seriesOf(bench: Bench, pair: Readonly<Record<Kind, Daemon>>, trial: Trial): Series {
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
  return { trial, theirs: ctl("supervisor"), own, supervisor: [], tsv: own.map(() => []) };
}

/** Measures the trials in turn. */
async function compareCommands(
  bench: Bench,
  programs: number,
  runs: number,
  trials: readonly Trial[],
): Promise<readonly Series[]> {
  let all: readonly Series[] = [];
  await withPair(bench, sleepers(programs), async (pair) => {
    all = trials.map((trial) => seriesOf(bench, pair, trial));
    for (let turn = 0; turn < runs; turn++) {
      for (const { theirs, own, supervisor, tsv } of all) {
        supervisor.push(run(theirs, pair.supervisor));
        for (const [index, command] of own.entries()) tsv[index]?.push(run(command, pair.tsv));
      }
    }
  });
  bench.progress(`ctl with ${programs} programs is done`);
  return all;
}

function reportOf({ trial, own, supervisor, tsv }: Series): Report {
  const rows = own.map(({ label }, index) =>
    compare({
      what: `${trial.what}, ${label}`,
      values: { supervisor: median(supervisor), tsv: median(tsv[index] ?? []) },
      unit: "ms",
      atMost: trial.target,
    }),
  );
  const notes = own.map(
    ({ label }, index) => `${trial.what}: tsv, ${label}, ${describeSeries(tsv[index] ?? [], "ms")}`,
  );
  return {
    rows,
    notes: [`${trial.what}: Supervisor ${describeSeries(supervisor, "ms")}`, ...notes],
  };
}

/** A verb under tsv's own name against `tsv status`. */
function againstStatus(status: Series, { trial, tsv }: Series): readonly Row[] {
  const [before, after] = [status.tsv[1], tsv[1]];
  if (trial.ofStatus === undefined || before === undefined || after === undefined) return [];
  const what = `${trial.what.replace(/^ctl/, "tsv")} against tsv status`;
  const values = { supervisor: median(before), tsv: median(after) };
  const row = compare({ what, values, unit: "ms", atMost: trial.ofStatus });
  return [{ ...row, supervisor: `status ${row.supervisor}` }];
}

export async function measureCtlTime(bench: Bench): Promise<Report> {
  const many = bench.programs;
  const few = await compareCommands(bench, 10, 21, [
    { what: "ctl status, 10 programs", words: ["status"], lines: 10, target: 0.25 },
    {
      ...{ what: "ctl start of a program that runs, 10 programs", words: ["start", "p0000"] },
      ...{ lines: 1, target: 0.25, ofStatus: 1.15 },
    },
    { what: "ctl version", words: ["version"], lines: 1, target: 0.2, ofStatus: 0.85 },
  ]);
  const all = await compareCommands(bench, many, 7, [
    { what: `ctl status, ${many} programs`, words: ["status"], lines: many, target: 0.05 },
    {
      ...{ what: `ctl status of one, ${many} programs`, words: ["status", "p0000"] },
      ...{ lines: 1, target: 0.05, ofStatus: 1.3 },
    },
  ]);
  const series = [...few, ...all];
  const reports = series.map(reportOf);
  const [status] = few;
  return {
    rows: [
      ...reports.flatMap(({ rows }) => rows),
      ...(status === undefined ? [] : series.flatMap((each) => againstStatus(status, each))),
    ],
    notes: reports.flatMap(({ notes }) => notes),
  };
}
