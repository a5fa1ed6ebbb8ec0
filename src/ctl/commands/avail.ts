// avail: the processes that the configuration, as last read, knows.

import { displayName } from "../../core/base/ids.ts";
import { codePointLength, displayWidth, padRight } from "../../core/base/printable.ts";
import { type ConfigRow, readConfigRows } from "../answers.ts";
import { isShuttingDown } from "../client.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import type { Item } from "../report.ts";

export const avail: Command = {
  name: "avail",
  usage: [
    ["avail", "List every configured process, whether it is in use, and whether it has autostart"],
  ],
  run: runAvail,
};

async function runAvail(context: CommandContext, argument: string): Promise<void> {
  if (argument !== "") {
    context.misuse(avail, "Error: avail accepts no arguments");
    return;
  }
  const result = await context.client.call("supervisor.getAllConfigInfo");
  if (!result.ok && isShuttingDown(result.error)) {
    context.fail("ERROR: supervisor shutting down");
    return;
  }
  const measure = context.terminal.stdoutIsTty ? displayWidth : codePointLength;
  const rows = readConfigRows(expectValue(result));
  context.report.items(rows.map((row) => availItem(row, measure)));
}

/** One line: name, in use or not, automatic or not, priorities. Pure. */
export function availItem(
  row: ConfigRow,
  measure: (text: string) => number = codePointLength,
): Item {
  const name = padRight(displayName(row.group, row.name), 32, measure);
  const inUse = (row.inUse ? "in use" : "avail").padEnd(9);
  const autostart = (row.autostart ? "auto" : "manual").padEnd(9);
  return {
    line: `${name} ${inUse} ${autostart} ${row.groupPriority}:${row.processPriority}`,
    data: {
      group: row.group,
      name: row.name,
      inUse: row.inUse,
      autostart: row.autostart,
      groupPriority: row.groupPriority,
      processPriority: row.processPriority,
    },
  };
}
