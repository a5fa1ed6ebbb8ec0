// status under tsv's own name, for a person at a terminal and for programs: with restarts and last exits, since a program that
// is started again and again looks healthy in a list of states.

import { displayName } from "../../core/base/ids.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { displayWidth, padRight, wrapWords } from "../../core/base/printable.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { isRestless } from "../../core/why/restarts.ts";
import { type ProcessRow, readProcessRows } from "../answers.ts";
import type { CallResult } from "../client.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import type { Hint, Item } from "../report.ts";
import { type Runs, readRuns, readUsages, restartsIn, runsText } from "../runs.ts";
import { statusData, statusReport, toneOf } from "../status-report.ts";

const NAME_GAP = 2;
const STATE_WIDTH = 10;
const LEAST_NAME = 10;
/** Of the line, for names where it is narrow. */
const NAME_SHARE = 0.45;
/** For a description beside name and state. */
const LEAST_ROOM = 24;
const SMALL_INDENT = 4;
const MOST_WHY = 3;
const RUNS = "tsv.getAllProcessRuns";
const USAGE = "tsv.getAllProcessUsage";

/** Shows the programs of these names, or all. */
export async function runOwnStatus(
  context: CommandContext,
  names: readonly string[],
): Promise<void> {
  const extras = context.report.isData ? [RUNS, USAGE] : [RUNS];
  const answer = await context.queryWith("supervisor.getAllProcessInfo", extras);
  if (answer === null) {
    context.exitStatus = EXIT.STATUS_UNKNOWN;
    return;
  }
  const rows = readProcessRows(expectValue(answer.result));
  const { shown, errors, exitStatus, unknown } = statusReport(rows, names);
  const [runs, usages] = answer.extras;
  const known: Known = { runs: readRuns(answered(runs)), usages: readUsages(answered(usages)) };
  const columns = context.terminal.size()?.columns ?? null;
  context.report.items([...errors, ...statusItems(shown, known, columns)]);
  context.unknownNames.push(...unknown);
  context.exitStatus = exitStatus;
  if (rows.length === 0) await context.hint(async ({ daemon }) => emptyHint(daemon));
  else {
    await context.hint(async ({ daemon }) => lostHint(shown, known, daemon));
    if (!context.report.isData)
      await context.hint(async ({ config }) => whyHint(shown, known, config));
  }
}

/** Of a daemon that does not tell. */
const NO_RUNS: Runs = {
  ...{ total: 0, last: null, logError: null, isOneshot: false },
  ...{ health: null, schedule: null },
};

function answered(answer: CallResult | undefined) {
  return answer?.ok === true ? answer.value : [];
}

/** What a tsv knows besides; empty of a Supervisor. */
interface Known {
  readonly runs: ReadonlyMap<string, Runs>;
  readonly usages: ReadonlyMap<
    string,
    { readonly cpuPercent: number; readonly memoryBytes: number }
  >;
}

/** The lines and their data. @param columns of the terminal; null without one. Pure. */
export function statusItems(
  rows: readonly ProcessRow[],
  known: Known,
  columns: number | null,
): readonly Item[] {
  const names = rows.map((row) => displayName(row.group, row.name));
  const longest = Math.max(LEAST_NAME, ...names.map((name) => displayWidth(name)));
  const most = columns === null ? longest : Math.max(LEAST_NAME, Math.floor(columns * NAME_SHARE));
  const width = Math.min(longest, most);
  return rows.map((row, index) => {
    const key = `${row.group}:${row.name}`;
    const runs = known.runs.get(key) ?? null;
    const name = padRight(shortened(names[index] ?? "", width), width + NAME_GAP, displayWidth);
    const text = described(name + row.stateName.padEnd(STATE_WIDTH), row.description, columns);
    const line = withRuns(text, row, runs, columns);
    const tone =
      row.stateName === "RUNNING" && runs !== null && needsLook(row, runs)
        ? "busy"
        : toneOf(row.stateName);
    const mark = { from: name.length, to: name.length + row.stateName.length };
    const usage = known.usages.get(key) ?? null;
    return {
      line,
      data: {
        ...statusData(row),
        restarts: runs === null ? null : restartsIn(row, runs),
        lastExit: runs === null ? null : runs.last,
        logError: runs === null ? null : runs.logError,
        health: runs === null ? null : runs.health,
        schedule: runs === null ? null : runs.schedule,
        cpuPercent: usage === null || usage.cpuPercent < 0 ? null : usage.cpuPercent,
        memoryBytes: usage?.memoryBytes ?? null,
      },
      ...(tone === undefined ? {} : { mark: { ...mark, tone } }),
    };
  });
}

