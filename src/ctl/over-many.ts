// The names of one command at the same time, under tsv's own name: one that takes long keeps no other waiting.

import { displayName, parseNamespec } from "../core/base/ids.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import { type ResultRow, readResultRows } from "./answers.ts";
import { type CallResult, faultCode } from "./client.ts";
import { type CommandContext, expectValue } from "./context.ts";
import { showProgress } from "./progress.ts";
import { type OverNames, reportGroup, reportOne, reportRows } from "./report-results.ts";

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
  const tally = new Map<boolean, string[]>([
    [true, []],
    [false, []],
  ]);
  const add = ({ group, name, status }: ResultRow): void => {
    const isDone = status === FAULT_CODES.SUCCESS || status === how.ignored;
    tally.get(isDone)?.push(displayName(group, name));
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
  const done = tally.get(true) ?? [];
  const failed = tally.get(false) ?? [];
  const count = done.length + failed.length;
  // One result needs no total; none at all would leave the user without an answer.
  const needsTotal = names.includes("all") ? count !== 1 : count > 1;
  if (context.terminal.stdoutIsTty && !context.report.isData && needsTotal) {
    context.report.notice(totalText(how.words.success, done.length, failed));
  }
}

/** "200 started, 1 failed: bad". Pure. */
function totalText(success: string, done: number, failed: readonly string[]): string {
  if (failed.length === 0) return `${done} ${success}`;
  const rest = failed.length > MOST_FAILED_NAMES ? ", ..." : "";
  const names = failed.slice(0, MOST_FAILED_NAMES).join(", ");
  return `${done} ${success}, ${failed.length} failed: ${names}${rest}`;
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
