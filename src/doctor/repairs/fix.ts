// What repairs are made of. A fix is said once: it yields the command to paste, the step of doctor, and its class.
//
//   repair("Restrict the socket to its group",
//     fix.options(config, [{ section: "unix_http_server", key: "chmod", value: "0770" }], probe),
//     fix.access("B", "/run/x.sock", seen, { ...seen, mode: 0o770 }, probe))

import { octalMode } from "../../core/base/permission-words.ts";
import type { ConfigEdit } from "../../core/config/lint/edits.ts";
import type { Access, PlannedStep } from "../../install/plan/steps.ts";
import type { Probe, Seen } from "../facts/probe.ts";
import type { Fix, Repair, RepairClass } from "../model.ts";
import { atBoot } from "./at-boot.ts";
import { dropIn, setting } from "./drop-in.ts";
import { editStep } from "./edit-config.ts";
import { changeOptions, describeChanges, type OptionChange } from "./option-edits.ts";
import { directoryStep, ownStep, repairStep } from "./repairs.ts";
import { shellLine } from "./shell-quoting.ts";

/**
 * A repair with all its fixes, in this order. Its class is that of the fix that needs the most confirmation; if only the user
 * can make one of them, the user makes all.
 * @param advice one imperative sentence: "Remove the stale socket"
 */
export function repair(advice: string, ...fixes: readonly Fix[]): Repair {
  const commands = fixes.flatMap((one) => one.commands);
  const steps = fixes.flatMap((one) => one.steps);
  const isManual = steps.length === 0 || fixes.some((one) => one.class === "C");
  if (isManual) return { class: "C", advice, commands, steps: [] };
  return { class: fixes.some((one) => one.class === "B") ? "B" : "A", advice, commands, steps };
}

type Automatic = Exclude<RepairClass, "C">;

export const fix = {
  atBoot,
  dropIn,
  setting,

  /** Only the user can make it. */
  manual(...commands: readonly string[]): Fix {
    return { class: "C", commands, steps: [] };
  },

  /** Further lines for the user beside other fixes. */
  also(...commands: readonly string[]): Fix {
    return { class: "A", commands, steps: [] };
  },

  /** Any steps, and the commands that do the same. */
  steps(as: Automatic, commands: readonly string[], steps: readonly PlannedStep[]): Fix {
    return { class: as, commands, steps };
  },

  /** Runs a command. @param what for messages: "enable tsv" */
  command(
    as: Automatic,
    argv: readonly string[],
    what: string,
    { undo = null, now = "", will = what }: CommandDetails = {},
  ): Fix {
    const step = repairStep({ kind: "command", argv, undo, what }, now, will);
    return { class: as, commands: [shellLine(argv)], steps: [step] };
  },

  /** Sets options of the configuration; manual if its files cannot be edited. */
  options(
    config: Parameters<typeof changeOptions>[0],
    changes: readonly OptionChange[],
    probe: Probe,
  ): Fix {
    const steps = changeOptions(config, changes, probe);
    const commands = describeChanges(config, changes);
    return steps === null ? fix.manual(...commands) : { class: "B", commands, steps };
  },

  /** Edits one file of the configuration; manual if it cannot be read. */
  edit(file: string, edits: readonly ConfigEdit[], command: string, probe: Probe): Fix {
    const step = editStep(file, edits, probe);
    return step === null ? fix.manual(command) : { class: "B", commands: [command], steps: [step] };
  },

  /** Changes owner or mode of a file, if it has not changed since it was examined. */
  access(as: Automatic, path: string, before: Seen, after: Access, probe: Probe): Fix {
    const [user = "root", group = "root"] = probe.ownerName(after.uid, after.gid).split(":");
    const isGiven = before.uid !== after.uid;
    const isGrouped = before.gid !== after.gid;
    const commands = [
      ...(isGiven ? [["chown", isGrouped ? `${user}:${group}` : user, path]] : []),
      ...(isGrouped && !isGiven ? [["chgrp", group, path]] : []),
      ...(before.mode === after.mode ? [] : [["chmod", octalMode(after.mode), path]]),
    ];
    return {
      class: as,
      commands: commands.map(shellLine),
      steps: [ownStep(path, before, after, probe)],
    };
  },

  /** Creates a missing directory. */
  directory(as: Automatic, path: string, access: Access, probe: Probe): Fix {
    const [user = "root", group = "root"] = probe.ownerName(access.uid, access.gid).split(":");
    const mode = octalMode(access.mode);
    const argv = ["install", "-d", "-o", user, "-g", group, "-m", mode, path];
    const steps = [directoryStep(path, access, probe)];
    return { class: as, commands: [shellLine(argv)], steps };
  },

  /** Removes a runtime file of a daemon; an undo does not restore it. @param now "a stale socket" */
  removeStale(as: Automatic, path: string, now: string): Fix {
    const step = repairStep({ kind: "remove-stale", path }, now, "removed");
    return { class: as, commands: [shellLine(["rm", path])], steps: [step] };
  },
};

interface CommandDetails {
  readonly undo?: readonly string[] | null;
  readonly now?: string;
  readonly will?: string;
}
