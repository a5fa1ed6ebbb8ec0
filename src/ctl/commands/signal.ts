// signal: sends a signal to processes.

import { splitWords } from "../command-line.ts";
import type { Command } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { overNames } from "../over-names.ts";
import { SIGNAL_WORDS } from "../results.ts";

export const signal: Command = {
  name: "signal",
  usage: [
    ["signal <signal> <name> [...]", "Send a signal, by name or number, to processes"],
    ["signal <signal> <group>:*", "Send it to every process of a group"],
    ["signal <signal> all", "Send it to every process"],
  ],
  run: async (context, argument) => {
    if (!(await context.isUp())) return;
    const [name, ...names] = splitWords(argument);
    if (name === undefined || names.length === 0) {
      context.misuse(signal, "Error: signal requires a signal name and a process name");
      return;
    }
    await overNames(context, names, {
      words: SIGNAL_WORDS,
      ignored: null,
      allMethod: "supervisor.signalAllProcesses",
      groupMethod: "supervisor.signalProcessGroup",
      processMethod: "supervisor.signalProcess",
      params: [name],
      noGroupStatus: EXIT.GENERIC,
    });
    if (context.isOwn && context.exitStatus !== EXIT.OK) {
      await context.hint(async (where) => {
        const { signalHint } = await import("../name-hints.ts");
        return signalHint(name, names, where);
      });
    }
  },
};
