// reload: stops every process, then starts the daemon over with a fresh configuration. Returns at once.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { faultCode, isShuttingDown } from "../client.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { tellRefused } from "./reread.ts";
import { isConfirmed } from "./shutdown.ts";

export const reload: Command = {
  name: "reload",
  usage: [
    ["reload", "Stop every process, then restart supervisord with the configuration read again"],
  ],
  run: runReload,
};

async function runReload(context: CommandContext, argument: string): Promise<void> {
  if (argument !== "") {
    context.misuse(reload, "Error: reload accepts no arguments");
    return;
  }
  if (!(await isConfirmed(context, "Really restart the remote supervisord process y/N? "))) return;
  const result = await context.client.call("supervisor.restart");
  if (!result.ok && isShuttingDown(result.error)) {
    context.fail("ERROR: already shutting down");
    return;
  }
  if (!result.ok && result.error.kind === "fault") {
    if (faultCode(result.error) === FAULT_CODES.CANT_REREAD) {
      if (context.isOwn) return await tellRefused(context, result.error.text);
      return context.fail(`ERROR: ${result.error.text}; nothing was stopped`);
    }
  }
  expectValue(result);
  context.report.item({ line: "Restarted supervisord", data: { result: "restarted" } });
}
