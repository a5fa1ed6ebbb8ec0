// From the execution of the daemon until the last of N programs is RUNNING, and from SIGTERM until the daemon is gone.

import { sleepers } from "./harness/config.ts";
import { type Bench, Daemon, type Kind } from "./harness/daemon.ts";
import { compare, type Report, type Row, type Sides } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

interface Series {
  readonly running: Sides<number[]>;
  readonly stopped: Sides<number[]>;
}

/** One life of a daemon: start, all RUNNING, stop. @returns milliseconds */
export async function oneLife(bench: Bench, kind: Kind, startSecs: number, programs: number) {
  const daemon = new Daemon(bench, kind, sleepers(programs, { startsecs: startSecs }));
  try {
    const running = Math.max(...(await daemon.running(programs))) - daemon.startedAtMs;
    return { running, stopped: await daemon.stop() };
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

async function measure(bench: Bench, startSecs: number): Promise<Series> {
  const series: Series = {
    running: { supervisor: [], tsv: [] },
    stopped: { supervisor: [], tsv: [] },
  };
  for (let round = 0; round < bench.rounds; round++) {
    for (const kind of ["supervisor", "tsv"] as const) {
      const life = await oneLife(bench, kind, startSecs, bench.programs);
      series.running[kind].push(life.running);
      series.stopped[kind].push(life.stopped);
      bench.progress(`${kind}: up in ${life.running} ms, down in ${life.stopped.toFixed(0)} ms`);
    }
  }
  return series;
}

function rows(bench: Bench, series: Series, startSecs: number): Row[] {
  const label = `${bench.programs} programs, startsecs=${startSecs}`;
  const middle = ({ supervisor, tsv }: Sides<number[]>) => ({
    supervisor: median(supervisor),
    tsv: median(tsv),
  });
  return [
    compare({
      what: `all RUNNING, ${label}`,
      values: middle(series.running),
      unit: "ms",
      atMost: 0.1,
    }),
    compare({
      what: `all stopped by SIGTERM, ${label}`,
      values: middle(series.stopped),
      unit: "ms",
      atMost: 0.3,
    }),
  ];
}

export async function measureStartAndStop(bench: Bench): Promise<Report> {
  const starts: Sides<number[]> = { supervisor: [], tsv: [] };
  for (let round = 0; round < 5; round++) {
    for (const kind of ["supervisor", "tsv"] as const) {
      starts[kind].push((await oneLife(bench, kind, 0, 1)).running);
    }
  }
  const immediate = await measure(bench, 0);
  const normal = await measure(bench, 1);
  const startUp = { supervisor: median(starts.supervisor), tsv: median(starts.tsv) };
  return {
    rows: [
      ...rows(bench, immediate, 0),
      ...rows(bench, normal, 1),
      compare({ what: "one program RUNNING, startsecs=0", values: startUp, unit: "ms" }),
    ],
    notes: [
      ...(["supervisor", "tsv"] as const).flatMap((kind) => [
        `${kind}, one program RUNNING: ${describeSeries(starts[kind], "ms")}`,
        `${kind}, RUNNING, startsecs=0: ${describeSeries(immediate.running[kind], "ms")}`,
        `${kind}, RUNNING, startsecs=1: ${describeSeries(normal.running[kind], "ms")}`,
        `${kind}, stop, startsecs=0: ${describeSeries(immediate.stopped[kind], "ms")}`,
        `${kind}, stop, startsecs=1: ${describeSeries(normal.stopped[kind], "ms")}`,
      ]),
    ],
  };
}
