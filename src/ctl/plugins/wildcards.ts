// mstart, mstop, mrestart and mstatus: the actions without the m on all processes that patterns mean, all at once. The
// counterpart of the Python package supervisor-wildcards.

import { err, ok } from "../../core/base/result.ts";
import { splitWords } from "../command-line.ts";
import { restart } from "../commands/restart.ts";
import { start } from "../commands/start.ts";
import { status } from "../commands/status.ts";
import { stop } from "../commands/stop.ts";
import type { Command, CommandContext } from "../context.ts";
import type { CtlPluginFactory } from "./plugin.ts";
import { fullName, inParallel, matchProcesses, type ProcessName, readSwitch } from "./processes.ts";

const NOTHING = "No process matched given expression.";

/** Makes the actions; with `match_group = 1` patterns mean `group:name` instead of the name alone. */
export const createWildcards: CtlPluginFactory = (section) => {
  const matchesGroup = readSwitch(section.arguments["match_group"]);
  if (matchesGroup === null) return err("match_group must be 0 or 1");
  const spell = matchesGroup ? fullName : ({ name }: ProcessName) => name;
  return ok([start, stop, restart, status].map((of) => withPatterns(of, spell)));
};

function withPatterns(of: Command, spell: (process: ProcessName) => string): Command {
  const name = `m${of.name}`;
  return {
    name,
    usage: [
      [`${name} <pattern> [...]`, `Like ${of.name}, for every process whose name fits`],
      [`${name} a*`, `for every process whose name begins with "a"`],
      [`${name} all`, "for every process"],
    ],
    async run(context, argument) {
      const words = splitWords(argument);
      const patterns = words.includes("all") ? ["*"] : words;
      const processes = await matchProcesses(context, patterns, spell);
      if (processes === null) return;
      if (processes.length === 0) context.report.notice(NOTHING);
      else await runOn(context, of, processes);
    },
  };
}

async function runOn(
  context: CommandContext,
  of: Command,
  processes: readonly ProcessName[],
): Promise<void> {
  // One table, not one for each.
  if (of === status) return await of.run(context, processes.map(fullName).join(" "));
  await inParallel(context, processes, (own, process) => of.run(own, fullName(process)));
}
