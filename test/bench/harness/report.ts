// What a measurement hands back, and the one table that is printed of it all. A row says "reached" or "not reached";
// nothing here fails a build, because times depend on the machine and on what else it does.

import { performance } from "node:perf_hooks";
import type { Kind } from "./daemon.ts";

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly supervisor: string;
  readonly tsv: string;
  readonly ratio: string;
  readonly target: string;
  /** Null when the row only informs. */
  readonly reached: boolean | null;
}

/** A measurement's rows, and notes on how they came about. */
export interface Report {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** One value of each side. */
export type Sides<T> = Readonly<Record<Kind, T>>;

export type Unit = "ms" | "MiB" | "%" | "MB/s" | "s CPU" | "" | "/s";

export interface Comparison {
  readonly what: string;
  readonly values: Sides<number>;
  readonly unit: Unit;
  /** The ratio tsv : Supervisor must not exceed this. */
  readonly atMost?: number;
  /** The ratio must reach this. */
  readonly atLeast?: number;
}

/** A row that compares one number of each side. */
export function compare({ what, values, unit, atMost, atLeast }: Comparison): Row {
  const ratio = values.tsv / values.supervisor;
  let target = "";
  let reached: boolean | null = null;
  if (atMost !== undefined) {
    target = `<= ${atMost}`;
    reached = ratio <= atMost;
  } else if (atLeast !== undefined) {
    target = `>= ${atLeast}`;
    reached = ratio >= atLeast;
  }
  return {
    what,
    supervisor: show(values.supervisor, unit),
    tsv: show(values.tsv, unit),
    ratio: showRatio(ratio),
    target,
    reached,
  };
}

/** `2.53 s`, `12.3 ms`, `0.41 ms`: three digits that mean something. */
export function show(value: number, unit: Unit): string {
  if (unit === "ms" && value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === "" || unit === "/s" || unit === "%" ? "" : " "}${unit}`;
}

export function showRatio(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(ratio < 0.1 ? 4 : 2) : "";
}

const COLUMNS = ["what", "Supervisor", "tsv", "ratio", "target ratio", ""] as const;

/** The table, columns aligned, ready to be printed. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, supervisor, tsv, ratio, target, reached }) => {
    const verdict = reached === null ? "" : reached ? "reached" : "not reached";
    return [what, supervisor, tsv, ratio, target, verdict];
  });
  return formatColumns(COLUMNS, cells, [0, COLUMNS.length - 1]);
}

/** Titles and cells, aligned: to the left in the columns `left`. */
export function formatColumns(
  titles: readonly string[],
  cells: readonly (readonly string[])[],
  left: readonly number[],
): string {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return left.includes(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [line(titles), line(rule), ...cells.map(line)].map((text) => `${text}\n`).join("");
}

/** How long something took, in milliseconds. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

/** Runs one action for each side in turn, `runs` times: A B A B, so that the machine's moods hit both alike. */
export async function inTurn(
  runs: number,
  action: (kind: Kind, run: number) => Promise<number>,
): Promise<Sides<number[]>> {
  const series: Sides<number[]> = { supervisor: [], tsv: [] };
  for (let run = 0; run < runs; run++) {
    for (const kind of ["supervisor", "tsv"] as const) series[kind].push(await action(kind, run));
  }
  return series;
}
