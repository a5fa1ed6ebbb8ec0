// What times in front of lines cost: the daemon's processor time for 100 programs that write 20 lines a second each, with
// log_timestamp and with JSON beside the same without.

import { chattyPrograms, LINES_PER_SECOND, PROGRAMS, shareOf } from "./chatty-programs.ts";
import type { Bench } from "./harness/daemon.ts";
import { type Report, type Row, show, showRatio } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const ROUNDS = 3;
const AT_MOST = 1.5;

const FORMATS = [
  { what: "as they come", options: {} },
  { what: "log_timestamp=iso-ms", options: { log_timestamp: "iso-ms" } },
  { what: "log_format=json", options: { log_format: "json" } },
] as const;

export async function measureLogFormats(bench: Bench): Promise<Report> {
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
