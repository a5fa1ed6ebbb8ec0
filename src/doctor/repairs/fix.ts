// What repairs are made of. A fix yields the command to paste, the step of doctor, and its class.
//
//   repair("Restrict the socket to its group",
//     fix.options(config, [{ section: "unix_http_server", key: "chmod", value: "0770" }], probe),
//     fix.access("B", "/run/x.sock", seen, { ...seen, mode: 0o770 }, probe))

import { octalMode } from "../../core/base/permission-words.ts";
import {
  type Access,
  type PlannedStep,
  plannedOnUndo,
  type ServiceCommand,
  type Step,
} from "../../install/plan/steps.ts";
import type { Account } from "../facts/access.ts";
import type { DoctorFacts, ServiceState } from "../facts/doctor-facts.ts";
import type { Probe, Seen } from "../facts/probe.ts";
import { dropInDirectory, unitSetting, unitTexts } from "../facts/service.ts";
import type { Fix, Repair, RepairClass } from "../model.ts";
import { shellLine, shellWord } from "./commands.ts";
import { changeOptions, describeChanges, type OptionChange } from "./config-edits.ts";
import { directoryStep, ownerOf, ownStep, repairStep } from "./repairs.ts";

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
    {
      undo = null,
      now = "",
      will = what,
    }: Partial<Pick<ServiceCommand & PlannedStep, "undo" | "now" | "will">> = {},
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

  /** Changes owner or mode of a file, if it has not changed since it was examined. */
  access(as: Automatic, path: string, before: Seen, after: Access, probe: Probe): Fix {
    const { user, group } = ownerOf(after, probe);
    const isGiven = before.uid !== after.uid;
    const isGrouped = before.gid !== after.gid;
    const commands = [
      ...(isGiven ? [["chown", isGrouped ? `${user}:${group}` : user, path]] : []),
      ...(isGrouped && !isGiven ? [["chgrp", group, path]] : []),
      ...(before.mode === after.mode ? [] : [["chmod", octalMode(after.mode), path]]),
    ];
    const steps = [ownStep(path, before, after, probe)];
    return { class: as, commands: commands.map(shellLine), steps };
  },

  /** Creates a missing directory. */
  directory(as: Automatic, path: string, access: Access, probe: Probe): Fix {
    const { user, group } = ownerOf(access, probe);
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

// Directories in memory, which a boot deletes: systemd recreates those in tmpfiles.d(5).

/** The file with doctor's directories for systemd. */
const TMPFILES = "/etc/tmpfiles.d/tsv-doctor.conf";

const HEADER = "# Directories to create at each boot. Written by `tsv doctor`.\n";

/** The line for a directory; null if its name cannot be written there. */
export function tmpfilesLine(
  path: string,
  { uid, gid, mode }: Access,
  probe: Probe,
): string | null {
  if (/[\s%"'\\]/.test(path)) return null;
  const { user, group } = ownerOf({ uid, gid }, probe);
  return `d ${path} ${octalMode(mode)} ${user} ${group} -`;
}

/** Adds lines to the file, so that systemd creates their directories at each boot. */
export function atBoot(lines: readonly string[], probe: Probe): Fix {
  const before = probe.readText(TMPFILES);
  const known = (before ?? HEADER).split("\n");
  const added = Array.from(new Set(lines)).filter((line) => !known.includes(line));
  const text = `${before ?? HEADER}${added.map((line) => `${line}\n`).join("")}`;
  const owner = { user: "root", group: "root" };
  const what = "directories to create at boot";
  const now = before === null ? "missing" : "without these directories";
  const step: Step = { kind: "file", path: TMPFILES, text, mode: 0o644, owner, what };
  const commands = added.map((line) => `echo ${shellWord(line)} >> ${TMPFILES}`);
  return { class: "B", commands, steps: [repairStep(step, now, what)] };
}

/** Whether the file system of a path is in memory. */
export function isVolatile(path: string, probe: Probe): boolean {
  const type = probe.fileSystem(path)?.type ?? "";
  return type === "tmpfs" || type === "ramfs";
}

// Changes settings of a service of systemd: in a drop-in, or in its unit if tsv wrote that.

/** The contents of a drop-in. */
export interface DropIn {
  /** One word for the name of its file: "stop", "limits". Unique for each check. */
  readonly word: string;
  /** The reason, as a comment in the file. */
  readonly because: string;
  readonly section: "Unit" | "Service";
  readonly lines: readonly string[];
}

/** Writes a drop-in that is read after all others, and makes systemd reload. */
export function dropIn(as: "A" | "B", service: ServiceState, wanted: DropIn, probe: Probe): Fix {
  const { word, because, section, lines } = wanted;
  const directory = dropInDirectory(service);
  const path = `${directory}/zz-tsv-doctor-${word}.conf`;
  const unit = service.file === null ? null : probe.look(service.file.path);
  const { uid, gid } = service.scope === "user" && unit?.ok === true ? unit : { uid: 0, gid: 0 };
  const text = `# ${because} Written by \`tsv doctor\`.\n[${section}]\n${lines.join("\n")}\n`;
  const owner = ownerOf({ uid, gid }, probe);
  const what = "drop-in of the unit";
  const file = repairStep(
    { kind: "file", path, text, mode: 0o644, owner, what },
    probe.look(path).ok ? "different" : "missing",
    `drop-in with ${lines.join(", ")}`,
  );
  const created = probe.look(directory).ok
    ? []
    : [directoryStep(directory, { mode: 0o755, uid, gid }, probe)];
  const edit = [...systemctl(service), "edit", service.name].join(" ");
  return {
    class: as,
    commands: [`${edit}   # and write there: [${section}] ${lines.join(" and ")}`],
    // After an undo has restored the files: the first step is undone last.
    steps: [
      plannedOnUndo([...systemctl(service), "daemon-reload"], false),
      ...created,
      file,
      ...reload(service).steps,
    ],
  };
}

/**
 * Changes a setting in [Service]: in the unit if tsv wrote it and the installer would write the same, otherwise in a drop-in. A
 * value that was set by hand is intentional, and requires a confirmation.
 * @param line "TasksMax=infinity"
 * @param because the reason, as a comment in the drop-in
 */
export function setting(service: ServiceState, line: string, because: string, probe: Probe): Fix {
  const [key = ""] = line.split("=");
  const present = unitSetting(unitTexts(service, probe), "Service", key);
  const unit = service.file?.path ?? null;
  const isElsewhere = present !== null && present.path !== unit;
  const steps = service.restoration?.steps ?? [];
  const rewrite = steps.find(({ step }) => step.kind === "file" && step.path === unit);
  if (!isElsewhere && rewrite?.edited === null && rewrite.step.kind === "file") {
    if (rewrite.step.text.split("\n").includes(line)) {
      return { class: "A", commands: ["tsv install --boot"], steps };
    }
  }
  const isByHand = isElsewhere || (present !== null && !isUntouched(service, rewrite));
  const wanted: DropIn = { word: key.toLowerCase(), because, section: "Service", lines: [line] };
  return dropIn(isByHand ? "B" : "A", service, wanted, probe);
}

/** Written by `tsv install` or installed by a package, and not edited since. */
function isUntouched({ file, manifest }: ServiceState, rewrite: PlannedStep | undefined): boolean {
  if (file === null || (rewrite !== undefined && rewrite.edited !== null)) return false;
  return (
    file.isPackaged ||
    manifest?.entries.some((entry) => entry.kind === "file" && entry.path === file.path) === true
  );
}

/** Makes systemd read changed files. Does not affect running services. */
export function reload(service: Pick<ServiceState, "scope">): Fix {
  const argv = [...systemctl(service), "daemon-reload"];
  return fix.command("A", argv, "make systemd reload its units");
}

function systemctl({ scope }: Pick<ServiceState, "scope">): readonly string[] {
  return scope === "user" ? ["systemctl", "--user"] : ["systemctl"];
}

// The group of the service: a daemon that does not run as root has to be its member, to read the configuration again and to
// enter the log directory.

/** Adds the daemon's user to the group of its service. null for root, for users and groups without a name, and for members. */
export function joiningOf(account: Account, { service, probe }: DoctorFacts) {
  if (service.file === null || service.scope !== "system" || account.uid === 0) return null;
  const user = probe.user(account.uid)?.name;
  const found = probe.group(service.manifest?.group ?? service.name);
  if (user === undefined || found === null || account.gids.includes(found.gid)) return null;
  const { name: group, gid } = found;
  const argv = ["usermod", "-aG", group, user];
  const undo = ["gpasswd", "-d", user, group];
  const what = `add ${user} to the group ${group}`;
  const step = repairStep({ kind: "command", argv, undo, what }, "", what);
  return { group, gid, command: shellLine(argv), step };
}
