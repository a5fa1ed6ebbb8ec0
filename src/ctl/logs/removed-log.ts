// Reports a log whose file another process removed or renamed while the daemon has it open: the daemon goes on writing to that file.

import { shellWord } from "../../core/base/shell-word.ts";
import { fieldOf, textOf } from "../../core/xmlrpc/value.ts";
import { type CallResult, faultOf } from "../client.ts";
import { type CommandContext, EXIT } from "../context.ts";
import { isRemovedLog, type ProgramLog } from "./log-reader.ts";

const WHERE_OUTPUT_GOES = "new lines go to that file, and are lost if it was removed";

/** Reports it of the log of a program. */
export async function reportRemoved(
  context: CommandContext,
  { name, channel, path }: Pick<ProgramLog, "name" | "channel" | "path">,
): Promise<void> {
  context.exitStatus = EXIT.GENERIC;
  await context.hint(async ({ config }) => ({
    text: `the ${channel} log of ${name} was removed or renamed: ${path}; ${WHERE_OUTPUT_GOES}`,
    steps: [["Make it again", `tsv reopen ${shellWord(name)}${config}`]],
  }));
}

/** @returns whether the log was removed or renamed */
export async function reportIfRemoved(
  context: CommandContext,
  { name, channel }: Pick<ProgramLog, "name" | "channel">,
): Promise<boolean> {
  if (!context.isOwn) return false;
  const listed = await context.client.call("tsv.getLogFiles", [name, channel]);
  if (!listed.ok || !isRemovedLog(listed.value)) return false;
  const info = await context.client.call("supervisor.getProcessInfo", [name]);
  const path = info.ok ? textOf(fieldOf(info.value, `${channel}_logfile`)) : "";
  await reportRemoved(context, { name, channel, path });
  return true;
}

/** Reports it of the activity log, which a daemon has open as long as it runs. @param result the fault of reading it */
export async function reportRemovedActivityLog(
  context: CommandContext,
  result: CallResult,
): Promise<void> {
  if (!context.isOwn || result.ok || result.error.kind !== "fault") return;
  if (faultOf(result) !== "NO_FILE") return;
  // A daemon that logs to syslog or nowhere has no path.
  const path = /^NO_FILE: (\/.*)$/.exec(result.error.text)?.[1];
  const pid = await context.client.call("supervisor.getPID");
  if (path === undefined || !pid.ok || typeof pid.value !== "number") return;
  const { value } = pid;
  await context.hint(async () => ({
    text: `the activity log was removed or renamed: ${path}; ${WHERE_OUTPUT_GOES}`,
    steps: context.serverUrl.startsWith("unix:")
      ? [["Make all logs again", `kill -USR2 ${value}`]]
      : [],
  }));
}
