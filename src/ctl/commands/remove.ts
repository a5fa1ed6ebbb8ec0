// remove: forgets groups all of whose processes are down.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { faultCode } from "../client.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { groupItem } from "./update.ts";

export const remove: Command = {
  name: "remove",
  usage: [["remove <group> [...]", "Deactivate groups whose processes are all stopped"]],
  run: async (context, argument) => {
    const groups = splitWords(argument);
    // Supervisor says nothing.
    if (groups.length === 0 && context.isOwn) {
      context.misuse(remove, "Error: remove requires a group's name");
    }
    for (const group of groups) await removeGroup(context, group);
  },
};

async function removeGroup(context: CommandContext, group: string): Promise<void> {
  const result = await context.client.call("supervisor.removeProcessGroup", [group]);
  const code = result.ok ? null : faultCode(result.error);
  if (code === FAULT_CODES.STILL_RUNNING) {
    context.fail(`ERROR: process/group still running: ${group}`);
  } else if (code === FAULT_CODES.BAD_NAME) {
    context.unknownNames.push(group);
    context.fail(`ERROR: no such process/group: ${group}`);
  } else {
    expectValue(result);
    context.report.item(groupItem(group, "removed process group"));
  }
}
