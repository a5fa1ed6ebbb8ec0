// reload with names: lets programs read their files again. Without a name it restarts the daemon: see daemon.ts.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { type ResultRow, readResultRows } from "../answers.ts";
import { type CallResult, faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import { reportNoGroup, reportRow, rowOf } from "../results.ts";
import { callAll, reasonOf } from "./control.ts";

const FAULTS = {
  ...{ BAD_NAME: "no such process", NOT_RUNNING: "not running", NO_FILE: reasonOf },
  ...{ FAILED: reasonOf, SHUTDOWN_STATE: "the daemon is shutting down" },
};

export async function reloadNames(
  context: CommandContext,
  names: readonly string[],
): Promise<void> {
  if (!(await context.isUp())) return;
  if (names.length === 0) {
    // An empty variable of a script must not restart the daemon.
    return context.misuse({ usage: [["reload [name...]", ""]] }, "Error: the name is empty");
  }
  const unable: string[] = [];
  await callAll(
    context,
    names.includes("all") ? ["all"] : names,
    (client, name) => client.call("tsv.reloadProcess", [name === "all" ? "" : name]),
    (name, result) => {
      const rows = rowsOf(context, name, result);
      if (rows.length === 0 && result.ok)
        context.fail(`${name}: ERROR (no running program has reload_signal= or reload_command=)`);
      for (const row of rows) {
        reportRow(context, { success: row.description, faults: FAULTS }, row);
        if (row.status === FAULT_CODES.NO_FILE) unable.push(displayName(row.group, row.name));
        if (row.status === FAULT_CODES.FAILED) context.exitStatus = EXIT.NOT_RUNNING;
      }
    },
  );
  const [first] = unable;
  if (first === undefined) return;
  await context.hint(async (where) => (await import("../hints.ts")).reloadHint(first, where));
}

function rowsOf(context: CommandContext, name: string, result: CallResult): readonly ResultRow[] {
  const spec = parseNamespec(name);
  if (faultOf(result) !== "BAD_NAME") return readResultRows(expectValue(result));
  if (spec.process !== null) return [rowOf(spec, result)];
  reportNoGroup(context, spec.group, EXIT.GENERIC);
  return [];
}
