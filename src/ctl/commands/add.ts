// add: puts groups to work that the configuration has and the daemon does not run yet.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { faultCode } from "../client.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { groupItem } from "./update.ts";

export const add: Command = {
  name: "add",
  usage: [["add <group> [...]", "Put groups to work that the last reread found"]],
  run: async (context, argument) => {
    for (const group of splitWords(argument)) await addGroup(context, group);
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
