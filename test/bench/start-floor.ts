// What starting N programs costs at least, and what tsv adds: a bare loop in C makes the same pipes, opens as many logs
// and executes the same program in the cheapest way that the kernel has. The start of tsv itself is left out.
// On a busy machine the loop waits for a processor at each start and tsv does not: run both by `chrt -r 1` there.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compiled } from "../rig/compiled.ts";
import { type Bench, ENVIRONMENT } from "./harness/daemon.ts";
import { type Report, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";
import { oneLife } from "./start-and-stop.ts";

const ROUNDS = 7;
const AT_MOST = 1.3;
/** What a daemon adds to the environment of a program: SUPERVISOR_ENABLED and three more. */
const MORE_VARIABLES = 4;

export async function measureStartFloor(bench: Bench): Promise<Report> {
  const program = compiled("test/bench/native/spawn-loop.c");
  const loop: number[] = [];
  const one: number[] = [];
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    loop.push(runLoop(bench, program));
    one.push((await oneLife(bench, "tsv", 0, 1)).running);
    all.push((await oneLife(bench, "tsv", 0, bench.programs)).running);
  }
  const floor = median(loop);
  const starts = median(all) - median(one);
  const ratio = starts / floor;
  return {
    rows: [
      {
        what: `${bench.programs} starts against a bare loop in C`,
        supervisor: `loop ${show(floor, "ms")}`,
        tsv: show(starts, "ms"),
        ratio: showRatio(ratio),
        target: `<= ${AT_MOST}`,
        reached: ratio <= AT_MOST,
      },
    ],
    notes: [
      `bare loop: ${describeSeries(loop, "ms")}`,
      `tsv, one program RUNNING: ${describeSeries(one, "ms")}`,
      `tsv, all RUNNING: ${describeSeries(all, "ms")}`,
    ],
  };
}

function runLoop(bench: Bench, program: string): number {
  const logs = mkdtempSync(join(bench.stateDirectory, "loop-"));
  const args = [bench.programs, logs, MORE_VARIABLES, "/bin/sleep", "100000"];
  try {
    return Number(
      execFileSync(program, args.map(String), { env: { ...ENVIRONMENT }, encoding: "utf8" }),
    );
  } finally {
    rmSync(logs, { recursive: true });
  }
}
