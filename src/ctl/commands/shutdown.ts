// shutdown: stops every process, then the daemon. As supervisorctl it returns at once; under its own name tsv waits.

import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { isShuttingDown } from "../client.ts";
import { type Command, type CommandContext, expectValue, failedWith } from "../context.ts";

export const shutdown: Command = {
  name: "shutdown",
  usage: [["shutdown", "Stop every process and supervisord"]],
  run: runShutdown,
};

async function runShutdown(context: CommandContext, argument: string): Promise<void> {
  if (argument !== "") {
    context.misuse(shutdown, "Error: shutdown accepts no arguments");
    return;
  }
  const question = "Really shut the remote supervisord process down y/N? ";
  if (!(await isConfirmed(context, question))) return;
  const before = context.isOwn ? await context.client.call("supervisor.getPID") : null;
  const result = await context.client.call("supervisor.shutdown");
  if (!result.ok && isShuttingDown(result.error)) {
    context.fail("ERROR: already shutting down", context.exitStatus);
  } else if (failedWith(result, "ECONNREFUSED")) {
    context.fail(`ERROR: ${context.serverUrl} refused connection (already shut down?)`);
  } else if (failedWith(result, "ENOENT")) {
    context.fail(`ERROR: ${context.serverUrl} no such file (already shut down?)`);
  } else {
    expectValue(result);
    if (before?.ok === true) await untilGone(context, before.value);
    context.report.item({ line: "Shut down", data: { result: "shut down" } });
  }
}

const LOOK_MS = 100;

/** Until nothing listens any more, or another daemon does: a service that is started again at once. */
async function untilGone(context: CommandContext, pid: XmlRpcValue): Promise<void> {
  const { showProgress } = await import("../progress.ts");
  const progress = showProgress(context);
  try {
    for (;;) {
      context.client.close();
      const answer = await context.client.call("supervisor.getPID");
      if (!answer.ok && answer.error.kind === "connection") return;
      if (answer.ok && answer.value !== pid) return;
      await context.startPause(LOOK_MS).over;
    }
  } finally {
    progress.end();
  }
}

/** Asks a person; a script is taken at its word. The end of input means no. */
export async function isConfirmed(context: CommandContext, question: string): Promise<boolean> {
  if (!context.interactive) return true;
  const answer = await context.terminal.readLine(question);
  if (answer === null) context.report.notice("");
  return answer?.toLowerCase().startsWith("y") ?? false;
}
