// `tsv status --check`: one line and an exit status, for a HEALTHCHECK of an image and for monitors.

import { displayName } from "../../core/base/ids.ts";
import type { ProcessRow } from "../answers.ts";
import { type CommandContext, EXIT } from "../context.ts";
import { RUNS, type Runs, readRuns } from "./own-status.ts";
import { askStatus, statusData } from "./status.ts";

/** A line about more programs than these is cut. */
const MOST_NAMED = 3;

/**
 * Whether every program that should run is RUNNING, ready and not unhealthy. Without names that is every program, but for those
 * that were stopped, never started or are disabled, and those that have done their work; with names it is these.
 */
export async function runStatusCheck(
  context: CommandContext,
  names: readonly string[],
): Promise<void> {
  const asked = await askStatus(context, names, RUNS);
  if (asked === null) return;
  const { shown, errors, extras } = asked;
  context.report.items(errors);
  if (errors.length > 0) {
    context.exitStatus = EXIT.STATUS_UNKNOWN;
    return;
  }
  const runs = readRuns(extras[0] ?? []);
  const isNamed = names.length > 0 && !names.includes("all");
  const verdict = checkVerdict(shown, runs, isNamed);
  context.report.item({
    line: verdict.line,
    data: { ok: verdict.failing.length === 0, failing: verdict.failing.map(statusData) },
  });
  context.exitStatus = verdict.failing.length > 0 ? EXIT.GENERIC : EXIT.OK;
}

/** Pure. @param isNamed the rows were asked for by name */
export function checkVerdict(
  rows: readonly ProcessRow[],
  runs: ReadonlyMap<string, Runs>,
  isNamed: boolean,
) {
  const failing: ProcessRow[] = [];
  const texts: string[] = [];
  for (const row of rows) {
    const problem = problemOf(row, runs.get(`${row.group}:${row.name}`) ?? null, isNamed);
    if (problem === null) continue;
    failing.push(row);
    if (texts.length < MOST_NAMED) texts.push(`${displayName(row.group, row.name)} ${problem}`);
  }
  if (failing.length === 0) return { line: fineText(rows), failing };
  const more = failing.length - texts.length;
  return { line: texts.join(", ") + (more > 0 ? ` and ${more} more` : ""), failing };
}

function fineText(rows: readonly ProcessRow[]): string {
  const running = rows.filter(({ stateName }) => stateName === "RUNNING").length;
  return `ok: ${running} of ${rows.length} ${rows.length === 1 ? "program" : "programs"} running`;
}

/** Its schedule or a connection starts it. */
function isBetweenRuns(runs: Runs | null): boolean {
  return runs?.schedule !== null || runs.awaits !== null;
}

/** Why a program that should run is not fine; null if it is. */
function problemOf({ stateName }: ProcessRow, runs: Runs | null, isNamed: boolean): string | null {
  switch (stateName) {
    case "RUNNING": {
      const { state = "", said = "" } = runs?.health ?? {};
      if (state !== "unhealthy") return null;
      return said === "" ? "is unhealthy" : `is unhealthy (${said})`;
    }
    case "STOPPED":
      return isNamed && !isBetweenRuns(runs) ? "is STOPPED" : null;
    case "EXITED": {
      const hasSucceeded = runs?.last?.expected === true;
      if (!isNamed && runs?.isDisabled === true) return null;
      const mayBeDown = !isNamed || runs?.isOneshot === true || isBetweenRuns(runs);
      return hasSucceeded && mayBeDown ? null : "is EXITED";
    }
    default:
      return `is ${stateName}`;
  }
}
