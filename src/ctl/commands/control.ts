// start, stop, restart and signal: act on names, which are `all`, `group:*` or `name`, and wait for the results. As supervisorctl one
// after the other, and each result is reported as it comes, because a start may take long. Under tsv's own name at the same time: one
// that takes long delays no other.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { messages } from "../../core/process/messages.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { isStruct, numberOf, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type ResultRow, readResultRows } from "../answers.ts";
import { type CallResult, type CtlClient, faultOf, methodCall } from "../client.ts";
import { type Command, type CommandContext, EXIT, expectValue } from "../context.ts";
import { showProgress } from "../progress.ts";
import { type ResultWords, reportNoGroup, reportRow, rowOf } from "../results.ts";

export const STARTED: ResultWords = {
  success: "started",
  ignored: "ALREADY_STARTED",
  faults: {
    BAD_NAME: "no such process",
    NO_FILE: "no such file",
    NOT_EXECUTABLE: "file is not executable",
    ALREADY_STARTED: "already started",
    SPAWN_ERROR: "spawn error",
    ABNORMAL_TERMINATION: "abnormal termination",
    // From a daemon that is being upgraded.
    FAILED: null,
  },
};

/** The text of a fault, without its name. */
export function reasonOf({ description }: ResultRow): string {
  return description.replace(/^[A-Z_]+: /, "");
}

/** Of a restart that has stopped nothing. */
const REFUSED: ResultWords = { ...STARTED, faults: { ...STARTED.faults, FAILED: reasonOf } };

const SIGNALLED: ResultWords = {
  success: "signalled",
  faults: {
    BAD_NAME: "no such process",
    BAD_SIGNAL: "bad signal name",
    NOT_RUNNING: "not running",
    FAILED: null,
  },
};

const STOPPED: ResultWords = { ...SIGNALLED, success: "stopped", ignored: "NOT_RUNNING" };

export const start: Command = {
  name: "start",
  usage: [
    ["start <name> [...]", "Start processes and wait until each is up"],
    ["start <group>:*", "Start every process of a group"],
    ["start all", "Start every process"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length > 0) return await startNames(context, names);
    context.misuse(start, "Error: start requires a process name", EXIT.INVALID_ARGS);
  },
};

async function startNames(context: CommandContext, names: readonly string[]): Promise<void> {
  if (context.isOwn) await announceRequired(context, names);
  const rows = await overNames(context, names, {
    verb: "start",
    words: STARTED,
    noGroupStatus: EXIT.INVALID_ARGS,
  });
  const failed = rows
    .filter(({ status }) => status !== FAULT_CODES.SUCCESS)
    .map(({ group, name, status }) => ({ name: displayName(group, name), fault: status }));
  if (failed.length === 0) return;
  await context.hint(async (where) => (await import("../hints.ts")).startHint(failed, where));
}

/** For more names than these, only results are shown. */
const MOST_ANNOUNCED = 20;

/**
 * Reports which programs are started first because others need them. A daemon without this method starts none; one that is busy
 * is not asked again, because the start itself waits.
 */
async function announceRequired(context: CommandContext, names: readonly string[]): Promise<void> {
  const asked = names.slice(0, MOST_ANNOUNCED);
  const calls = asked.map((name) => methodCall("tsv.getNeededStarts", name));
  const answers = await context.client.query(calls, true);
  for (const [index, name] of asked.entries()) {
    const answer = answers[index];
    const starts = answer?.ok === true && Array.isArray(answer.value) ? answer.value : [];
    if (starts.length > 0)
      context.report.notice(`${name} needs ${starts.map(textOf).join(", ")}: started first`);
  }
}

export const stop: Command = {
  name: "stop",
  usage: [
    ["stop <name> [...]", "Stop processes and wait until each is down"],
    ["stop <group>:*", "Stop every process of a group"],
    ["stop all", "Stop every process"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length > 0) return await stopNames(context, names);
    context.misuse(stop, "Error: stop requires a process name");
  },
};

async function stopNames(
  context: CommandContext,
  names: readonly string[],
  more: Pick<ProcessAction, "leavesUnknown"> = {},
): Promise<void> {
  const action = { verb: "stop", words: STOPPED, noGroupStatus: EXIT.GENERIC } as const;
  const rows = await overNames(context, names, { ...action, ...more });
  if (context.isOwn) await reportLeft(context, rows);
}

/** Reports what processes had left when they were stopped. A daemon without this method does not tell. */
async function reportLeft(context: CommandContext, rows: readonly ResultRow[]): Promise<void> {
  const stopped = rows.filter(({ status }) => status === FAULT_CODES.SUCCESS);
  if (stopped.length === 0) return;
  const names = stopped.slice(0, MOST_ANNOUNCED).map(({ group, name }) => displayName(group, name));
  const calls = names.map((name) => methodCall("tsv.getProcessRuns", name));
  const answers = await context.client.query(calls, true);
  for (const [index, name] of names.entries()) {
    const answer = answers[index];
    if (answer?.ok !== true || !isStruct(answer.value)) continue;
    const { left_ended, left_running } = answer.value;
    const left = { ended: numberOf(left_ended), running: numberOf(left_running) };
    if (left.ended > 0) context.report.notice(messages.leftEnded(name, left));
    if (left.running > 0) context.report.notice(messages.leftRunning(name, left));
  }
}

