// What starting and stopping N programs costs at least, and what tsv adds: a bare loop in C makes the same pipes, opens as many
// logs, executes the same program in the cheapest way that the kernel has, and ends and reaps it. The start of tsv itself is left out.
// On a busy machine the loop waits for a processor at each start and tsv does not: run both by `chrt -r 1` there.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compiled } from "../rig/compiled.ts";
import { type Bench, ENVIRONMENT } from "./harness/daemon.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";
import { oneLife } from "./start-and-stop.ts";

const ROUNDS = 7;
const STARTS_AT_MOST = 1.3;
const STOPS_AT_MOST = 3;
/** What a daemon adds to the environment of a program: SUPERVISOR_ENABLED and three more. */
const MORE_VARIABLES = 4;

export async function measureStartFloor(bench: Bench): Promise<Report> {
  const program = compiled("test/bench/native/spawn-loop.c");
  const loop = { started: [] as number[], stopped: [] as number[] };
  const one: number[] = [];
  const all = { running: [] as number[], stopped: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const [started = Number.NaN, stopped = Number.NaN] = runLoop(bench, program);
    loop.started.push(started);
    loop.stopped.push(stopped);
    one.push((await oneLife(bench, "tsv", 0, 1)).running);
    const life = await oneLife(bench, "tsv", 0, bench.programs);
    all.running.push(life.running);
    all.stopped.push(life.stopped);
  }
  const starts = median(all.running) - median(one);
  return {
    rows: [
      against(`${bench.programs} starts`, median(loop.started), starts, STARTS_AT_MOST),
      against(
        `${bench.programs} programs stopped by SIGTERM`,
        median(loop.stopped),
        median(all.stopped),
        STOPS_AT_MOST,
      ),
    ],
    notes: [
      `bare loop, all executed: ${describeSeries(loop.started, "ms")}`,
      `tsv, one program RUNNING: ${describeSeries(one, "ms")}`,
      `tsv, all RUNNING: ${describeSeries(all.running, "ms")}`,
      `bare loop, all ended and reaped: ${describeSeries(loop.stopped, "ms")}`,
      `tsv, all stopped: ${describeSeries(all.stopped, "ms")}`,
    ],
  };
}

function against(what: string, floor: number, tsv: number, atMost: number): Row {
  const ratio = tsv / floor;
  return {
    what: `${what} against a bare loop in C`,
    supervisor: `loop ${show(floor, "ms")}`,
    tsv: show(tsv, "ms"),
    ratio: showRatio(ratio),
    target: `<= ${atMost}`,
    reached: ratio <= atMost,
  };
}

/** @returns milliseconds until all have executed, and until all are reaped */
function runLoop(bench: Bench, program: string): readonly number[] {
  const logs = mkdtempSync(join(bench.stateDirectory, "loop-"));
  const args = [bench.programs, logs, MORE_VARIABLES, "/bin/sleep", "100000"];
  try {
    const options = { env: { ...ENVIRONMENT }, encoding: "utf8" } as const;
    return execFileSync(program, args.map(String), options).split(" ").map(Number);
  } finally {
    rmSync(logs, { recursive: true });
  }
}
