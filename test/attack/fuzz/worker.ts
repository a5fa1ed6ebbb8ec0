// The thread in which one parser is attacked. It notes which run it is at before it begins, so that one that never ends is
// known by its number.

import { parentPort, workerData } from "node:worker_threads";
import { Rng } from "../../sim/rng.ts";
import { makeInput } from "./mutate.ts";
import { TARGETS } from "./targets.ts";

/** What a worker is told. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  /** The first run; each has chance of its own. */
  readonly from: number;
  readonly until: { readonly run?: number; readonly ms: number };
  /** [0]: the run that is under way. */
  readonly progress: SharedArrayBuffer;
}

/** What it says at the end. */
export interface FuzzOutcome {
  readonly runs: number;
  readonly slowestMs: number;
  readonly slowestRun: number;
  readonly problem: { readonly run: number; readonly text: string; readonly input: string } | null;
}

/** Chance for one run: neighbours must not be alike. */
function chanceOf(seed: number, run: number): Rng {
  return new Rng(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b));
}

function fuzz({ target: name, seed, from, until, progress }: FuzzOrder): FuzzOutcome {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no parser is called ${name}`);
  const at = new Int32Array(progress);
  const deadline = performance.now() + until.ms;
  let slowestMs = 0;
  let slowestRun = from;
  let run = from;
  for (; performance.now() < deadline && run !== until.run; run++) {
    Atomics.store(at, 0, run);
    const rng = chanceOf(seed, run);
    const input = makeInput(target, rng);
    const start = performance.now();
    try {
      target.read(input, rng);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const shown = JSON.stringify(input.toString("latin1").slice(0, 2000));
      return { runs: run - from, slowestMs, slowestRun, problem: { run, text, input: shown } };
    }
    const took = performance.now() - start;
    if (took > slowestMs) [slowestMs, slowestRun] = [took, run];
  }
  return { runs: run - from, slowestMs, slowestRun, problem: null };
}

parentPort?.postMessage(fuzz(workerData as FuzzOrder));
