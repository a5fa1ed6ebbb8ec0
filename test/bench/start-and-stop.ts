// From the execution of the daemon until the last of N programs is RUNNING, and from SIGTERM until the daemon is gone.
// What starting must cost at least is shown by a bare loop of posix_spawn.

import { execFileSync } from "node:child_process";
import { sleepers } from "./harness/config.ts";
import { type Bench, Daemon, ENVIRONMENT, type Kind } from "./harness/daemon.ts";
import { compile } from "./harness/native.ts";
import { compare, type Report, type Row, type Sides, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

interface Series {
  readonly running: Sides<number[]>;
  readonly stopped: Sides<number[]>;
}

/** One life of a daemon: start, all RUNNING, stop. */
async function oneLife(bench: Bench, kind: Kind, startSecs: number, programs: number) {
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

/** A row that sets tsv against the bare loop, which stands in Supervisor's column and says so. */
function againstLoop(what: string, loop: number, tsv: number, target: number | null): Row {
  return {
    what,
    supervisor: `loop ${show(loop, "ms")}`,
    tsv: show(tsv, "ms"),
    ratio: showRatio(tsv / loop),
    target: target === null ? "" : `<= ${target}`,
    reached: target === null ? null : tsv / loop <= target,
  };
}

export async function measureStartAndStop(bench: Bench): Promise<Report> {
  const loopProgram = compile("spawn-loop", bench.directory);
  const loop: number[] = [];
  const starts: Sides<number[]> = { supervisor: [], tsv: [] };
  for (let round = 0; round < 5; round++) {
    const text = execFileSync(loopProgram, [String(bench.programs), "/bin/sleep", "100000"], {
      env: { ...ENVIRONMENT },
      encoding: "utf8",
    });
    loop.push(Number(text));
    for (const kind of ["supervisor", "tsv"] as const) {
      starts[kind].push((await oneLife(bench, kind, 0, 1)).running);
    }
  }
  const immediate = await measure(bench, 0);
  const normal = await measure(bench, 1);
  const bare = median(loop);
  const startUp = { supervisor: median(starts.supervisor), tsv: median(starts.tsv) };
  const raw = median(immediate.running.tsv);
  return {
    rows: [
      ...rows(bench, immediate, 0),
      ...rows(bench, normal, 1),
      compare({ what: "one program RUNNING, startsecs=0", values: startUp, unit: "ms" }),
      againstLoop("all RUNNING against a bare posix_spawn loop, raw", bare, raw, null),
      againstLoop("  the same less tsv's start with one program", bare, raw - startUp.tsv, 1.5),
    ],
    notes: [
      `bare loop: ${describeSeries(loop, "ms")}`,
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
