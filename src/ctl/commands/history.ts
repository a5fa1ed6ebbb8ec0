// `tsv history`: CPU and memory of programs over time as charts of one line each, and how their runs ended meanwhile.

import { displayName } from "../../core/base/ids.ts";
import { ok, type Result } from "../../core/base/result.ts";
import { clockText, dateText, localTime, type OffsetMinutes } from "../../core/logs/calendar.ts";
import { parseAskedTime } from "../../core/logs/time-texts.ts";
import { formatBytes, formatPercent } from "../../core/usage/program-usage.ts";
import { decodeRuns, type ProgramRun } from "../../core/why/program-history.ts";
import { exitText } from "../../core/why/restarts.ts";
import { isStruct, numberOf, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { doubleOf } from "../answers.ts";
import { faultOf, methodCall } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import type { Item } from "../report.ts";

/** What a chart is made of, from the smallest to the largest value. */
export const BLOCKS = "▁▂▃▄▅▆▇█";
export const ASCII = "_.-:=+*#";

const USUAL_COLUMNS = 80;
/** Columns beside a chart. */
const BESIDE = 32;
const LEAST_POINTS = 10;
/** A chart of a terminal, or of JSON. */
const MOST_POINTS = 200;
const MOST_RUNS = 5;
/** No program is called so. */
const ALL = "";

export interface HistoryRequest {
  readonly names: readonly string[];
  /** As written; null for an hour ago, and for now. */
  readonly since: string | null;
  readonly until: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly offset: OffsetMinutes;
  /** The signs of a chart. */
  readonly signs: string;
}

/** Values of a program; null for a gap. Times in seconds since 1970. */
interface Chart {
  readonly group: string;
  readonly name: string;
  readonly from: number;
  readonly step: number;
  readonly cpu: readonly (number | null)[];
  readonly cpuMax: readonly (number | null)[];
  readonly memoryMax: readonly (number | null)[];
  readonly runs: readonly ProgramRun[];
  readonly events: readonly XmlRpcValue[];
}

export async function runHistory(context: CommandContext, request: HistoryRequest): Promise<void> {
  const { names, now, offset } = request;
  const from = timeOf(request.since ?? "1h", now, offset);
  const to = request.until === null ? ok(0) : timeOf(request.until, now, offset);
  if (!from.ok || !to.ok) {
    const [option, error] = from.ok ? ["--until", to] : ["--since", from];
    context.fail(`Error: ${option}: ${error.ok ? "" : error.error}`, EXIT.INVALID_ARGS);
    return;
  }
  if (to.value !== 0 && from.value >= to.value) {
    context.fail("Error: --since must be earlier than --until", EXIT.INVALID_ARGS);
    return;
  }
  const columns = context.terminal.size()?.columns ?? USUAL_COLUMNS;
  const points = context.report.isData
    ? MOST_POINTS
    : Math.max(LEAST_POINTS, Math.min(MOST_POINTS, columns - BESIDE));
  const asked = names.length === 0 || names.includes("all") ? [ALL] : names;
  const calls = asked.map((name) =>
    methodCall("tsv.getHistory", Math.floor(from.value), Math.ceil(to.value), points, name),
  );
  const results = await context.query(...calls);
  if (results === null) return;
  const items: Item[] = [];
  for (const [index, result] of results.entries()) {
    const name = asked[index] ?? ALL;
    const fault = faultOf(result);
    if (fault === "UNKNOWN_METHOD" || (fault === "FAILED" && !result.ok)) {
      await explainNone(context, fault);
      return;
    }
    if (fault === "BAD_NAME") {
      context.failUnknown(name, `${name}: ERROR (no such process)`);
      continue;
    }
    const charts = readCharts(expectValue(result));
    items.push(...charts.map((chart) => itemOf(chart, request)));
  }
  context.report.items(items);
}

async function explainNone(context: CommandContext, fault: string): Promise<void> {
  if (fault === "UNKNOWN_METHOD") {
    context.fail("this daemon keeps no history of its programs");
    return;
  }
  await context.complain(async () => ({
    kind: "failed",
    message: "the daemon keeps no history: history=memory of [supervisord] is not set",
    steps: [
      ["Set it in the configuration, then", "tsv reload"],
      ["About it", "tsv help conf supervisord history"],
    ],
  }));
}

/** @returns seconds since 1970 */
function timeOf(text: string, now: number, offset: OffsetMinutes): Result<number, string> {
  const time = parseAskedTime(text, now, offset);
  return time.ok ? ok(Math.max(0, time.value) / 1000) : time;
}

function readCharts(answer: XmlRpcValue): readonly Chart[] {
  return listOf(answer)
    .filter(isStruct)
    .map((row) => ({
      ...{ group: textOf(row["group"]), name: textOf(row["name"]) },
      ...{ from: doubleOf(row["from"]), step: numberOf(row["step"]) },
      cpu: valuesOf(row["cpu"]),
      cpuMax: valuesOf(row["cpu_max"]),
      memoryMax: valuesOf(row["memory_max"]),
      runs: decodeRuns(row["runs"]),
      events: listOf(row["events"]),
    }));
}

function valuesOf(value: XmlRpcValue | undefined): readonly (number | null)[] {
  return listOf(value).map((each) => {
    const number = doubleOf(each, -1);
    return number < 0 ? null : number;
  });
}

function listOf(value: XmlRpcValue | undefined): readonly XmlRpcValue[] {
  return Array.isArray(value) ? value : [];
}

function itemOf(chart: Chart, request: HistoryRequest): Item {
  const { events, ...others } = chart;
  const data = {
    ...others,
    runs: chart.runs.map(({ start, end, ending, exitStatus, signal, expected, reason }) => {
      return { start, end, ending, exitStatus, signal, expected, reason };
    }),
    events: events.filter(isStruct).map((event) => ({
      ...Object.fromEntries(Object.entries(event).map(([key, value]) => [key, plain(value)])),
      at: Math.round(doubleOf(event["at_ms"])) / 1000,
    })),
  };
  return { line: linesOf(chart, request).join("\n"), data };
}

function plain(value: XmlRpcValue): string | number {
  return typeof value === "string" ? value : doubleOf(value);
}

function linesOf(chart: Chart, { offset, signs }: HistoryRequest): readonly string[] {
  const { group, name, from, step, cpu, cpuMax, memoryMax, runs } = chart;
  const title = displayName(group, name);
  const shown = runs.slice(-MOST_RUNS).map((run) => runLine(run, offset));
  const more = runs.length > MOST_RUNS ? [`  ${runs.length - MOST_RUNS} runs ended before`] : [];
  if (!memoryMax.some((value) => value !== null)) {
    return [`${title}: not measured in this time`, ...more, ...shown];
  }
  const mean = meanOf(cpu);
  const lastBytes = memoryMax.findLast((value) => value !== null) ?? 0;
  const texts = {
    cpu: `${mean === null ? "-" : formatPercent(mean)}, most ${formatPercent(mostOf(cpuMax))}`,
    memory: `${formatBytes(lastBytes)}, most ${formatBytes(mostOf(memoryMax))}`,
  };
  return [
    `${title}: from ${timeText(from * 1000, offset)}, each sign ${stepText(step)}`,
    `  cpu ${sparkline(cpuMax, signs)} ${texts.cpu}`,
    `  mem ${sparkline(memoryMax, signs)} ${texts.memory}`,
    ...more,
    ...shown,
  ];
}

function runLine(run: ProgramRun, offset: OffsetMinutes): string {
  const reason = run.reason === "" ? "" : `: ${run.reason}`;
  const what = run.ending === "stopped" ? `stopped, ${exitText(run)}` : exitText(run);
  return `  ${timeText(run.end * 1000, offset)} ${what}${reason}`;
}

function timeText(at: number, offset: OffsetMinutes): string {
  const time = localTime(at, offset(at));
  return `${dateText(time)} ${clockText(time)}`;
}

function stepText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** A sign for each value, from nothing to the largest, which is taken to be at least `least`; a gap is a blank. Pure. */
export function sparkline(values: readonly (number | null)[], signs: string, least = 0): string {
  const most = Math.max(least, mostOf(values));
  return values
    .map((value) => {
      if (value === null) return " ";
      const level = most === 0 ? 0 : Math.round((value / most) * (signs.length - 1));
      return signs[level] ?? " ";
    })
    .join("");
}

function mostOf(values: readonly (number | null)[]): number {
  return values.reduce((most: number, value) => Math.max(most, value ?? 0), 0);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The signs of a locale. @param env of this process */
export function signsOf(env: Readonly<Record<string, string | undefined>>): string {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value) ?? "";
  // Without one, as in many containers, terminals are of UTF-8 all the same.
  return locale === "" || /utf-?8/i.test(locale) ? BLOCKS : ASCII;
}
