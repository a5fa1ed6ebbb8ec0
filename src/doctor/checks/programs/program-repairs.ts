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

/** Sets options in the program's section; by hand if the file cannot be edited. */
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
 * The command as written, with its first word replaced or prefixed; null if it is written in a way that cannot be edited as
 * text.
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
 * The repair for a path with a symlink that another user can change; null if there is none. The owner of the symlink could
 * choose the file that root opens or changes, even through a pasted command.
 */
export function behindLink(path: string, { caller }: Situation, probe: Probe): Repair | null {
  const link = caller.uid === 0 ? strayLink(path, probe) : null;
  if (link === null) return null;
  const advice = `Check the target of ${printable(link)}: users other than root can change this symlink, so doctor does not change its target`;
  return byHand(advice, [shellLine(["namei", "-l", path])]);
}

/**
 * Gives an account access to a path that only root can use, through its group, so that no other user gets access. null if
 * this would override an owner or mode that was set on purpose.
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
    advice: `Give the group ${group} access to ${path}`,
    commands: [
      `chgrp ${shellWord(group)} ${shellWord(path)} && chmod ${octalMode(mode)} ${shellWord(path)}`,
    ],
    steps: [ownStep(path, seen, { uid: 0, gid, mode }, probe)],
  };
}
