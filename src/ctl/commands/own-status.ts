// status under tsv's own name, for a person at a terminal and for programs: with restarts and last exits, because a program that
// is started again and again looks healthy in a list of states.

import { displayName } from "../../core/base/ids.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { displayWidth, padRight, wrapWords } from "../../core/base/printable.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import type { RunEnding } from "../../core/process/runs.ts";
import { formatBytes, formatPercent } from "../../core/usage/program-usage.ts";
import { readReached, readScale } from "../../core/why/program-history.ts";
import {
  agoText,
  exitText,
  isRestless,
  restartsOf,
  shortExitText,
  untilText,
} from "../../core/why/restarts.ts";
import {
  isStruct,
  numberOf,
  textOf,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../../core/xmlrpc/value.ts";
import { doubleOf, type ProcessRow } from "../answers.ts";
import { type CommandContext, EXIT } from "../context.ts";
import type { Hint, Item } from "../report.ts";
import { askStatus, type StatusQuestion, statusData, TONES } from "./status.ts";

const NAME_GAP = 2;
const STATE_WIDTH = 10;
const LEAST_NAME = 10;
/** Of the line, for names where it is narrow. */
const NAME_SHARE = 0.45;
/** For a description beside name and state. */
const LEAST_ROOM = 24;
const SMALL_INDENT = 4;
const MOST_WHY = 3;
/** The methods that report them. */
export const RUNS: StatusQuestion = ["tsv.getAllProcessRuns", "tsv.getProcessRuns"];
export const USAGE: StatusQuestion = ["tsv.getAllProcessUsage", null];

/** Shows the programs of these names, or all. @param isFailed only those that need attention */
export async function runOwnStatus(
  context: CommandContext,
  names: readonly string[],
  isFailed: boolean,
): Promise<void> {
  const asked = await askOwnStatus(context, names, isFailed);
  if (asked === null) return;
  const { rows, shown, errors, known } = asked;
  const columns = context.terminal.size()?.columns ?? null;
  context.report.items([...errors, ...statusItems(shown, known, columns)]);
  if (rows.length === 0) await context.hint(async ({ daemon }) => emptyHint(daemon));
  else {
    await context.hint(async ({ daemon }) => lostHint(shown, known, daemon));
    if (!context.report.isData)
      await context.hint(async ({ config }) => whyHint(shown, known, config));
  }
}

/**
 * Asks for the programs of these names as `askStatus` does, with what only a tsv daemon reports.
 * @param isFailed only those that need attention are shown, and the exit status says whether there are any
 */
export async function askOwnStatus(
  context: CommandContext,
  names: readonly string[],
  isFailed: boolean,
  ...more: readonly StatusQuestion[]
) {
  const asked = await askStatus(context, names, RUNS, USAGE, ...more);
  if (asked === null) return null;
  const [runs = [], usages = [], ...extras] = asked.extras;
  const known: Known = { runs: readRuns(runs), usages: readUsages(usages) };
  if (!isFailed) return { ...asked, known, extras };
  const shown = asked.shown.filter((row) =>
    needsAttention(row, known.runs.get(`${row.group}:${row.name}`) ?? null),
  );
  const otherStatus = asked.errors.length > 0 ? EXIT.STATUS_UNKNOWN : EXIT.OK;
  context.exitStatus = shown.length > 0 ? EXIT.STATUS_DOWN : otherStatus;
  if (shown.length === 0 && asked.errors.length === 0 && context.terminal.stdoutIsTty)
    context.report.notice("no program needs attention");
  return { ...asked, shown, known, extras };
}

/** From a daemon that does not report them. */
const NO_RUNS: Runs = {
  ...{ total: 0, last: null, logError: null, isOneshot: false, isDisabled: false },
  scaled: null,
  ...{ health: null, schedule: null, awaits: null },
};

/** What only a tsv daemon reports, by `group:name`; empty from a Supervisor. */
export interface Known {
  readonly runs: ReadonlyMap<string, Runs>;
  readonly usages: Usages;
}

/** CPU and memory by `group:name`. */
export type Usages = ReturnType<typeof readUsages>;

/**
 * The lines and their data. Pure.
 * @param columns of the terminal; null without one
 * @param least columns of names, where other lines are to line up
 */
export function statusItems(
  rows: readonly ProcessRow[],
  known: Known,
  columns: number | null,
  least = LEAST_NAME,
): readonly Item[] {
  const names = rows.map((row) => displayName(row.group, row.name));
  const longest = Math.max(least, ...names.map((name) => displayWidth(name)));
  const most = columns === null ? longest : Math.max(LEAST_NAME, Math.floor(columns * NAME_SHARE));
  const width = Math.min(longest, most);
  const usageWidth = widthForUsage(width, known.usages, columns);
  return rows.map((row, index) => {
    const key = `${row.group}:${row.name}`;
    const runs = known.runs.get(key) ?? null;
    const name = padRight(shortened(names[index] ?? "", width), width + NAME_GAP, displayWidth);
    const usage = known.usages.get(key) ?? null;
    const figures = usageWidth === 0 ? "" : usageText(usage).padEnd(usageWidth);
    const head = name + row.stateName.padEnd(STATE_WIDTH) + figures;
    const text = described(head, descriptionOf(row, runs), columns);
    const line = withRuns(text, row, runs, columns, displayWidth(head));
    const tone =
      row.stateName === "RUNNING" && runs !== null && needsLook(row, runs)
        ? "busy"
        : TONES[row.stateName];
    const mark = { from: name.length, to: name.length + row.stateName.length };
    return {
      line,
      data: {
        ...statusData(row),
        restarts: runs === null ? null : restartsIn(row, runs),
        lastExit: runs?.last ?? null,
        logError: runs?.logError ?? null,
        health: runs?.health ?? null,
        schedule: runs?.schedule ?? null,
        awaits: runs?.awaits ?? null,
        disabled: runs?.isDisabled ?? null,
        scaled: runs?.scaled ? { ...runs.scaled } : null,
        cpuPercent: usage === null || usage.cpuPercent < 0 ? null : usage.cpuPercent,
        memoryBytes: usage?.memoryBytes ?? null,
      },
      ...(tone === undefined ? {} : { mark: { ...mark, tone } }),
    };
  });
}

const CPU_WIDTH = 6;
const MEMORY_WIDTH = 7;
const USAGE_WIDTH = CPU_WIDTH + 1 + MEMORY_WIDTH + NAME_GAP;
/** Of a description as most programs have it: "pid 123456, uptime 0:00:12". */
const USUAL_DESCRIPTION = 26;

/** CPU and memory have columns where they leave room for usual descriptions. */
function widthForUsage(nameWidth: number, usages: Usages, columns: number | null): number {
  const rest = nameWidth + NAME_GAP + STATE_WIDTH + USUAL_DESCRIPTION;
  const hasRoom = columns !== null && rest + USAGE_WIDTH <= columns;
  return hasRoom && usages.size > 0 ? USAGE_WIDTH : 0;
}

function usageText(usage: Usage | null): string {
  if (usage === null) return "";
  const { cpuPercent, memoryBytes } = usage;
  const cpu = cpuPercent < 0 ? "" : formatPercent(cpuPercent);
  const memory = memoryBytes < 0 ? "" : formatBytes(memoryBytes);
  return `${cpu.padStart(CPU_WIDTH)} ${memory.padStart(MEMORY_WIDTH)}`;
}

/** Of the daemon, and how many processes an operator has made of those in the file. */
function descriptionOf(row: ProcessRow, runs: Runs | null): string {
  const scale = runs?.scaled ?? null;
  const scaled = scale === null ? "" : `scaled from ${scale.filed} to ${scale.to}`;
  return [timedDescription(row, runs), scaled].filter((text) => text !== "").join(", ");
}

/** The daemon's description has the next run to the minute, in the form of Supervisor's times. */
function timedDescription({ description, now }: ProcessRow, runs: Runs | null): string {
  const next = runs?.schedule?.next ?? null;
  if (next === null) return description;
  return description.replace(/\b(next(?: run)?) [A-Z][a-z]{2} \d.*$/, (_, words: string) => {
    return `${words} ${untilText((next - now) * 1000)}`;
  });
}

/** Whether a user should look at it: it has failed, does not stay up, is unhealthy, or its output is lost. */
export function needsAttention(row: ProcessRow, runs: Runs | null): boolean {
  if (["FATAL", "BACKOFF", "UNKNOWN"].includes(row.stateName)) return true;
  if (runs === null) return row.stateName === "EXITED" && row.exitStatus !== 0;
  if (runs.logError !== null || needsLook(row, runs)) return true;
  return row.stateName === "EXITED" && runs.last?.expected !== true && !runs.isDisabled;
}

/** Whether it is unhealthy, or does not stay up. */
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
  // Without room beside the state, all of it is below.
  const first = at === indent ? head : `${head.trimEnd()}\n${" ".repeat(at)}`;
  return first + lines.join(`\n${" ".repeat(at)}`);
}

