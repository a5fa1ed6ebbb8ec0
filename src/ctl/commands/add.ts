// add: activates groups that the configuration has and the daemon does not run yet.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { faultCode } from "../client.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { groupItem } from "./update.ts";

export const add: Command = {
  name: "add",
  usage: [["add <group> [...]", "Activate groups found by the last reread"]],
  run: async (context, argument) => {
    const groups = splitWords(argument);
    // Supervisor says nothing.
    if (groups.length === 0 && context.isOwn) {
      context.misuse(add, "Error: add requires a group's name");
    }
    for (const group of groups) await addGroup(context, group);
  },
};

async function addGroup(context: CommandContext, group: string): Promise<void> {
  const result = await context.client.call("supervisor.addProcessGroup", [group]);
  const code = result.ok ? null : faultCode(result.error);
  if (code === FAULT_CODES.SHUTDOWN_STATE) context.fail("ERROR: shutting down");
  else if (code === FAULT_CODES.ALREADY_ADDED) {
    context.fail("ERROR: process group already active", context.exitStatus);
  } else if (code === FAULT_CODES.BAD_NAME) {
    context.fail(`ERROR: no such process/group: ${group}`);
  } else {
    expectValue(result);
    context.report.item(groupItem(group, "added process group"));
  }
}
