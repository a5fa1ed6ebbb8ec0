// status: one line for each process. On a terminal and in JSON, `tsv status` is in own-status.ts.

import { displayName, type ProcessKey, parseNamespec, processKey } from "../../core/base/ids.ts";
import { codePointLength, displayWidth, padRight } from "../../core/base/printable.ts";
import { ok } from "../../core/base/result.ts";
import { PROCESS_STATE_CODES } from "../../core/process/model.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type ProcessRow, readProcessRows } from "../answers.ts";
import { type CallResult, faultOf, type MethodCall, methodCall } from "../client.ts";
import { type Command, type CommandContext, EXIT, expectValue } from "../context.ts";
import type { Item, Tone } from "../report.ts";

export const status: Command = {
  name: "status",
  usage: [
    ["status", "Show every process: name, state and description"],
    ["status <name> [...]", "Show these processes only"],
    ["status <group>:*", "Show the processes of a group"],
  ],
  run: async (context, names) => {
    const asked = await askStatus(context, names);
    if (asked !== null) context.report.items([...asked.errors, ...asked.items]);
  },
};

/** Two methods that tell the same: of all programs, and of one; null for a method that only tells it of all. */
export type StatusQuestion = readonly [ofAll: string, ofOne: string | null];

const INFO: StatusQuestion = ["supervisor.getAllProcessInfo", "supervisor.getProcessInfo"];

/**
 * Asks for the programs of these names, and sets the exit status.
 * @param extras what else is asked
 * @returns what is to be reported; null if there is no answer, which is reported
 */
export async function askStatus(
  context: CommandContext,
  names: readonly string[],
  ...extras: readonly StatusQuestion[]
) {
  const questions = [INFO, ...extras];
  const named = await ask(context, keysOf(names), questions);
  const answers = named === "bad-name" ? await ask(context, [], questions) : named;
  if (answers === null || answers === "bad-name") {
    context.exitStatus = EXIT.STATUS_UNKNOWN;
    return null;
  }
  const [answer, ...others] = answers;
  // Scripts that read a pipe expect the columns where Supervisor has them; people expect columns that line up.
  const measure = context.terminal.stdoutIsTty ? displayWidth : codePointLength;
  const rows = readProcessRows(answer === undefined ? [] : expectValue(answer));
  const report = statusReport(rows, names, measure);
  context.unknownNames.push(...report.unknown);
  context.exitStatus = report.exitStatus;
  const values = others.map((other): XmlRpcValue => (other.ok ? other.value : []));
  return { ...report, extras: values };
}

/** For more names than these, one answer about all programs costs less. */
const MOST_KEYS = 16;

/** The processes of these names, each once; none if they are to be found among all: in a group, or because they are many. */
function keysOf(names: readonly string[]): readonly ProcessKey[] {
  const keys = names.map((name) => {
    const { group, process } = parseNamespec(name);
    return process === null || name === "all" ? null : processKey(group, process);
  });
  const found = new Set(keys.filter((key) => key !== null));
  return keys.includes(null) || found.size > MOST_KEYS ? [] : [...found];
}

/**
 * Asks for processes. A daemon may have a thousand of them: it is asked for those that are named.
 * @param keys none for all processes
 * @returns for each question a list; "bad-name" for a process that there is not; null if there is no answer, which is reported
 */
async function ask(
  context: CommandContext,
  keys: readonly ProcessKey[],
  questions: readonly StatusQuestion[],
): Promise<readonly CallResult[] | "bad-name" | null> {
  const batches = questions.map(([ofAll, ofOne]) => {
    const isEach = ofOne !== null && keys.length > 0;
    return isEach ? keys.map((key) => methodCall(ofOne, key)) : [methodCall(ofAll)];
  });
  const results = [...((await context.query(...batches.flat())) ?? [])];
  if (results.length === 0) return null;
  if (results.some((result) => faultOf(result) === "BAD_NAME")) return "bad-name";
  return batches.map((batch) => listOf(batch, results.splice(0, batch.length)));
}

/** What calls for one process each have brought, as the call for all would. */
function listOf(calls: readonly MethodCall[], results: readonly CallResult[]): CallResult {
  const values: XmlRpcValue[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return calls.some(({ params }) => params.length > 0) ? ok(values) : (results[0] ?? ok([]));
}

/** The lines for these names, and the exit status. Pure. */
export function statusReport(
  processes: readonly ProcessRow[],
  names: readonly string[],
  measure: (text: string) => number = codePointLength,
) {
  const errors: Item[] = [];
  const unknown: string[] = [];
  const shown: ProcessRow[] = [];
  if (names.length === 0 || names.includes("all")) shown.push(...processes);
  else {
    for (const name of names) {
      const { group, process } = parseNamespec(name);
      const matching = processes.filter(
        (row) => row.group === group && (process === null || row.name === process),
      );
      if (matching.length === 0) {
        errors.push(noSuch(name, group, process));
        unknown.push(name);
      }
      shown.push(...matching);
    }
  }
  const widths = shown.map((row) => measure(nameOf(row)));
  const width = Math.max(MIN_NAME_WIDTH, ...widths) + NAME_GAP;
  const paddedName = (row: ProcessRow): string => padRight(nameOf(row), width, measure);
  const items = shown.map((row) => statusItem(row, paddedName(row)));
  const isDown = shown.some((row) => DOWN_STATES.includes(row.state));
  const otherStatus = errors.length > 0 ? EXIT.STATUS_UNKNOWN : EXIT.OK;
  const exitStatus = isDown ? EXIT.STATUS_DOWN : otherStatus;
  return {
    /** The programs that the daemon was asked for: those that were named, or all. */
    rows: processes,
    ...{ shown, items, exitStatus },
    /** Of names that do not exist. */
    ...{ errors, unknown },
  };
}

const MIN_NAME_WIDTH = 30;
const NAME_GAP = 3;
const STATE_WIDTH = 10;

const DOWN_STATES: readonly number[] = [
  PROCESS_STATE_CODES.STOPPED,
  PROCESS_STATE_CODES.EXITED,
  PROCESS_STATE_CODES.FATAL,
  PROCESS_STATE_CODES.UNKNOWN,
];

/** The colours of states. */
export const TONES: Readonly<Record<string, Tone>> = {
  RUNNING: "good",
  STARTING: "busy",
  STOPPING: "busy",
  BACKOFF: "busy",
  FATAL: "bad",
  UNKNOWN: "bad",
};

function nameOf(row: ProcessRow): string {
  return displayName(row.group, row.name);
}

/** The data of a process. */
export function statusData(row: ProcessRow): Item["data"] {
  return {
    group: row.group,
    name: row.name,
    state: row.stateName,
    stateCode: row.state,
    description: row.description,
    pid: row.pid,
    start: row.start,
    stop: row.stop,
    now: row.now,
    exitStatus: row.exitStatus,
    spawnErr: row.spawnErr,
  };
}

function statusItem(row: ProcessRow, name: string): Item {
  const line = name + row.stateName.padEnd(STATE_WIDTH) + row.description;
  const tone = TONES[row.stateName];
  const mark = { from: name.length, to: name.length + row.stateName.length };
  return {
    line,
    data: statusData(row),
    ...(tone === undefined ? {} : { mark: { ...mark, tone } }),
  };
}

function noSuch(name: string, group: string, process: string | null): Item {
  const [shown, what] = process === null ? [group, "no such group"] : [name, "no such process"];
  const line = `${shown}: ERROR (${what})`;
  return {
    line,
    data: { group, name: process, ok: false, error: what },
    mark: { from: shown.length + 2, to: line.length, tone: "bad" },
  };
}
