// BOOT-002: the service names an executable or a configuration that does not exist, or its own file is missing.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import { unitSetting, unitTexts } from "../../facts/unit-files.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { startCommands } from "../socket/not-running.ts";
import { movedConfig } from "./moved-config.ts";
import { noexecMount } from "./path-problem.ts";
import { type ServiceTrouble, serviceTrouble } from "./service-trouble.ts";

export const BROKEN_SERVICE = defineCheck({
  code: "BOOT-002",
  area: "boot",
  title: "service refers to missing files",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "`systemctl status tsv` says `code=exited, status=203/EXEC`, `Unit tsv.service not found` or `bad unit file setting`; an init script reports that the executable or the configuration is missing; or tsv does not run after a reboot.",
    cause:
      "The unit or script is broken in one of these ways: it starts an executable that was moved or removed; it names a configuration that was moved or removed; the unit or script itself was removed, by hand or by a cleaner; the script is not executable; or `DAEMON_OPTS=` in its settings contains options that the daemon rejects. Doctor reads what the service would start, including drop-ins and settings. It checks that the executable exists, may be executed and is not on a file system mounted with noexec.",
    repair:
      "With --fix, doctor restores what `tsv install` created, using the installer's plan: the unit or script, its symlinks, its manifest, and, if the old executable is missing, a copy of the executable that runs doctor. Doctor asks first if the file was edited by hand, or if the service would use another configuration than before. If the configuration is missing, and a file of the search path or a copy beside it names the same socket, doctor creates no new one: move the file back, or name it with `tsv install --boot --config`. It also makes a script executable again. Doctor does not restore files of a package, or units that you wrote: reinstall the package, or fix the unit.",
  },
  look(situation, probe) {
    const trouble = serviceTrouble(situation.service, probe);
    return trouble === null ? [] : [finding(trouble, situation, probe)];
  },
});

const SYMPTOMS: Readonly<Record<ServiceTrouble["kind"], string>> = {
  file: "the service does not exist: nothing starts tsv at boot",
  script: "the service does not start: Permission denied, or unrecognized service",
  executable:
    "the service does not start: status=203/EXEC, or its script says that the executable is missing",
  mount: "the service does not start: status=203/EXEC, Permission denied",
  config: "the service does not start: could not find config file",
  options: "the service does not start: the daemon rejects an option and exits with status 2",
  refused: "the service does not start: bad unit file setting",
  part: "a part of the service is missing after a reboot",
};

const CAUSES: Readonly<Record<ServiceTrouble["kind"], string>> = {
  file: "The unit or script of the service was removed.",
  script: "The script that starts tsv is not executable.",
  executable: "The executable of the service does not exist or cannot be executed.",
  mount: "The executable of the service is on a file system that is mounted noexec.",
  config: "The service names a configuration that cannot be read.",
  options: "The settings of the service contain an option that the daemon does not know.",
  refused: "The unit contains settings that systemd rejects.",
  part: "A file that `tsv install` created for the service was removed.",
};

function finding(trouble: ServiceTrouble, situation: Situation, probe: Probe): Finding {
  const { kind, path, evidence } = trouble;
  const naming = fileThatNames(trouble, situation, probe);
  const by = naming === null || naming === path ? [] : [`named by ${naming}`];
  return {
    severity: kind === "part" ? "warning" : "error",
    subject: path,
    symptom: SYMPTOMS[kind],
    cause: CAUSES[kind],
    evidence: [printable(evidence), ...by],
    place: null,
    repair: repairOf(trouble, situation, probe),
  };
}

/** A unit names its configuration in the last file that sets the command, which may be a drop-in. */
function fileThatNames(
  { kind }: ServiceTrouble,
  { service }: Situation,
  probe: Probe,
): string | null {
  const isInCommand = kind === "config" || kind === "executable" || kind === "mount";
  const setting = isInCommand
    ? unitSetting(unitTexts(service, probe), "Service", "ExecStart")
    : null;
  return setting?.path ?? service.file?.path ?? null;
}

function repairOf(trouble: ServiceTrouble, situation: Situation, probe: Probe): Repair {
  const { service } = situation;
  if (trouble.kind === "mount") return remounting(trouble.path, probe);
  if (trouble.kind === "options") {
    return byHand(`Correct DAEMON_OPTS= in ${trouble.path}`, [
      "tsv daemon -h   # lists the options",
      ...startCommands(situation),
    ]);
  }
  if (trouble.kind === "script") return letExecute(trouble.path, service, probe);
  if (trouble.kind === "config" && trouble.path !== service.layout.config) {
    const isOfPackage = service.file?.isPackaged === true || service.manifest?.isPackaged === true;
    if (isOfPackage) return restoreConfig(trouble);
  }
  if (service.file?.isPackaged === true) return reinstall(trouble, service, probe);
  if (service.manifest === null) return correction(trouble, service);
  // The installer would change nothing: the error is in a drop-in or in the settings.
  if (service.restoration?.steps.length === 0) return correction(trouble, service);
  const moved = trouble.kind === "config" ? movedConfig(trouble.path, situation, probe) : null;
  return moved === null ? restore(service) : moveBack(trouble.path, moved);
}

