// status: one line for each process.

import { codePointLength, displayWidth } from "../../core/base/printable.ts";
import { readProcessRows } from "../answers.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { statusReport } from "../status-report.ts";

export const status: Command = {
  name: "status",
  usage: [
    ["status", "Show every process: name, state and description"],
    ["status <name> [...]", "Show these processes only"],
    ["status <group>:*", "Show the processes of a group"],
  ],
  run: runStatus,
};

async function runStatus(context: CommandContext, argument: string): Promise<void> {
  const { terminal, report, isOwn } = context;
  if (isOwn && (terminal.stdoutIsTty || report.isData)) {
    const { runOwnStatus } = await import("./own-status.ts");
    return await runOwnStatus(context, splitWords(argument));
  }
  const result = await context.query("supervisor.getAllProcessInfo");
  if (result === null) {
    context.exitStatus = EXIT.STATUS_UNKNOWN;
    return;
  }
  const { items, exitStatus, unknown } = statusReport(
    readProcessRows(expectValue(result)),
    splitWords(argument),
    // A script that reads a pipe finds the columns where Supervisor has them; people want them to line up.
    context.terminal.stdoutIsTty ? displayWidth : codePointLength,
  );
  context.report.items(items);
  context.unknownNames.push(...unknown);
  context.exitStatus = exitStatus;
}