/**
 * Adds restarts and the last exit, as far as they fit; of a program that does not stay up, below its description.
 * @param indent of a description
 */
function withRuns(
  text: string,
  row: ProcessRow,
  runs: Runs | null,
  columns: number | null,
  indent: number,
): string {
  const after = runs === null ? [] : runsText(row, runs);
  const bare = after.map((more) => more.replace(/^, /, ""));
  const texts = descriptionOf(row, runs) === "" ? bare : after;
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  const fits = (before: number, more: string): boolean =>
    columns === null || before + displayWidth(more) <= columns;
  const found = texts.find((more) => fits(displayWidth(lastLine), more));
  const [whole = ""] = bare;
  const isCut = found !== texts[0] && runs !== null && needsLook(row, runs);
  if (isCut && fits(indent, whole)) return `${text}\n${" ".repeat(indent)}${whole}`;
  return text + (found ?? "");
}

/** Cuts the middle: names differ at both ends. */
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
  const explained = rows.filter((row) => {
    const own = runs.get(`${row.group}:${row.name}`) ?? NO_RUNS;
    return ["FATAL", "BACKOFF"].includes(row.stateName) || needsLook(row, own);
  });
  if (explained.length === 0) return null;
  const steps = explained.slice(0, MOST_WHY).map(({ group, name }): Step => {
    return ["Find out why", `tsv why ${shellWord(displayName(group, name))}${config}`];
  });
  const what = explained.length === 1 ? "1 program" : `${explained.length} programs`;
  return { text: `${what} failed or restarted recently`, steps };
}

