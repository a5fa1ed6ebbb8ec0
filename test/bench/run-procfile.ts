// From the execution of `tsv run` with a Procfile until the last of its programs has said a line, beside `tsv daemon` with the same
// programs in a configuration. Both write what programs say to their own stdout.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Bench, ENVIRONMENT } from "./harness/daemon.ts";
import { type Report, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const PROGRAMS = 50;
const ROUNDS = 15;
const MOST = 1.3;
const LINE = "is up";
const COMMAND = `echo ${LINE}; exec sleep 1000`;

/** @returns milliseconds */
async function untilUp(file: string, words: readonly string[], cwd: string): Promise<number> {
  const begin = performance.now();
  const child: ChildProcess = spawn(file, words, {
    ...{ cwd, env: { ...ENVIRONMENT }, stdio: ["ignore", "pipe", "inherit"] },
  });
  const ended = once(child, "exit");
  let up = 0;
  let took = 0;
  if (child.stdout === null) throw new Error("no stdout");
  for await (const line of createInterface(child.stdout)) {
    if (line.endsWith(LINE)) up += 1;
    if (up < PROGRAMS || took > 0) continue;
    took = performance.now() - begin;
    child.kill("SIGTERM");
  }
  await ended;
  if (took === 0) throw new Error(`${file} ${words.join(" ")}: only ${up} of ${PROGRAMS} came up`);
  return took;
}

function configuration(directory: string): string {
  const programs = Array.from({ length: PROGRAMS }, (_, index) => {
    return `[program:p${index}]\ncommand=/bin/sh -c "${COMMAND}"\nstdout_logfile=@stdout\nstartsecs=0\n`;
  });
  const own = `[supervisord]\nlogfile=${directory}/d.log\npidfile=${directory}/d.pid\n`;
  return [own, ...programs].join("\n");
}

export async function measureRun(bench: Bench): Promise<Report> {
  const { tsv } = bench;
  if (tsv === null) return { rows: [], notes: [] };
  const directory = mkdtempSync(join(bench.stateDirectory, "run-"));
  const procfile = Array.from({ length: PROGRAMS }, (_, index) => `p${index}: ${COMMAND}\n`);
  writeFileSync(join(directory, "Procfile"), procfile.join(""));
  writeFileSync(join(directory, "d.conf"), configuration(directory));
  const daemon: number[] = [];
  const run: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    daemon.push(await untilUp(tsv, ["daemon", "-n", "-s", "-c", "d.conf"], directory));
    run.push(await untilUp(tsv, ["run", "Procfile"], directory));
    bench.progress(`daemon ${daemon.at(-1)?.toFixed(0)} ms, run ${run.at(-1)?.toFixed(0)} ms`);
  }
  const ratio = median(run) / median(daemon);
  return {
    rows: [
      {
        what: `tsv run of a Procfile, ${PROGRAMS} programs up, beside tsv daemon`,
        supervisor: `${show(median(daemon), "ms")} (daemon)`,
        tsv: show(median(run), "ms"),
        ratio: showRatio(ratio),
        target: `<= ${MOST}`,
        reached: ratio <= MOST,
      },
    ],
    notes: [`tsv daemon: ${describeSeries(daemon, "ms")}`, `tsv run: ${describeSeries(run, "ms")}`],
  };
}
