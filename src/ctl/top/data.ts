// What the daemon has answered as programs of the table, and as texts. Pure.

import { displayName } from "../../core/base/ids.ts";
import { printable, wrapWords } from "../../core/base/printable.ts";
import { describeScale, describeState, healthLines } from "../../core/why/describe-state.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import { agoText, exitText } from "../../core/why/restarts.ts";
import { isStruct, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { doubleOf, type ProcessRow } from "../answers.ts";
import { type Known, needsAttention, restartsIn } from "../commands/own-status.ts";
import { TONES } from "../commands/status.ts";
import type { TopProgram } from "./model.ts";

/** CPU of programs over time by `group:name`; null for a gap. */
export type Charts = ReadonlyMap<string, readonly (number | null)[]>;

const UP: readonly string[] = ["RUNNING", "STOPPING"];

/** @param age seconds since the answer */
export function programsOf(
  rows: readonly ProcessRow[],
  { runs, usages }: Known,
  charts: Charts,
  age: number,
): readonly TopProgram[] {
  return rows.map((row) => {
    const key = `${row.group}:${row.name}`;
    const own = runs.get(key) ?? null;
    const usage = usages.get(key);
    const isOdd = row.stateName === "RUNNING" && needsAttention(row, own);
    return {
      key,
      name: displayName(row.group, row.name),
      state: row.stateName,
      tone: isOdd ? "busy" : (TONES[row.stateName] ?? null),
      description: row.description,
      cpu: usage === undefined || usage.cpuPercent < 0 ? null : usage.cpuPercent,
      memory: usage === undefined || usage.memoryBytes < 0 ? null : usage.memoryBytes,
      restarts: own === null ? null : restartsIn(row, own),
      // Of a program that does not run, nothing is checked.
      health: row.stateName === "RUNNING" ? (own?.health?.state ?? "") : "",
      up: UP.includes(row.stateName) ? Math.max(0, row.now - row.start + Math.floor(age)) : null,
      chart: charts.get(key) ?? [],
    };
  });
}

/** Reads the answer of tsv.getHistory. */
export function readCharts(answer: XmlRpcValue): Charts {
  const rows = Array.isArray(answer) ? (answer as readonly XmlRpcValue[]) : [];
  return new Map(
    rows.filter(isStruct).map((row) => {
      const values = Array.isArray(row["cpu_max"])
        ? (row["cpu_max"] as readonly XmlRpcValue[])
        : [];
      const numbers = values
        .map((value) => doubleOf(value, -1))
        .map((cpu) => (cpu < 0 ? null : cpu));
      return [`${textOf(row["group"])}:${textOf(row["name"])}`, numbers] as const;
    }),
  );
}

/** The end of a log as lines that a screen can show: without colours and other sequences, with blanks for tabs. */
export function logLines(text: string, isCut: boolean): readonly string[] {
  const lines = text.replace(/\r?\n$/, "").split("\n");
  // The first line may have lost its beginning.
  const whole = isCut && lines.length > 1 ? lines.slice(1) : lines;
  return whole.map((line) =>
    printable(line.replace(SEQUENCE, "").replace(/\r$/, "").replaceAll("\t", TAB)),
  );
}

const TAB = "    ";
/** Control sequences, and strings such as titles of windows (ECMA-48, 5.4 and 5.6). */
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-~])/g;

/** Why a program is in its state, in lines of so many columns. @param whole the command that says more */
export function whyLines(
  history: ProgramHistory,
  whole: string,
  columns: number,
): readonly string[] {
  const ended = history.runs.map((run) => {
    const reason = run.reason === "" ? "" : `: ${run.reason}`;
    return `  ${agoText(history.now - run.end)}: ${exitText(run)}${reason}`;
  });
  return [
    ...wrapWords(printable(describeState(history)), columns),
    ...healthLines(history).flatMap((line) => wrapWords(`Health: ${line}`, columns, "  ")),
    ...(history.disabled === "" ? [] : wrapWords(`It is disabled ${history.disabled}.`, columns)),
    ...(history.scaled === null ? [] : wrapWords(`It has ${describeScale(history)}.`, columns)),
    ...(ended.length === 0 ? [] : ["", "Runs that have ended:", ...ended.map(printable)]),
    "",
    `With the output of the last run: ${whole}`,
  ];
}
