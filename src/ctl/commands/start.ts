// start: brings processes up and waits until they are, or have failed.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { textOf } from "../../core/xmlrpc/value.ts";
import { splitWords } from "../command-line.ts";
import type { Command, CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { overNames } from "../over-names.ts";
import { START_WORDS } from "../results.ts";
import type { FailedStart } from "../start-hints.ts";

export const start: Command = {
  name: "start",
  usage: [
    ["start <name> [...]", "Start processes and wait until each is up"],
    ["start <group>:*", "Start every process of a group"],
    ["start all", "Start every process"],
  ],
  run: async (context, argument) => {
    if (await context.isUp()) await startNames(context, splitWords(argument));
  },
};

/** The part after the check, which `restart` shares. */
export async function startNames(context: CommandContext, names: readonly string[]): Promise<void> {
  if (names.length === 0) {
    context.misuse(start, "Error: start requires a process name", EXIT.INVALID_ARGS);
    return;
  }
  if (context.isOwn) await announceNeeded(context, names);
  const failed: FailedStart[] = [];
  await overNames(context, names, {
    words: START_WORDS,
    ignored: FAULT_CODES.ALREADY_STARTED,
    allMethod: "supervisor.startAllProcesses",
    groupMethod: "supervisor.startProcessGroup",
    processMethod: "supervisor.startProcess",
    params: [],
    noGroupStatus: EXIT.INVALID_ARGS,
    failed: (name, fault) => failed.push({ name, fault }),
  });
  if (failed.length === 0) return;
  await context.hint(async (where) => (await import("../start-hints.ts")).startHint(failed, where));
}

/** For more names than these, only results are shown. */
const MOST_ANNOUNCED = 20;

/** Says which programs are started first because others need them. A daemon that does not know has none. */
async function announceNeeded(context: CommandContext, names: readonly string[]): Promise<void> {
  for (const name of names.slice(0, MOST_ANNOUNCED)) {
    const needed = await context.client.call("tsv.getNeededStarts", [name]);
    const starts = needed.ok && Array.isArray(needed.value) ? needed.value.map(textOf) : [];
    if (starts.length > 0)
      context.report.notice(`${name} needs ${starts.join(", ")}: started first`);
  }
}
