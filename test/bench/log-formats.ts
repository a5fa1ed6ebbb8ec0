// What times in front of lines cost, with log_timestamp and with JSON beside the same without: the daemon's processor time for
// 100 programs that write 20 lines a second each, and the rate of one program that writes as fast as it can.

import { chattyPrograms, LINES_PER_SECOND, PROGRAMS, shareOf } from "./chatty-programs.ts";
import type { Bench } from "./harness/daemon.ts";
import { runFlood } from "./harness/flood.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const ROUNDS = 3;
const AT_MOST = 1.5;

/** `rate` is the part of the raw rate that a flood has to reach. */
const FORMATS = [
  { what: "as they come", options: {}, rate: 1 },
  { what: "log_timestamp=iso-ms", options: { log_timestamp: "iso-ms" }, rate: 0.4 },
  { what: "log_format=json", options: { log_format: "json" }, rate: 0.25 },
] as const;
const FLOOD = { size: 64_000, total: 1 << 30 } as const;

export async function measureLogFormats(bench: Bench): Promise<Report> {
  const reports = [await measureChatty(bench), await measureFloods(bench)];
  return {
    rows: reports.flatMap(({ rows }) => rows),
    notes: reports.flatMap(({ notes }) => notes),
  };
}

/** Supervisor has no formats: its rate as it comes is beside. */
async function measureFloods(bench: Bench): Promise<Report> {
  const onDisk = { ...bench, stateDirectory: bench.directory };
  const series: number[][] = FORMATS.map(() => []);
  const beside: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    beside.push((await runFlood(onDisk, "supervisor", FLOOD)).megabytesPerSecond);
    for (const [index, { what, options }] of FORMATS.entries()) {
      const run = await runFlood(onDisk, "tsv", { ...FLOOD, options });
      const rate = run.megabytesPerSecond.toFixed(0);
      bench.progress(`${what}: ${rate} MB/s, ${run.cpuSeconds.toFixed(2)} s CPU`);
      series[index]?.push(run.megabytesPerSecond);
    }
  }
  const [raw = 0, ...others] = series.map(median);
  const rows = others.map((rate, index): Row => {
    const { what, rate: atLeast } = FORMATS[index + 1] ?? FORMATS[0];
    return {
      what: `1 GB through one rotated log: ${what}`,
      supervisor: `as they come ${show(raw, "MB/s")}`,
      tsv: show(rate, "MB/s"),
      ratio: showRatio(rate / raw),
      target: `>= ${atLeast}`,
      reached: rate / raw >= atLeast,
    };
  });
  const notes = FORMATS.map(
    ({ what }, index) => `${what}: ${describeSeries(series[index] ?? [], "MB/s")}`,
  );
  return { rows, notes: [...notes, `Supervisor: ${describeSeries(beside, "MB/s")}`] };
}

async function measureChatty(bench: Bench): Promise<Report> {
  const series: number[][] = FORMATS.map(() => []);
  const programs = chattyPrograms();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { what, options }] of FORMATS.entries()) {
      const { percent } = await shareOf(
        bench,
        "tsv",
        programs.map((program) => ({ ...program, options: { ...program.options, ...options } })),
      );
      bench.progress(`${what}: ${percent.toFixed(1)} %`);
      series[index]?.push(percent);
    }
  }
  const [plain = 0, ...others] = series.map(median);
  const rows = others.map((percent, index): Row => {
    const what = FORMATS[index + 1]?.what;
    const ratio = percent / plain;
    return {
      what: `daemon's CPU, ${PROGRAMS} programs x ${LINES_PER_SECOND} lines/s: ${what}`,
      supervisor: `without ${show(plain, "%")}`,
      tsv: show(percent, "%"),
      ratio: showRatio(ratio),
      target: `<= ${AT_MOST}`,
      reached: ratio <= AT_MOST,
    };
  });
  const notes = FORMATS.map(
    ({ what }, index) => `${what}: ${describeSeries(series[index] ?? [], "%")}`,
  );
  return { rows, notes };
}
