// The result of an attack, and the table of all of them.

/** One line of the table. Null is not measured. */
export interface Row {
  readonly name: string;
  /** Inputs, requests or operations. */
  readonly runs: number;
  readonly peakMb: number | null;
  /** The worst times of others meanwhile; for a parser the slowest run is `rpcMs` of nobody, so both are null. */
  readonly restartMs: number | null;
  readonly rpcMs: number | null;
  readonly seconds: number;
  /** Further figures. */
  readonly note: string;
  /** Why the attack succeeded; null when it did not. */
  readonly problem: string | null;
}

const HEAD = ["attack", "runs", "peak MB", "restart ms", "RPC ms", "s", ""] as const;

function cells(row: Row): readonly string[] {
  const shown = (value: number | null): string => (value === null ? "" : String(Math.round(value)));
  const { name, runs, peakMb, restartMs, rpcMs, seconds, note, problem } = row;
  const last = problem === null ? note : "BROKEN, see above";
  const figures = [peakMb, restartMs, rpcMs].map(shown);
  return [name, String(runs), ...figures, seconds.toFixed(1), last];
}

/** The worst of a column. */
function worst(rows: readonly Row[], of: (row: Row) => number | null): number | null {
  const values = rows.flatMap((row) => of(row) ?? []);
  return values.length === 0 ? null : Math.max(...values);
}

/** The table, with a last line of the worst. */
export function table(rows: readonly Row[]): string {
  const total: Row = {
    name: "worst",
    runs: rows.reduce((sum, row) => sum + row.runs, 0),
    peakMb: worst(rows, (row) => row.peakMb),
    restartMs: worst(rows, (row) => row.restartMs),
    rpcMs: worst(rows, (row) => row.rpcMs),
    seconds: rows.reduce((sum, row) => sum + row.seconds, 0),
    note: "",
    problem: null,
  };
  const lines = [HEAD, ...[...rows, total].map(cells)];
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === HEAD.length - 1
          ? cell.padEnd(width)
          : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return `${lines.map(format).join("\n")}\n`;
}
