// exit, quit and the end of input: they end the shell after an empty line.

import type { Command, CommandContext } from "../context.ts";

async function leave(context: CommandContext): Promise<void> {
  context.report.notice("");
  context.leaves = true;
}

export const exit: Command = { name: "exit", usage: [["exit", "Leave the shell"]], run: leave };

export const quit: Command = { name: "quit", usage: [["quit", "Leave the shell"]], run: leave };

/** What a shell reads when its input ends. */
export const endOfInput: Command = { name: "EOF", usage: [], run: leave };