/** How often a program ended and how last, as a tsv daemon reports it. */
export type Runs = ReturnType<typeof runsOf>;

/** Reads runs by `group:name`; empty for an answer of another shape. */
export function readRuns(value: XmlRpcValue): ReadonlyMap<string, Runs> {
  return byName(value, runsOf);
}

/** What a daemon does not report is null, as what there is not. */
function runsOf(struct: XmlRpcStruct) {
  const ending = textOf(struct["ending"]) as RunEnding | "";
  const status = numberOf(struct["exitstatus"]);
  const signal = numberOf(struct["signal"]);
  const last = {
    ...{ ending, end: numberOf(struct["end"]) },
    exitStatus: status < 0 ? null : status,
    signal: signal === 0 ? null : signal,
    expected: struct["expected"] === true,
    reason: textOf(struct["reason"]),
    reached: readReached(struct),
  };
  const errno = textOf(struct["log_error"]);
  const lost = {
    errno,
    path: textOf(struct["log_path"]),
    lost: Number(textOf(struct["log_lost"])),
  };
  const state = textOf(struct["health"]);
  const { health_said: said, health_failures: failures } = struct;
  const text = textOf(struct["schedule"]);
  const schedule = {
    text,
    /** The next run, seconds since 1970; null for none. */
    next: numberOf(struct["schedule_next"]) || null,
    suspended: struct["schedule_suspended"] === true,
    queued: struct["schedule_queued"] === true,
  };
  return {
    total: numberOf(struct["total"]),
    last: ending === "" ? null : last,
    /** Why its output is dropped; null while it is written. */
    logError: errno === "" ? null : lost,
    /** An exit is its success. */
    isOneshot: struct["oneshot"] === true,
    /** Only a request starts it. */
    isDisabled: struct["disabled"] === true,
    /** null if the number of its processes is that of its file. */
    scaled: readScale(struct),
    health: state === "" ? null : { state, said: textOf(said), failures: numberOf(failures) },
    schedule: text === "" ? null : schedule,
    /** What starts it with start_on; null while that does not. */
    awaits: textOf(struct["awaits"]) || null,
  };
}

/** -1 for what the daemon does not report. */
type Usage = ReturnType<typeof usageOf>;

function usageOf(struct: XmlRpcStruct) {
  return {
    pid: numberOf(struct["pid"]),
    cpuPercent: doubleOf(struct["cpu_percent"], -1),
    cpuSeconds: doubleOf(struct["cpu_seconds"], -1),
    memoryBytes: doubleOf(struct["memory_bytes"], -1),
  };
}

/** Reads CPU and memory by `group:name`. */
export function readUsages(value: XmlRpcValue) {
  return byName(value, usageOf);
}

function byName<T>(value: XmlRpcValue, read: (struct: XmlRpcStruct) => T): ReadonlyMap<string, T> {
  const rows = Array.isArray(value) ? (value as readonly XmlRpcValue[]) : [];
  return new Map(
    rows.flatMap((row) =>
      isStruct(row) ? [[`${textOf(row["group"])}:${textOf(row["name"])}`, read(row)] as const] : [],
    ),
  );
}

/** The number of restarts: runs of a schedule are no restarts. */
export function restartsIn({ stateName }: ProcessRow, runs: Runs): number {
  return runs.schedule === null ? restartsOf(stateName, runs.total) : 0;
}

/** `, 23 restarts, last exit 2, 3s ago` and shorter forms, best first; none for a program that was not restarted. */
function runsText(row: ProcessRow, runs: Runs): readonly string[] {
  const { last } = runs;
  const count = restartsIn(row, runs);
  if (last === null || last.ending === "stopped") return [];
  const restarts = `, ${count} ${count === 1 ? "restart" : "restarts"}`;
  if (row.stateName === "EXITED") {
    const exit = ` (${exitText(last)})`;
    return count === 0 ? [exit] : [exit + restarts, exit];
  }
  if (count === 0) return [];
  // Short: 80 columns with the name, the state and the uptime.
  const exit = shortExitText(last);
  return [`${restarts}, last ${exit}, ${agoText(row.now - last.end)}`, restarts];
}
