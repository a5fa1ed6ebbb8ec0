// Attacks every parser with made-up inputs, each parser in a thread with little memory, as long as there is time. A finding
// is something thrown, a broken promise (what was encoded reads back; cuts do not matter), a run that does not end, or the
// end of the memory. It is named by seed and run: `SEED=1 RUN=4711 make attack ONLY="XML-RPC request"` does it again.

import { Worker } from "node:worker_threads";
import type { Row } from "../row.ts";
import { TARGETS } from "./targets.ts";
import type { FuzzOrder, FuzzOutcome } from "./worker.ts";

/** Thirty times what the slowest sound input needs: on a busy machine a thread waits for a processor. */
const RUN_MS = 30_000;
const HEAP_MB = 256;
const NONE = -1;

export interface FuzzOptions {
  readonly seed: number;
  /** For each parser. */
  readonly ms: number;
  /** Only this run. */
  readonly run: number | null;
  readonly isChosen: (name: string) => boolean;
}

/** Attacks all parsers, two at a time. */
export async function fuzz(options: FuzzOptions, report: (row: Row) => void): Promise<void> {
  const waiting = TARGETS.map((target) => target.name).filter(options.isChosen);
  const next = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      report(await attack(name, options));
    }
  };
  await Promise.all([next(), next()]);
}

async function attack(target: string, { seed, ms, run }: FuzzOptions): Promise<Row> {
  const progress = new SharedArrayBuffer(4);
  const until = run === null ? { ms } : { ms, run: run + 1 };
  const order: FuzzOrder = { target, seed, from: run ?? 0, until, progress };
  const start = performance.now();
  const { outcome, problem } = await execute(order);
  const seconds = (performance.now() - start) / 1000;
  return {
    name: target,
    runs: outcome?.runs ?? Atomics.load(new Int32Array(progress), 0),
    peakMb: null,
    restartMs: null,
    rpcMs: null,
    seconds,
    note: `slowest ${Math.round(outcome?.slowestMs ?? 0)} ms`,
    problem,
  };
}

interface Ending {
  readonly outcome: FuzzOutcome | null;
  readonly problem: string | null;
}

/** Runs a worker to its end, or to the end of our patience with one run. */
function execute(order: FuzzOrder): Promise<Ending> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const again = (run: number): string =>
    `SEED=${order.seed} RUN=${run} ONLY="${order.target}" make attack`;
  const at = new Int32Array(order.progress);
  Atomics.store(at, 0, NONE);
  return new Promise((resolve) => {
    const settle = (ending: Ending): void => {
      clearInterval(watch);
      resolve(ending);
      void worker.terminate();
    };
    let seen = NONE;
    const watch = setInterval(() => {
      const run = Atomics.load(at, 0);
      // Before the first it is loading modules.
      if (run === seen && run !== NONE)
        settle({ outcome: null, problem: `no end after ${RUN_MS} ms: ${again(run)}` });
      seen = run;
    }, RUN_MS);
    worker.on("message", (outcome: FuzzOutcome) => {
      const found = outcome.problem;
      const problem =
        found === null ? null : `${found.text}\ninput ${found.input}\nagain: ${again(found.run)}`;
      settle({ outcome, problem });
    });
    worker.on("error", (error) => {
      settle({ outcome: null, problem: `${error.message}: ${again(Atomics.load(at, 0))}` });
    });
  });
}
