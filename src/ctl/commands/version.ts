// version: which supervisord answers.

import { readText } from "../answers.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";

export const version: Command = {
  name: "version",
  usage: [["version", "Print the version of supervisord"]],
  run: runVersion,
};

async function runVersion(context: CommandContext, argument: string): Promise<void> {
  if (argument !== "") {
    context.misuse(version, "Error: version accepts no arguments");
    return;
  }
  const result = await context.query("supervisor.getSupervisorVersion");
  if (result === null) return;
  const text = readText(expectValue(result));
  context.report.item({ line: text, data: { version: text } });
}
