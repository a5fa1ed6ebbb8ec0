// help, open, exit, quit and the end of input: the actions of the shell itself.

import {
  type Command,
  type CommandContext,
  findAction,
  runCommand,
  usageLines,
} from "../context.ts";
import { status } from "./status.ts";

const HELP_WIDTH = 79;
const GAP = 2;

/** Makes the help for a set of actions. */
export function createHelp(commands: readonly Command[]): Command {
  const help: Command = {
    name: "help",
    usage: [
      ["help", "List the actions"],
      ["help <action>", "Show how to use an action"],
    ],
    run: async (context, _, argument) => {
      if (argument === "") {
        const window = context.terminal.size()?.columns ?? HELP_WIDTH + 1;
        const width = Math.min(HELP_WIDTH, window - 1);
        for (const each of [{ name: "default", commands }, ...(await context.plugins())]) {
          const heading = `${each.name} commands (type help <topic>):`;
          const names = each.commands.map(({ name }) => name).sort();
          const columns = fitColumns(names, width);
          context.report.usage(["", heading, "=".repeat(heading.length), ...columns, ""]);
        }
        return;
      }
      const found =
        [...commands, help].find(({ name }) => name === argument) ??
        findAction(await context.plugins(), argument);
      if (found === null) context.report.notice(`*** No help on ${argument}`);
      else context.report.usage(usageLines(found));
    },
  };
  return help;
}

/** Lays out names in columns, read downwards, in as few lines as the width allows; in one column if nothing else fits. */
export function fitColumns(names: readonly string[], width: number): readonly string[] {
  for (let rows = 1; rows < names.length; rows += 1) {
    const columns = Array.from({ length: Math.ceil(names.length / rows) }, (_, column) =>
      names.slice(column * rows, (column + 1) * rows),
    );
    const widths = columns.map((column) => Math.max(...column.map((name) => name.length)));
    if (widths.reduce((sum, each) => sum + each + GAP, -GAP) > width) continue;
    return Array.from({ length: rows }, (_, row) =>
      columns
        .flatMap((column, index) => column[row]?.padEnd(widths[index] ?? 0) ?? [])
        .join(" ".repeat(GAP)),
    );
  }
  return names;
}

/** Connects to another server, and shows its status. */
export const open: Command = {
  name: "open",
  usage: [
    ["open <url>", "Connect to another supervisord: http://host:port or unix:///path/to/socket"],
  ],
  run: async (context, _, argument) => {
    if (!/^(unix|https?):/i.test(argument)) {
      return context.fail("ERROR: url must be http:// or unix://");
    }
    context.openServer(argument);
    const before = context.exitStatus;
    await runCommand(status, context, "");
    context.exitStatus = before;
  },
};

/** Ends the shell after an empty line. */
async function leave(context: CommandContext): Promise<void> {
  context.report.notice("");
  context.leaves = true;
}

export const exit: Command = { name: "exit", usage: [["exit", "Leave the shell"]], run: leave };
export const quit: Command = { name: "quit", usage: [["quit", "Leave the shell"]], run: leave };
/** The line of a shell whose input ends. */
export const endOfInput: Command = { name: "EOF", usage: [], run: leave };
