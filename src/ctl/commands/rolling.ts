// restart --rolling: restarts programs a few at a time, and stops at the first that does not come up. The order is kept here,
// so that Ctrl-C ends it; each restart is one decision of the daemon, which completes it without the command.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { type ProcessRow, type ResultRow, readNames, readProcessRows } from "../answers.ts";
import { methodCall } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import { showProgress } from "../progress.ts";
import { type ResultWords, reportNoGroup, reportRow, rowOf } from "../results.ts";
import { callAll, isShown, reasonOf, refusedRestarts, STARTED } from "./control.ts";

const RESTARTED: ResultWords = {
  success: "restarted",
  faults: {
    ...STARTED.faults,
    ...{ NOT_RUNNING: "not running", SHUTDOWN_STATE: "the daemon is shutting down" },
    ...{ SPAWN_ERROR: reasonOf, ABNORMAL_TERMINATION: reasonOf, FAILED: reasonOf },
  },
};

const nameOf = ({ group, name }: Pick<ProcessRow, "group" | "name">): string =>
  displayName(group, name);

/** @param atOnce programs that are not up at the same time, at most */
export async function restartRolling(
  context: CommandContext,
  names: readonly string[],
  atOnce: number,
): Promise<void> {
  const rows = await selected(context, names);
  if (rows === null) return;
  const isUp = ({ pid, stateName }: ProcessRow): boolean =>
    pid !== 0 && (stateName === "RUNNING" || stateName === "STARTING");
  const up = rows.filter(isUp);
  // Nothing stops if one of them could not start again.
  const refused = up.length === 0 ? [] : [...(await refusedRestarts(context, names)).values()];
  if (refused.length > 0) {
    const known = new Set(refused.flat().map(nameOf));
    reportLeft(
      context,
      up.filter((row) => !known.has(nameOf(row))),
    );
    context.exitStatus = EXIT.NOT_RUNNING;
    return;
  }
  for (const row of rows) if (!isUp(row)) reportWord(context, row, "not running, and not started");
  const failed: ResultRow[] = [];
  let begun = 0;
  const progress = showProgress(context);
  try {
    while (begun < up.length && failed.length === 0) {
      const batch = up.slice(begun, begun + atOnce).map(nameOf);
      begun += batch.length;
      await callAll(
        context,
        batch,
        (client, name) => client.call("tsv.restartProcess", [name]),
        (name, result) => {
          progress.clear();
          const row = rowOf(parseNamespec(name), result);
          reportRow(context, RESTARTED, row);
          if (row.status !== FAULT_CODES.SUCCESS) failed.push(row);
        },
      );
    }
  } finally {
    progress.end();
    reportLeft(context, up.slice(begun));
  }
  if (isShown(context) && rows.length > 1) {
    const [done, left] = [begun - failed.length, up.length - begun];
    const parts = [
      done > 0 || failed.length === 0 ? `${done} restarted` : "",
      failed.length > 0 ? `${failed.length} failed: ${failed.map(nameOf).join(", ")}` : "",
      left > 0 ? `${left} left as ${left === 1 ? "it is" : "they are"}` : "",
    ];
    context.report.notice(parts.filter((part) => part !== "").join(", "));
  }
  if (failed.length === 0) return;
  context.exitStatus = EXIT.NOT_RUNNING;
  await context.hint(async (where) => {
    const { rollingHint } = await import("../hints.ts");
    return rollingHint(failed, up.slice(begun).map(nameOf), where);
  });
}

/**
 * The processes of the names: groups by priority and name, those of a group as they are defined.
 * @returns null after an error, which is reported
 */
async function selected(
  context: CommandContext,
  names: readonly string[],
): Promise<readonly ProcessRow[] | null> {
  const answers = await context.query(
    methodCall("supervisor.getAllProcessInfo"),
    methodCall("tsv.getAllProcessRuns"),
  );
  const [infos, runs] = answers ?? [];
  if (infos === undefined || runs === undefined) return null;
  const rows = new Map(readProcessRows(expectValue(infos)).map((row) => [nameOf(row), row]));
  const ordered = readNames(expectValue(runs)).flatMap((each) => rows.get(nameOf(each)) ?? []);
  const isNamed = (name: string, row: ProcessRow): boolean => {
    const { group, process } = parseNamespec(name);
    return name === "all" || (group === row.group && (process === null || process === row.name));
  };
  const unknown = names.filter((name) => !ordered.some((row) => isNamed(name, row)));
  for (const name of unknown.filter((each) => each !== "all")) {
    const spec = parseNamespec(name);
    if (spec.process === null) reportNoGroup(context, spec.group, EXIT.GENERIC);
    else {
      const status = FAULT_CODES.BAD_NAME;
      reportRow(context, STARTED, { ...spec, name: spec.process, status, description: "" });
    }
  }
  if (context.unknownNames.length > 0) return null;
  return ordered.filter((row) => names.some((name) => isNamed(name, row)));
}

function reportLeft(context: CommandContext, rows: readonly ProcessRow[]): void {
  for (const row of rows) reportWord(context, row, "left as it is");
}

function reportWord(context: CommandContext, row: ProcessRow, result: string): void {
  const { group, name } = row;
  context.report.item({
    line: `${nameOf(row)}: ${result}`,
    data: { group, name, ok: true, result },
  });
}
