// How soon a daemon executes its only program, by the clock of that program, and what files of variables add to a boot.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiled } from "../rig/compiled.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, Daemon, type Kind, startDaemon } from "./harness/daemon.ts";
import { compare, inTurn, type Report, type Row, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const FIRST_ROUNDS = 9;
const FILE_ROUNDS = 5;
const FIRST_AT_MOST = 0.06;
const FILES_AT_MOST = 1.15;
const VARIABLES = 10;
const NS_PER_MS = 1_000_000n;

/** @returns milliseconds from the execution of a daemon to that of its program */
async function firstExecutes(bench: Bench, kind: Kind, directory: string): Promise<number> {
  const stamp = join(directory, "stamp");
  const command = `${compiled("test/bench/native/stamp.c")} ${stamp}`;
  rmSync(stamp, { force: true });
  const begin = process.hrtime.bigint();
  const daemon = await startDaemon(bench, kind, [
    { name: "first", command, options: { startsecs: 1 } },
  ]);
  const [at = ""] = readFileSync(stamp, "utf8").split(" ");
  await daemon.stop();
  return Number((BigInt(at) - begin) / NS_PER_MS);
}

/** @returns milliseconds until all programs are RUNNING */
async function boot(bench: Bench, directory: string, hasFiles: boolean): Promise<number> {
  const programs = sleepers(bench.programs, { startsecs: 0 }).map((program) => {
    if (!hasFiles) return program;
    const file = join(directory, program.name);
    const lines = Array.from({ length: VARIABLES }, (_, n) => `VARIABLE_${n}=${program.name}\n`);
    writeFileSync(file, lines.join(""));
    return { ...program, options: { ...program.options, env_file: file } };
  });
  const daemon = new Daemon(bench, "tsv", programs);
  try {
    return Math.max(...(await daemon.running(programs.length))) - daemon.startedAtMs;
  } finally {
    await daemon.stop();
  }
}

async function measureFiles(bench: Bench, directory: string) {
  const without: number[] = [];
  const having: number[] = [];
  for (let round = 0; round < FILE_ROUNDS; round++) {
    without.push(await boot(bench, directory, false));
    having.push(await boot(bench, directory, true));
  }
  const ratio = median(having) / median(without);
  const row: Row = {
    what: `all RUNNING, ${bench.programs} programs with an env_file, against none`,
    supervisor: `none ${show(median(without), "ms")}`,
    tsv: show(median(having), "ms"),
    ratio: showRatio(ratio),
    target: `<= ${FILES_AT_MOST}`,
    reached: ratio <= FILES_AT_MOST,
  };
  return { row, without, having };
}

export async function measureBoot(bench: Bench): Promise<Report> {
  const directory = mkdtempSync(join(bench.stateDirectory, "boot-"));
  try {
    const first = await inTurn(FIRST_ROUNDS, (kind) => firstExecutes(bench, kind, directory));
    const { row, without, having } = await measureFiles(bench, directory);
    const values = { supervisor: median(first.supervisor), tsv: median(first.tsv) };
    return {
      rows: [
        compare({ what: "first program executes", values, unit: "ms", atMost: FIRST_AT_MOST }),
        row,
      ],
      notes: [
        `supervisor, first program executes: ${describeSeries(first.supervisor, "ms")}`,
        `tsv, first program executes: ${describeSeries(first.tsv, "ms")}`,
        `tsv, no env_file: ${describeSeries(without, "ms")}`,
        `tsv, env_file: ${describeSeries(having, "ms")}`,
      ],
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
