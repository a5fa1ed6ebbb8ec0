// restart: stop, then start. A process that was down is started too.

import { splitWords } from "../command-line.ts";
import type { Command } from "../context.ts";
import { startNames } from "./start.ts";
import { stopNames } from "./stop.ts";

export const restart: Command = {
  name: "restart",
  usage: [
    ["restart <name> [...]", "Stop processes, then start them again"],
    ["restart <group>:*", "Restart every process of a group"],
    ["restart all", "Restart every process"],
    ["", "The configuration is not read again: see reread and update"],
  ],
  run: async (context, argument) => {
    if (!(await context.isUp())) return;
    const names = splitWords(argument);
    if (names.length === 0) {
      context.misuse(restart, "Error: restart requires a process name");
      return;
    }
    await stopNames(context, names);
    await startNames(context, names);
  },
};
