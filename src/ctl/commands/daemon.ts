// version, pid, reload and shutdown: the daemon itself, and process ids.

import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { readNumber, readProcessRow, readProcessRows, readText } from "../answers.ts";
import { faultOf, methodCall } from "../client.ts";
import { type Command, type CommandContext, EXIT, expectValue } from "../context.ts";
import { connectionCode } from "../failure.ts";
import { showProgress } from "../progress.ts";
import { reportRefusedConfig } from "./config.ts";

export const version: Command = {
  name: "version",
  usage: [["version", "Print the version of supervisord"]],
  takesNoArguments: true,
  run: async (context) => {
    const [result] = (await context.query(methodCall("supervisor.getSupervisorVersion"))) ?? [];
    if (result === undefined) return;
    const text = readText(expectValue(result));
    context.report.item({ line: text, data: { version: text } });
  },
};

export const pid: Command = {
  name: "pid",
  usage: [
    ["pid", "Print the process id of supervisord"],
    ["pid <name> [...]", "Print the process id of each process, 0 for one that is down"],
    ["pid all", "Print the process id of every process"],
  ],
  run: async (context, names) => {
    if (names.length === 0) {
      const [result] = (await context.query(methodCall("supervisor.getPID"))) ?? [];
      if (result === undefined) return;
      const number = readNumber(expectValue(result));
      context.report.item({ line: String(number), data: { name: null, pid: number } });
    } else if (names.includes("all")) {
      const [result] = (await context.query(methodCall("supervisor.getAllProcessInfo"))) ?? [];
      if (result !== undefined) {
        context.report.items(readProcessRows(expectValue(result)).map(pidItem));
      }
    } else if (await context.isUp()) {
      for (const name of names) await reportPid(context, name);
    }
  },
};

async function reportPid(context: CommandContext, name: string): Promise<void> {
  const result = await context.client.call("supervisor.getProcessInfo", [name]);
  if (faultOf(result) === "BAD_NAME") return context.failUnknown(name, `No such process ${name}`);
  const row = readProcessRow(expectValue(result));
  context.report.item(pidItem(row));
  if (row.pid === 0) context.exitStatus = EXIT.NOT_RUNNING;
}

function pidItem(row: { readonly group: string; readonly name: string; readonly pid: number }) {
  return { line: String(row.pid), data: { group: row.group, name: row.name, pid: row.pid } };
}

/** Returns at once. */
export const reload: Command = {
  name: "reload",
  usage: [
    ["reload", "Stop every process, then restart supervisord with the configuration read again"],
  ],
  takesNoArguments: true,
  run: async (context) => {
    if (!(await isConfirmed(context, "Really restart the remote supervisord process y/N? ")))
      return;
    const result = await context.client.call("supervisor.restart");
    const fault = faultOf(result);
    if (fault === "SHUTDOWN_STATE") return context.fail("ERROR: already shutting down");
    if (!result.ok && result.error.kind === "fault" && fault === "CANT_REREAD") {
      return await reportRefusedConfig(context, result.error.text, "; nothing was stopped");
    }
    expectValue(result);
    const line = context.isRun ? "Restarted the run" : "Restarted supervisord";
    context.report.item({ line, data: { result: "restarted" } });
  },
};

/** As supervisorctl it returns at once; under its own name tsv waits. */
export const shutdown: Command = {
  name: "shutdown",
  usage: [["shutdown", "Stop every process and supervisord"]],
  takesNoArguments: true,
  run: async (context) => {
    const question = "Really shut the remote supervisord process down y/N? ";
    if (!(await isConfirmed(context, question))) return;
    const before = context.isOwn ? await context.client.call("supervisor.getPID") : null;
    const result = await context.client.call("supervisor.shutdown");
    const code = result.ok ? null : connectionCode(result.error);
    if (faultOf(result) === "SHUTDOWN_STATE") {
      context.fail("ERROR: already shutting down", context.exitStatus);
    } else if (code === "ECONNREFUSED" && !context.isOwn) {
      context.fail(`ERROR: ${context.serverUrl} refused connection (already shut down?)`);
    } else if (code === "ENOENT" && !context.isOwn) {
      context.fail(`ERROR: ${context.serverUrl} no such file (already shut down?)`);
    } else {
      expectValue(result);
      if (before?.ok === true) await untilGone(context, before.value);
      context.report.item({ line: "Shut down", data: { result: "shut down" } });
    }
  },
};

const POLL_MS = 100;

/** Until nothing is listening, or another daemon is: a service that is started again at once. */
async function untilGone(context: CommandContext, daemonPid: XmlRpcValue): Promise<void> {
  const progress = showProgress(context);
  try {
    for (;;) {
      context.client.close();
      const answer = await context.client.call("supervisor.getPID");
      if (!answer.ok && answer.error.kind === "connection") return;
      if (answer.ok && answer.value !== daemonPid) return;
      await context.startPause(POLL_MS).over;
    }
  } finally {
    progress.end();
  }
}

/** Asks a person; a script is taken at its word. The end of input means no. */
async function isConfirmed(context: CommandContext, question: string): Promise<boolean> {
  if (!context.interactive) return true;
  const answer = await context.terminal.readLine(question);
  if (answer === null) context.report.notice("");
  return answer?.toLowerCase().startsWith("y") ?? false;
}
