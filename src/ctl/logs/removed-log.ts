// Reports a log whose file another process removed or renamed. If the daemon has the file open, it goes on writing to it.

import { shellWord } from "../../core/base/shell-word.ts";
import { type CommandContext, EXIT } from "../context.ts";
import { type ProgramLog, type RemovedLog, removedLogOf } from "./log-reader.ts";

const WHERE_OUTPUT_GOES = "new lines go to that file, and are lost if it was removed";

/** Reports it of the log of a program. */
export async function reportRemoved(
  context: CommandContext,
  { name, channel }: Pick<ProgramLog, "name" | "channel">,
  { path, isOpen }: RemovedLog,
): Promise<void> {
  context.exitStatus = EXIT.GENERIC;
  const text = `the ${channel} log of ${name} was removed or renamed: ${path}`;
  await context.hint(async ({ config }) =>
    isOpen
      ? {
          text: `${text}; ${WHERE_OUTPUT_GOES}`,
          steps: [["Write to that path again", `tsv reopen ${shellWord(name)}${config}`]],
        }
      : { text: `${text}; the next start of ${name} makes it again`, steps: [] },
  );
}

/** @returns whether the log was removed or renamed */
export async function reportIfRemoved(
  context: CommandContext,
  log: Pick<ProgramLog, "name" | "channel">,
): Promise<boolean> {
  const removed = await askRemoved(context, log.name, log.channel);
  if (removed !== null) await reportRemoved(context, log, removed);
  return removed !== null;
}

/** Reports it of the activity log, which a daemon has open as long as it runs. */
export async function reportIfActivityLogRemoved(context: CommandContext): Promise<void> {
  const removed = await askRemoved(context, "", "");
  if (removed === null) return;
  const pid = await context.client.call("supervisor.getPID");
  context.exitStatus = EXIT.GENERIC;
  await context.hint(async () => ({
    text: `the activity log was removed or renamed: ${removed.path}; ${WHERE_OUTPUT_GOES}`,
    steps:
      pid.ok && context.serverUrl.startsWith("unix:")
        ? [["Write to the paths of all logs again", `kill -USR2 ${pid.value}`]]
        : [],
  }));
}

async function askRemoved(
  context: CommandContext,
  name: string,
  channel: string,
): Promise<RemovedLog | null> {
  if (!context.isOwn) return null;
  const listed = await context.client.call("tsv.getLogFiles", [name, channel]);
  return listed.ok ? removedLogOf(listed.value) : null;
}
