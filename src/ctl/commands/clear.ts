// clear: empties the logs of processes.

import { parseNamespec } from "../../core/base/ids.ts";
import { readProcessRows } from "../answers.ts";
import { splitWords } from "../command-line.ts";
import type { Command, CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { reportOne, reportRows } from "../report-results.ts";
import { CLEAR_WORDS, LOG_FAULTS, noSuchGroup, type ResultWords } from "../results.ts";

export const clear: Command = {
  name: "clear",
  usage: [
    ["clear <name> [...]", "Empty the stdout and stderr logs of processes"],
    ["clear <group>:*", "Empty the logs of every process of a group"],
    ["clear all", "Empty the logs of every process"],
  ],
  run: runClear,
};

async function runClear(context: CommandContext, argument: string): Promise<void> {
  if (!(await context.isUp())) return;
  const names = splitWords(argument);
  if (names.length === 0) {
    context.misuse(clear, "Error: clear requires a process name");
    return;
  }
  if (names.includes("all")) {
    const rows = await context.call("supervisor.clearAllProcessLogs");
    reportRows(context, rows, { words: wordsFor(context), ignored: null });
    return;
  }
  for (const name of names) {
    const { group, process } = parseNamespec(name);
    if (process === null) await clearGroup(context, group);
    else await clearOne(context, group, process);
  }
}

/** The interface clears one process at a time, so the members are asked for first. */
async function clearGroup(context: CommandContext, group: string): Promise<void> {
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const members = rows.filter((row) => row.group === group);
  if (members.length === 0) {
    context.report.item(noSuchGroup(group));
    context.unknownNames.push(`${group}:*`);
    context.exitStatus = EXIT.GENERIC;
  }
  for (const member of members) await clearOne(context, group, member.name);
}

async function clearOne(context: CommandContext, group: string, process: string): Promise<void> {
  const spec = `${group}:${process}`;
  const result = await context.client.call("supervisor.clearProcessLogs", [spec]);
  reportOne(context, { group, process }, { result, words: wordsFor(context), ignored: null });
}

/** supervisorctl only says that it failed. */
function wordsFor({ isOwn }: CommandContext): ResultWords {
  return isOwn ? { ...CLEAR_WORDS, faults: LOG_FAULTS } : CLEAR_WORDS;
}