/** It is unhealthy, or does not stay up. */
function needsLook({ stateName, now }: ProcessRow, runs: Runs): boolean {
  if (runs.health?.state === "unhealthy") return true;
  return runs.schedule === null && isRestless(stateName, now, runs);
}

/** A description that does not fit continues below its beginning. */
function described(head: string, description: string, columns: number | null): string {
  const indent = displayWidth(head);
  if (columns === null || indent + displayWidth(description) <= columns) return head + description;
  const room = columns - indent;
  const [at, width] = room < LEAST_ROOM ? [SMALL_INDENT, columns - SMALL_INDENT] : [indent, room];
  const lines = wrapWords(description, width);
  // Where there is no room beside the state, all of it is below.
  const first = at === indent ? head : `${head.trimEnd()}\n${" ".repeat(at)}`;
  return first + lines.join(`\n${" ".repeat(at)}`);
}

/** What follows the description, as far as it fits. */
function withRuns(
  text: string,
  row: ProcessRow,
  runs: Runs | null,
  columns: number | null,
): string {
  const after = runs === null ? [] : runsText(row, runs);
  const texts = row.description === "" ? after.map((more) => more.replace(/^, /, "")) : after;
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  const found = texts.find(
    (more) => columns === null || displayWidth(lastLine) + displayWidth(more) <= columns,
  );
  return text + (found ?? "");
}

/** The middle goes: names differ at both ends. */
export function shortened(name: string, width: number): string {
  if (displayWidth(name) <= width) return name;
  const characters = [...name];
  for (let kept = characters.length - 1; kept > 0; kept -= 1) {
    const head = characters.slice(0, Math.ceil(kept / 2)).join("");
    const tail = characters.slice(characters.length - Math.floor(kept / 2)).join("");
    const text = `${head}~${tail}`;
    if (displayWidth(text) <= width) return text;
  }
  return "~";
}

function emptyHint(daemon: string): Hint {
  const steps: readonly Step[] = [
    ["Add a [program:NAME] section to its configuration, then", `tsv update${daemon}`],
  ];
  return { text: "the daemon has no programs", steps };
}

/** Programs whose output is dropped look healthy in a list of states. */
function lostHint(rows: readonly ProcessRow[], { runs }: Known, daemon: string): Hint | null {
  const lost = rows.flatMap(({ group, name }) => {
    const error = runs.get(`${group}:${name}`)?.logError ?? null;
    return error === null ? [] : [{ name: displayName(group, name), ...error }];
  });
  const [first] = lost;
  if (first === undefined) return null;
  const more = lost.length === 1 ? "" : `, and of ${lost.length - 1} more`;
  const text = `the output of ${first.name}${more} is lost: ${first.errno} on ${first.path}`;
  return { text, steps: [["Find out why", `tsv doctor logs${daemon}`]] };
}

/** `tsv why` explains programs that failed, or that ended by themselves a short time ago. */
function whyHint(rows: readonly ProcessRow[], { runs }: Known, config: string): Hint | null {
  const telling = rows.filter((row) => {
    const own = runs.get(`${row.group}:${row.name}`) ?? NO_RUNS;
    return ["FATAL", "BACKOFF"].includes(row.stateName) || needsLook(row, own);
  });
  if (telling.length === 0) return null;
  const steps = telling.slice(0, MOST_WHY).map(({ group, name }): Step => {
    return ["Find out why", `tsv why ${shellWord(displayName(group, name))}${config}`];
  });
  const what = telling.length === 1 ? "1 program" : `${telling.length} programs`;
  return { text: `${what} failed or restarted recently`, steps };
}
