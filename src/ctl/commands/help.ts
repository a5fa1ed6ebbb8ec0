// help: the list of actions, or how to use one of them.

import { fitColumns } from "../columns.ts";
import { type Command, findAction, usageLines } from "../context.ts";

const WIDTH = 79;

/** Makes the help for a set of commands. */
export function createHelp(commands: readonly Command[]): Command {
  const help: Command = {
    name: "help",
    usage: [
      ["help", "List the actions"],
      ["help <action>", "Show how to use an action"],
    ],
    run: async (context, argument) => {
      if (argument === "") {
        const names = commands.map((command) => command.name);
        const width = context.terminal.size()?.columns;
        context.report.usage(topicLines(names, width));
        for (const plugin of await context.plugins()) {
          const own = plugin.commands.map((command) => command.name);
          context.report.usage(topicLines(own, width, plugin.name));
        }
        return;
      }
      const found =
        [...commands, help].find((command) => command.name === argument) ??
        findAction(await context.plugins(), argument) ??
        undefined;
      if (found === undefined) context.report.notice(`*** No help on ${argument}`);
      else context.report.usage(usageLines(found));
    },
  };
  return help;
}

/** The list of actions, in columns; a window that is narrower than Supervisor assumes makes it longer. Pure. */
function topicLines(
  names: readonly string[],
  windowWidth = WIDTH + 1,
  whose = "default",
): readonly string[] {
  const heading = `${whose} commands (type help <topic>):`;
  const columns = fitColumns([...names].sort(), Math.min(WIDTH, windowWidth - 1));
  return ["", heading, "=".repeat(heading.length), ...columns, ""];
}
