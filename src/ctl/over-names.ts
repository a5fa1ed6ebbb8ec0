// start, stop and signal act on names: `all`, `group:*`, `name`. As supervisorctl one after the other, and each result is
// reported as it comes, because a start may take long. Under tsv's own name at the same time: one that takes long delays no other.

import { displayName, parseNamespec } from "../core/base/ids.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import { type ResultRow, readResultRows } from "./answers.ts";
import { type CallResult, type CtlClient, faultOf } from "./client.ts";
import { type CommandContext, expectValue } from "./context.ts";
import { showProgress } from "./progress.ts";
import { type ResultWords, reportNoGroup, reportRow, rowOf } from "./results.ts";

/** An action on processes. */
interface ProcessAction {
  /** Of `supervisor.startProcess`, `startProcessGroup` and `startAllProcesses`. */
  readonly verb: "start" | "stop" | "signal";
  /** Parameters after the name. */
  readonly params?: readonly XmlRpcValue[];
  readonly words: ResultWords;
  /** Exit status for a group that does not exist. */
  readonly noGroupStatus: number;
}

/** Calls at once; the daemon accepts more. */
const MOST_AT_ONCE = 32;
const MOST_FAILED_NAMES = 5;

/** Acts on all names, and reports the results in the order of the names. @returns the results */
export async function overNames(
  context: CommandContext,
  names: readonly string[],
  action: ProcessAction,
): Promise<readonly ResultRow[]> {
  const asked = names.includes("all") ? ["all"] : names;
  const rows: ResultRow[] = [];
  if (!context.isOwn) {
    for (const name of asked) {
      rows.push(...report(context, name, await call(context.client, name, action), action));
    }
    return rows;
  }
  const progress = showProgress(context);
  try {
    await callAll(context, asked, action, (name, result) => {
      progress.clear();
      rows.push(...report(context, name, result, action));
    });
  } finally {
    progress.end();
  }
  // One result needs no total; none at all would leave the user without an answer.
  const needsTotal = names.includes("all") ? rows.length !== 1 : rows.length > 1;
  if (isShown(context) && needsTotal) context.report.notice(totalText(action.words, rows));
  return rows;
}

/** People see the results, as soon as they are known. */
function isShown({ terminal, report }: CommandContext): boolean {
  return terminal.stdoutIsTty && !report.isData;
}

function call(
  client: CtlClient,
  name: string,
  { verb, params = [] }: ProcessAction,
): Promise<CallResult> {
  if (name === "all") return client.call(`supervisor.${verb}AllProcesses`, params);
  const { group, process } = parseNamespec(name);
  return process === null
    ? client.call(`supervisor.${verb}ProcessGroup`, [group, ...params])
    : client.call(`supervisor.${verb}Process`, [name, ...params]);
}

/** Calls with several connections. On a terminal results are reported as they come, else in the order of the names. */
async function callAll(
  context: CommandContext,
  names: readonly string[],
  action: ProcessAction,
  onResult: (name: string, result: CallResult) => void,
): Promise<void> {
  const isAnyOrder = isShown(context);
  const held = new Map<number, CallResult>();
  let next = 0;
  const queue = names.entries();
  const work = async (): Promise<void> => {
    const { client } = context.fork();
    for (const [index, name] of queue) {
      const result = await call(client, name, action);
      if (isAnyOrder) onResult(name, result);
      else held.set(index, result);
      for (let due = held.get(next); due !== undefined; due = held.get(next)) {
        onResult(names[next] ?? "", due);
        next += 1;
      }
    }
    client.close();
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, names.length) }, work));
}

/** Reports what a call brought. @returns its results */
function report(
  context: CommandContext,
  name: string,
  result: CallResult,
  { words, noGroupStatus }: ProcessAction,
): readonly ResultRow[] {
  const spec = parseNamespec(name);
  if (name !== "all" && spec.process === null && faultOf(result) === "BAD_NAME") {
    reportNoGroup(context, spec.group, noGroupStatus);
    return [{ group: spec.group, name: "*", status: FAULT_CODES.BAD_NAME, description: "" }];
  }
  const isMany = name === "all" || spec.process === null;
  const rows = isMany ? readResultRows(expectValue(result)) : [rowOf(spec, result)];
  for (const row of rows) reportRow(context, words, row);
  return rows;
}

/** "199 started, 1 already started, 1 failed: bad". Pure. */
function totalText({ success, ignored, faults }: ResultWords, rows: readonly ResultRow[]): string {
  const unneeded = ignored === undefined ? null : FAULT_CODES[ignored];
  const done = rows.filter(({ status }) => status === FAULT_CODES.SUCCESS).length;
  const already = rows.filter(({ status }) => status === unneeded).length;
  const failed = rows
    .filter(({ status }) => status !== FAULT_CODES.SUCCESS && status !== unneeded)
    .map(({ group, name }) => displayName(group, name));
  const rest = failed.length > MOST_FAILED_NAMES ? ", ..." : "";
  const names = failed.slice(0, MOST_FAILED_NAMES).join(", ");
  const parts = [
    done > 0 || already + failed.length === 0 ? `${done} ${success}` : "",
    already > 0 && ignored !== undefined ? `${already} ${faults[ignored]}` : "",
    failed.length > 0 ? `${failed.length} failed: ${names}${rest}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
