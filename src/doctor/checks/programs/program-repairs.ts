// Repairs that several checks of programs suggest.

import { octalMode } from "../../../core/base/file-mode.ts";
import { printable } from "../../../core/base/printable.ts";
import { type Account, permits, steadyPath, strayLink } from "../../facts/access.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Supervised } from "../../facts/supervised.ts";
import type { Repair } from "../../model.ts";
import { changeOptions, describeChanges, writtenValue } from "../../repairs/option-edits.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";

/** Options of the program's section set to values; by hand where the file cannot be edited. */
export function setOptions(
  advice: string,
  program: Supervised,
  values: Readonly<Record<string, string>>,
  { config }: Situation,
  probe: Probe,
): Repair {
  const changes = Object.entries(values).map(([key, value]) => ({
    section: program.section,
    key,
    value,
  }));
  const commands = describeChanges(config, changes);
  const steps = changeOptions(config, changes, probe);
  return steps === null ? byHand(advice, commands) : { class: "B", advice, commands, steps };
}

/**
 * The command as it is written, with something else for its first word or before it; null when it is written in a way that
 * cannot be changed by text alone.
 */
export function rewrittenCommand(
  program: Supervised,
  { config }: Situation,
  change: (first: string, rest: string) => string,
): string | null {
  const written = writtenValue(config, program.section, "command");
  if (written === null || written.includes("\n")) return null;
  const split = /^([^\s"'\\]+)(\s.*)?$/.exec(written.trim());
  if (split === null) return null;
  const [, first = "", rest = ""] = split;
  return change(first, rest);
}

/**
 * What root does where a link leads that others can change; null where there is none. Whoever made the link would choose
 * the file that root opens or changes, also by a command that is pasted.
 */
export function behindLink(path: string, { caller }: Situation, probe: Probe): Repair | null {
  const link = caller.uid === 0 ? strayLink(path, probe) : null;
  if (link === null) return null;
  const advice = `See where ${printable(link)} leads: it is a link that others than root can change, and what it leads to stays as it is`;
  return byHand(advice, [shellLine(["namei", "-l", path])]);
}

/**
 * Lets an account do something at a path that is root's alone: through its group, so that nobody else may. null where
 * somebody else's choice of owner and mode would be overruled.
 */
export function letIn(
  named: string,
  seen: Seen,
  account: Account,
  bits: 5 | 7,
  probe: Probe,
): Repair | null {
  const path = steadyPath(named, probe);
  const gid = account.gids[0];
  if (seen.uid !== 0 || seen.gid !== 0 || gid === undefined || gid === 0) return null;
  const mode = seen.mode | (bits << 3);
  const group = probe.group(gid)?.name ?? String(gid);
  if (permits(account, seen, "x")) return null;
  return {
    class: "B",
    advice: `Let the group ${group} use ${path}`,
    commands: [
      `chgrp ${shellWord(group)} ${shellWord(path)} && chmod ${octalMode(mode)} ${shellWord(path)}`,
    ],
    steps: [ownStep(path, seen, { uid: 0, gid, mode }, probe)],
  };
}