/** What the installer would do now. */
function restore({ restoration, manifest, file }: ServiceState): Repair {
  const config = restoration?.config ?? manifest?.config ?? "";
  const isSame = config === manifest?.config;
  const words = ["tsv", "install", "--boot", ...(manifest?.scope === "user" ? ["--user"] : [])];
  const command = `${words.join(" ")}${isSame ? "" : ` --config ${shellWord(config)}`}`;
  if (restoration === null || restoration.obstacles.length > 0) {
    const reasons = (restoration?.obstacles ?? []).map((reason) => `# ${reason}`);
    return byHand("Install the service again", [...reasons, command]);
  }
  const { steps } = restoration;
  const isEdited = steps.some(({ edited }) => edited !== null);
  const isMade = steps.some(({ step }) => step.kind === "file" && step.path === config);
  // Other programs would run: those of another configuration, or only those in its included files.
  const isOther = !isSame || isMade;
  const again = file === null ? "Restore the service" : "Write the service again";
  return {
    class: isEdited || isOther ? "B" : "A",
    advice: isMade
      ? `Create ${config} again, unless you have a backup; the files in its conf.d are still used`
      : isSame
        ? `${again}, as tsv install does`
        : `${again} with the configuration ${config}`,
    commands: [command],
    steps,
  };
}

/** A new configuration would hide the moved one: its programs would be missing. */
function moveBack(path: string, moved: string): Repair {
  return byHand(
    `Move ${printable(moved)} back, or run the service with it: it names the same socket`,
    [shellLine(["mv", moved, path]), shellLine(["tsv", "install", "--boot", "--config", moved])],
  );
}

/** The text of the script may be correct: then the installer would change nothing. */
function letExecute(path: string, { manifest }: ServiceState, probe: Probe): Repair {
  const advice = "Make the script executable";
  const commands = [`chmod +x ${shellWord(path)}`];
  const seen = probe.look(path);
  if (!seen.ok || seen.kind !== "file") return byHand(advice, commands);
  const isOurs = manifest?.entries.some((entry) => entry.kind === "file" && entry.path === path);
  const after = { uid: seen.uid, gid: seen.gid, mode: seen.mode | 0o111 };
  const steps = [ownStep(path, seen, after, probe)];
  return { class: isOurs === true ? "A" : "B", advice, commands, steps };
}

/** The mount option is a decision of the administrator. */
function remounting(path: string, probe: Probe): Repair {
  const point = noexecMount(path, probe) ?? "/";
  return byHand(`Mount ${point} without noexec, or run tsv from another file system`, [
    `mount -o remount,exec ${shellWord(point)}   # and without noexec in /etc/fstab`,
    "tsv install --boot   # with an executable on another file system",
  ]);
}

function reinstall({ kind, path }: ServiceTrouble, { name }: ServiceState, probe: Probe): Repair {
  const isDebian = probe.look("/usr/bin/dpkg").ok;
  const again = isDebian ? "apt-get install --reinstall tsv" : "dnf reinstall tsv";
  const commands = kind === "config" ? configCommands(path, isDebian, again) : [again];
  return byHand(`Reinstall the package to restore ${name}`, commands);
}

/** A migrated configuration: the package of tsv does not contain it. */
function restoreConfig({ path }: ServiceTrouble): Repair {
  return byHand(`Restore ${path} from a backup, or run the service with another configuration`, [
    "tsv install --boot --config FILE",
  ]);
}

/** dpkg considers the removal of a configuration file intentional, and restores it only with --force-confmiss. */
function configCommands(path: string, isDebian: boolean, again: string): readonly string[] {
  const forced = "apt-get -o Dpkg::Options::=--force-confmiss install --reinstall tsv";
  return [
    `# restore ${path} from a backup, or install the one of the package:`,
    isDebian ? forced : again,
  ];
}

function correction({ kind, path }: ServiceTrouble, { file, init, name }: ServiceState): Repair {
  const where = file?.path ?? name;
  return byHand(`Correct the ${kind === "config" ? "configuration" : "executable"} in ${where}`, [
    init === "systemd" ? `systemctl edit --full ${name}   # ${path}` : `# in ${where}: ${path}`,
    "tsv install --boot   # or let tsv write its own service",
  ]);
}
