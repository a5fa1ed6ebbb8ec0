// apply: shows what the configuration would change in what runs, and changes it: as little as possible.

import { displayName } from "../../core/base/ids.ts";
import { wrapWords } from "../../core/base/printable.ts";
import { type PLANNED_ACTIONS, WHOLE_GROUP } from "../../core/config/planned.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import {
  type AppliedRow,
  type PlannedRow,
  type PlanRow,
  readAppliedRows,
  readPlanRows,
} from "../answers.ts";
import { faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import { showProgress } from "../progress.ts";
import type { Item } from "../report.ts";
import type { VerbArguments } from "../verb-arguments.ts";
import { reportRefusedConfig } from "./config.ts";

const UNCHANGED = "Nothing to apply: what runs is what the configuration says";

/** Names are groups, programs or group:process; none for all. */
export async function runApply(
  context: CommandContext,
  names: readonly string[],
  { plan: isPlan, yes, rollback, undo }: VerbArguments,
): Promise<void> {
  if (undo) {
    if (!isPlan && !rollback && names.length === 0) return await revert(context);
    const line = "Error: --undo reverts the whole of the last apply, and takes nothing else";
    return context.misuse({ usage: [["apply --undo", ""]] }, line);
  }
  const { terminal } = context;
  const asks = context.interactive && terminal.stdoutIsTty && terminal.stdinIsTty && !yes;
  if ((isPlan || asks) && !(await isWanted(context, names, isPlan))) return;
  const applied = await asked(context, "tsv.apply", names);
  if (applied === null) return;
  const rows = readAppliedRows(applied);
  if (rows.length === 0) return context.report.notice(UNCHANGED);
  const failed = report(context, rows);
  if (failed.length === 0) return;
  const question = `Return to the definition that ran before y/N? `;
  if (rollback || (asks && (await isYes(context, question)))) return await revert(context);
  await context.hint(async (where) => (await import("../hints.ts")).applyHint(failed, where));
}

/** Shows the plan, and asks if it restarts or removes processes, or cannot be applied as a whole. @returns whether to go on */
async function isWanted(
  context: CommandContext,
  names: readonly string[],
  isPlan: boolean,
): Promise<boolean> {
  const planned = await asked(context, "tsv.getPlan", names);
  if (planned === null) return false;
  const rows = readPlanRows(planned);
  const { report } = context;
  if (rows.length === 0) {
    report.notice(UNCHANGED);
    return false;
  }
  const isDisturbing = rows.some(
    ({ action, problems }) => action === "restart" || action === "remove" || problems.length > 0,
  );
  if (isPlan || isDisturbing) report.items(planItems(rows, columnsOf(context)));
  if (isPlan && rows.some(({ problems }) => problems.length > 0))
    context.exitStatus = EXIT.NOT_RUNNING;
  if (isPlan) return false;
  if (!isDisturbing || (await isYes(context, "Apply y/N? "))) return true;
  report.notice("Nothing was changed");
  return false;
}

/** Returns to what ran before the last apply. The exit status is that of the apply. */
async function revert(context: CommandContext): Promise<void> {
  const result = await withProgress(context, async () => await context.client.call("tsv.rollBack"));
  if (faultOf(result) === "FAILED" && !result.ok && result.error.kind === "fault")
    return context.fail(`ERROR: ${result.error.text.replace(/^FAILED: /, "")}`);
  const rows = readAppliedRows(expectValue(result));
  context.report.notice("Rolled back:");
  report(context, rows);
}

/** @returns null after a failure, which is reported */
async function asked(
  context: CommandContext,
  method: "tsv.getPlan" | "tsv.apply",
  names: readonly string[],
): Promise<XmlRpcValue | null> {
  const result = await withProgress(
    context,
    async () => await context.client.call(method, [[...names]]),
  );
  if (result.ok || result.error.kind !== "fault") return expectValue(result);
  const { text } = result.error;
  const fault = faultOf(result);
  if (fault === "CANT_REREAD") await reportRefusedConfig(context, text);
  else if (fault === "BAD_NAME") {
    const name = text.replace(/^BAD_NAME: /, "");
    context.failUnknown(name, `ERROR: no such program or group: ${name}`);
  } else if (fault === "SHUTDOWN_STATE") context.fail("ERROR: supervisor shutting down");
  else return expectValue(result);
  return null;
}

async function withProgress<T>(context: CommandContext, run: () => Promise<T>): Promise<T> {
  const progress = showProgress(context);
  try {
    return await run();
  } finally {
    progress.end();
  }
}

async function isYes({ terminal }: CommandContext, question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test(((await terminal.readLine(question)) ?? "").trim());
}

function columnsOf({ terminal }: CommandContext): number {
  return terminal.size()?.columns ?? 80;
}

function nameOf({ group, name }: PlanRow): string {
  return name === WHOLE_GROUP ? `${group}:*` : displayName(group, name);
}

/** The plan, with what speaks against it below the first process of a group. Pure. */
export function planItems(rows: readonly PlannedRow[], columns: number): readonly Item[] {
  const groups = new Set<string>();
  return rows.map((row): Item => {
    const { group, problems, untried } = row;
    const shown = groups.has(group) ? [] : problems;
    groups.add(group);
    const { line } = planItem(row, columns);
    const notes = [
      ...shown.map((problem) => `cannot be applied now: ${problem}`),
      ...untried.map((url) => `not tried: ${url}`),
    ];
    const lines = [
      line,
      ...notes.flatMap((note) => wrapWords(note, columns - 2, "  ").map((each) => `  ${each}`)),
    ];
    const data = { ...dataOf(row), problems: [...problems], untried: [...untried] };
    return { line: lines.join("\n"), data };
  });
}

/** One line if it fits, else one for each option; a value that does not fit has lines of its own. Pure. */
export function planItem(row: PlanRow, columns: number): Item {
  const { action, isWhole, changes } = row;
  const head = `${nameOf(row)}: ${action}${isWhole ? " with its group" : ""}`;
  const texts = changes.map(changeText);
  const line = texts.length === 0 ? head : `${head} (${texts.join("; ")})`;
  if (line.length <= columns) return { line, data: dataOf(row) };
  const lines = changes.flatMap((change, index) => {
    const text = `  ${texts[index] ?? ""}`;
    const { option, before, after } = change;
    const isLong = text.length > columns && before !== "" && after !== "" && before !== after;
    return isLong ? [`  ${option}`, `    ${before}`, `    -> ${after}`] : [text];
  });
  return { line: [head, ...lines].join("\n"), data: dataOf(row) };
}

function changeText({ option, before, after }: PlanRow["changes"][number]): string {
  // A secret.
  if (before === after) return `${option} changed`;
  if (before === "") return `${option} ${after}`;
  return after === "" ? `no ${option}` : `${option} ${before} -> ${after}`;
}

function dataOf({ group, name, action, isWhole, changes }: PlanRow) {
  return { group, name, action, whole: isWhole, changes: changes.map((each) => ({ ...each })) };
}

const DONE: Readonly<Record<(typeof PLANNED_ACTIONS)[number], string>> = {
  add: "added",
  remove: "removed",
  restart: "restarted",
  change: "changed",
};

/** @returns those that did not come up */
function report(context: CommandContext, rows: readonly AppliedRow[]): readonly AppliedRow[] {
  context.report.items(
    rows.map((row): Item => {
      const { action, outcome, error } = row;
      const done = DONE[action];
      const word = action === "restart" && outcome === "down" ? "changed, and down" : done;
      const text = outcome === "failed" ? `failed: ${error}` : outcome === "unknown" ? error : word;
      const lines = wrapWords(`${nameOf(row)}: ${text}`, columnsOf(context), "  ");
      return { line: lines.join("\n"), data: { ...dataOf(row), outcome, error } };
    }),
  );
  const failed = rows.filter(({ outcome }) => outcome === "failed");
  if (failed.length > 0) context.exitStatus = EXIT.NOT_RUNNING;
  return failed;
}