/** A process that is down is started, too. */
export const restart: Command = {
  name: "restart",
  usage: [
    ["restart <name> [...]", "Stop processes, then start them again"],
    ["restart <group>:*", "Restart every process of a group"],
    ["restart all", "Restart every process"],
    ["", "The configuration is not read again: see reread and update"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length === 0) {
      return context.misuse(restart, "Error: restart requires a process name");
    }
    const refused = context.isOwn ? await refusedRestarts(context, names) : new Map();
    const left = namesAsked(names).filter((name) => !refused.has(name));
    if (left.length === 0) return;
    await stopNames(context, left, { leavesUnknown: context.isOwn });
    await startNames(context, left);
  },
};

/**
 * The names with a running process whose command could not be started again at present, with these processes. Reports them: a
 * program that works is better than none.
 */
export async function refusedRestarts(
  context: CommandContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly ResultRow[]>> {
  const asked = namesAsked(names);
  const refused = new Map<string, readonly ResultRow[]>();
  const check = (client: CtlClient, name: string): Promise<CallResult> =>
    client.call("tsv.checkStarts", [name === "all" ? "" : name]);
  await callAll(context, asked, check, (name, result) => {
    // A daemon without this method restarts as Supervisor; any other failure is one of the stop, too.
    const rows = result.ok ? readResultRows(result.value) : [];
    const failed = rows.filter(({ status }) => status !== FAULT_CODES.SUCCESS);
    if (failed.length > 0) refused.set(name, failed);
    for (const row of failed) reportRow(context, REFUSED, row);
  });
  if (refused.size > 0) {
    await context.hint(async (where) => (await import("../hints.ts")).restartHint(refused, where));
  }
  return refused;
}

function namesAsked(names: readonly string[]): readonly string[] {
  return names.includes("all") ? ["all"] : names;
}

export const signal: Command = {
  name: "signal",
  usage: [
    ["signal <signal> <name> [...]", "Send a signal, by name or number, to processes"],
    ["signal <signal> <group>:*", "Send it to every process of a group"],
    ["signal <signal> all", "Send it to every process"],
  ],
  run: async (context, [name, ...names]) => {
    if (!(await context.isUp())) return;
    if (name === undefined || names.length === 0) {
      return context.misuse(signal, "Error: signal requires a signal name and a process name");
    }
    await overNames(context, names, {
      verb: "signal",
      params: [name],
      words: SIGNALLED,
      noGroupStatus: EXIT.GENERIC,
    });
    if (!context.isOwn || context.exitStatus === EXIT.OK) return;
    await context.hint(async (where) => {
      const { signalHint } = await import("../hints.ts");
      return signalHint(name, names, where);
    });
  },
};

/** An action on processes. */
interface ProcessAction {
  /** Of `supervisor.startProcess`, `startProcessGroup` and `startAllProcesses`. */
  readonly verb: "start" | "stop" | "signal";
  /** Parameters after the name. */
  readonly params?: readonly XmlRpcValue[];
  readonly words: ResultWords;
  /** Exit status for a group that does not exist. */
  readonly noGroupStatus: number;
  /** The next action reports names that do not exist. */
  readonly leavesUnknown?: boolean;
}

/** Calls at once; the daemon accepts more. */
const MOST_AT_ONCE = 32;
const MOST_FAILED_NAMES = 5;

/** Acts on all names, and reports the results in the order of the names. @returns the results */
async function overNames(
  context: CommandContext,
  names: readonly string[],
  action: ProcessAction,
): Promise<readonly ResultRow[]> {
  const asked = namesAsked(names);
  const rows: ResultRow[] = [];
  if (!context.isOwn) {
    for (const name of asked) {
      rows.push(...report(context, name, await call(context.client, name, action), action));
    }
    return rows;
  }
  const progress = showProgress(context);
  try {
    const act = (client: CtlClient, name: string): Promise<CallResult> =>
      call(client, name, action);
    await callAll(context, asked, act, (name, result) => {
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
export function isShown({ terminal, report }: CommandContext): boolean {
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

/** Calls for several names with several connections. On a terminal results are reported as they come, else in the order of the names. */
export async function callAll(
  context: CommandContext,
  names: readonly string[],
  ask: (client: CtlClient, name: string) => Promise<CallResult>,
  onResult: (name: string, result: CallResult) => void,
): Promise<void> {
  const [first = ""] = names;
  if (names.length === 1) return onResult(first, await ask(context.client, first));
  const isAnyOrder = isShown(context);
  const held = new Map<number, CallResult>();
  let next = 0;
  const queue = names.entries();
  const work = async (): Promise<void> => {
    const { client } = context.fork();
    for (const [index, name] of queue) {
      const result = await ask(client, name);
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
  { words, noGroupStatus, leavesUnknown }: ProcessAction,
): readonly ResultRow[] {
  if (leavesUnknown === true && faultOf(result) === "BAD_NAME") return [];
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
