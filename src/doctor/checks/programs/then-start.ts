// The last step after a repair of what kept a program from starting: a program that is STOPPED stays so until it is started.

import { displayName } from "../../../core/base/ids.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { statusesOf, statusTable, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import type { Check } from "../check.ts";

/** The check, whose findings about stopped programs end with the command that starts them. */
export function thenStart(check: Check): Check {
  return {
    ...check,
    look(situation, probe) {
      const said = check.look(situation, probe);
      if (said.length === 0) return said;
      const commands = startCommands(situation, probe);
      return said.map((one) => ("unknown" in one ? one : withStart(one, commands)));
    },
  };
}

function withStart(finding: Finding, commands: ReadonlyMap<string, string>): Finding {
  const { repair, subject } = finding;
  const command = commands.get(subject);
  if (command === undefined || repair.commands.includes(command)) return finding;
  return { ...finding, repair: { ...repair, commands: [...repair.commands, command] } };
}

/** The commands that start what is stopped, by the subjects of findings about programs. */
export function startCommands(situation: Situation, probe: Probe): ReadonlyMap<string, string> {
  const statuses = statusTable(situation);
  const commands = supervisedPrograms(situation, probe).flatMap((program) => {
    const stopped = statusesOf(program, statuses).filter(({ state }) => state === "STOPPED");
    const names = stopped.map(({ group, name }) => displayName(group, name));
    const isStopped = names.length > 0;
    return isStopped ? [[program.label, tsvCommand(["start", ...names], situation)] as const] : [];
  });
  return new Map(commands);
}
