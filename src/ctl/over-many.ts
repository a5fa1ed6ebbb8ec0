// The names of one command at the same time, under tsv's own name: one that takes long keeps no other waiting.

import { displayName, parseNamespec } from "../core/base/ids.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import { type ResultRow, readResultRows } from "./answers.ts";
import { type CallResult, faultCode } from "./client.ts";
import { type CommandContext, expectValue } from "./context.ts";
import { showProgress } from "./progress.ts";
import { type OverNames, reportGroup, reportOne, reportRows } from "./report-results.ts";
import type { ResultWords } from "./results.ts";

/** Calls at once; the daemon takes more. */
const MOST_AT_ONCE = 32;
const MOST_FAILED_NAMES = 5;

interface Answered {
  readonly name: string;
  readonly result: CallResult;
}

/** Does it for every name; results come in the order of the names, on a terminal as they are known. */
export async function overMany(
  context: CommandContext,
  names: readonly string[],
  how: OverNames,
): Promise<void> {
  const total: Total = { done: 0, already: 0, failed: [] };
  const add = ({ group, name, status }: ResultRow): void => {
    if (status === FAULT_CODES.SUCCESS) total.done++;
    else if (status === how.ignored) total.already++;
    else total.failed.push(displayName(group, name));
  };
  const progress = showProgress(context);
  const tell = (answered: Answered): void => {
    progress.clear();
    reportAnswer(context, answered, how);
    rowsOf(answered).forEach(add);
  };
  try {
    await askAll(context, names.includes("all") ? ["all"] : names, { how, tell });
  } finally {
    progress.end();
  }
  const count = total.done + total.already + total.failed.length;
  // One result needs no total; none at all would leave the user without an answer.
  const needsTotal = names.includes("all") ? count !== 1 : count > 1;
  if (context.terminal.stdoutIsTty && !context.report.isData && needsTotal) {
    context.report.notice(totalText(how.words, total));
  }
}

interface Total {
  done: number;
  /** Nothing had to be done: start of a program that runs. */
  already: number;
  readonly failed: string[];
}

/** "199 started, 1 already started, 1 failed: bad". Pure. */
function totalText({ success, unneeded }: ResultWords, { done, already, failed }: Total): string {
  const rest = failed.length > MOST_FAILED_NAMES ? ", ..." : "";
  const names = failed.slice(0, MOST_FAILED_NAMES).join(", ");
  const parts = [
    done > 0 || already + failed.length === 0 ? `${done} ${success}` : "",
    already > 0 ? `${already} ${unneeded}` : "",
    failed.length > 0 ? `${failed.length} failed: ${names}${rest}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

async function askAll(
  context: CommandContext,
  names: readonly string[],
  { how, tell }: { readonly how: OverNames; readonly tell: (answered: Answered) => void },
): Promise<void> {
  const queue = names.entries();
  const answers: Promise<Answered>[] = [];
  const settled: ((answered: Answered) => void)[] = [];
  for (const _ of names) answers.push(new Promise((resolve) => void settled.push(resolve)));
  const work = async (): Promise<void> => {
    const { client } = context.fork();
    for (const [index, name] of queue) {
      const answered = { name, result: await askOne(client, name, how) };
      settled[index]?.(answered);
    }
    client.close();
  };
  const workers = Array.from({ length: Math.min(MOST_AT_ONCE, names.length) }, work);
  if (context.terminal.stdoutIsTty && !context.report.isData) {
    await Promise.all(answers.map(async (answer) => tell(await answer)));
  } else {
    for (const answer of answers) tell(await answer);
  }
  await Promise.all(workers);
}

function askOne(
  client: CommandContext["client"],
  name: string,
  how: OverNames,
): Promise<CallResult> {
  if (name === "all") return client.call(how.allMethod, how.params);
  const { group, process } = parseNamespec(name);
  return process === null
    ? client.call(how.groupMethod, [group, ...how.params])
    : client.call(how.processMethod, [name, ...how.params]);
}

function reportAnswer(context: CommandContext, { name, result }: Answered, how: OverNames): void {
  const { group, process } = parseNamespec(name);
  if (name === "all") reportRows(context, expectValue(result), how);
  else if (process === null) reportGroup(context, group, { result, how });
  else reportOne(context, { group, process }, { result, ...how });
}

function rowsOf({ name, result }: Answered): readonly ResultRow[] {
  const { group, process } = parseNamespec(name);
  if (result.ok && (name === "all" || process === null)) return readResultRows(result.value);
  const status = result.ok ? FAULT_CODES.SUCCESS : (faultCode(result.error) ?? 0);
  return [{ group, name: process ?? "*", status, description: "" }];
}
