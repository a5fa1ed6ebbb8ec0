// What dependencies cost: N programs in ten layers, each of which needs one of the layer before, beside N programs that need
// nothing. startsecs is 0, so that the work is compared and not the waiting.

import { type ProgramSection, sleepers } from "./harness/config.ts";
import { type Bench, Daemon } from "./harness/daemon.ts";
import { type Report, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const LAYERS = 10;
const ROUNDS = 5;
const AT_MOST = 1.5;

/** The same programs, each of which needs one of the layer before. */
function inLayers(programs: readonly ProgramSection[]): ProgramSection[] {
  const size = Math.ceil(programs.length / LAYERS);
  return programs.map((program, index) => {
    const needed = programs[index - size];
    if (needed === undefined) return program;
    return { ...program, options: { ...program.options, depends_on: needed.name } };
  });
}

/** @returns milliseconds until all are RUNNING */
async function oneLife(bench: Bench, programs: readonly ProgramSection[]): Promise<number> {
  const daemon = new Daemon(bench, "tsv", programs);
  try {
    return Math.max(...(await daemon.running(programs.length))) - daemon.startedAtMs;
  } finally {
    await daemon.stop();
  }
}

export async function measureLayers(bench: Bench): Promise<Report> {
  const flat: number[] = [];
  const layered: number[] = [];
  const programs = sleepers(bench.programs, { startsecs: 0 });
  for (let round = 0; round < ROUNDS; round++) {
    flat.push(await oneLife(bench, programs));
    layered.push(await oneLife(bench, inLayers(programs)));
  }
  const ratio = median(layered) / median(flat);
  return {
    rows: [
      {
        what: `${bench.programs} programs in ${LAYERS} layers against as many without`,
        supervisor: `without ${show(median(flat), "ms")}`,
        tsv: show(median(layered), "ms"),
        ratio: showRatio(ratio),
        target: `<= ${AT_MOST}`,
        reached: ratio <= AT_MOST,
      },
    ],
    notes: [
      `without dependencies: ${describeSeries(flat, "ms")}`,
      `in layers: ${describeSeries(layered, "ms")}`,
    ],
  };
}
