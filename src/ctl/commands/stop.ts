// stop: takes processes down and waits until they are.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { splitWords } from "../command-line.ts";
import type { Command, CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { overNames } from "../over-names.ts";
import { STOP_WORDS } from "../results.ts";

export const stop: Command = {
  name: "stop",
  usage: [
    ["stop <name> [...]", "Stop processes and wait until each is down"],
    ["stop <group>:*", "Stop every process of a group"],
    ["stop all", "Stop every process"],
  ],
  run: async (context, argument) => {
    if (await context.isUp()) await stopNames(context, splitWords(argument));
  },
};

/** The part after the check, which `restart` shares. */
export async function stopNames(context: CommandContext, names: readonly string[]): Promise<void> {
  if (names.length === 0) {
    context.misuse(stop, "Error: stop requires a process name");
    return;
  }
  await overNames(context, names, {
    words: STOP_WORDS,
    ignored: FAULT_CODES.NOT_RUNNING,
    allMethod: "supervisor.stopAllProcesses",
    groupMethod: "supervisor.stopProcessGroup",
    processMethod: "supervisor.stopProcess",
    params: [],
    noGroupStatus: EXIT.GENERIC,
  });
}
