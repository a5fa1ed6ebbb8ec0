// BOOT-002: the service names an executable or a configuration that is not there, or its own file is gone.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { startCommands } from "../socket/start-commands.ts";
import { noexecMount } from "./path-problem.ts";
import { type ServiceTrouble, serviceTrouble } from "./service-trouble.ts";

export const BROKEN_SERVICE = defineCheck({
  code: "BOOT-002",
  area: "boot",
  title: "service points to what is gone",
  page: {
    symptom:
      "`systemctl status tsv` says `code=exited, status=203/EXEC`, `Unit tsv.service not found` or `bad unit file setting`; an init script says that the executable or the configuration is missing; or tsv is simply not there after a reboot.",
    cause:
      "The unit or script starts an executable that was moved or removed, names a configuration that was, or was removed itself, by hand or by a cleaner, is a script that may not be executed any more, or passes options in `DAEMON_OPTS=` of its settings that the daemon refuses. Doctor reads what the service would start, drop-ins and settings included, and looks whether it is there, may be executed and does not lie on a file system mounted with noexec.",
    repair:
      "What `tsv install` made is made again by --fix, with the installer's own plan: the unit or script, its links, its record, and a copy of the executable that runs doctor where the old one is gone. Doctor asks first where somebody edited the file, and where another configuration would take the place of the one that is gone. A script gets its x bits back. What a package brought, the package has to bring again; a unit that somebody wrote is theirs to mend.",
  },
  look(situation, probe) {
    const trouble = serviceTrouble(situation.service, probe);
    return trouble === null ? [] : [finding(trouble, situation, probe)];
  },
});

const SYMPTOMS: Readonly<Record<ServiceTrouble["kind"], string>> = {
  file: "the service is not there: nothing starts tsv, at boot or by hand",
  script: "the service cannot be started: Permission denied, or unrecognized service",
  executable:
    "the service cannot be started: status=203/EXEC, or its script says that the executable is missing",
  mount: "the service cannot be started: status=203/EXEC, Permission denied",
  config: "the service cannot be started: could not find config file",
  options: "the service cannot be started: the daemon refuses an option and exits with status 2",
  refused: "the service cannot be started: bad unit file setting",
  part: "after a reboot a part of the service is missing",
};

const CAUSES: Readonly<Record<ServiceTrouble["kind"], string>> = {
  file: "The file that tells the init system how to start tsv was removed.",
  script: "The script that starts tsv may not be executed.",
  executable: "The service starts an executable that is not there, or cannot be executed.",
  mount: "Nothing may be executed on the file system that holds the executable of the service.",
  config: "The service names a configuration that cannot be read.",
  options: "The settings of the service hold an option that the daemon does not have.",
  refused: "systemd finds settings in the unit that it does not accept.",
  part: "A file that was installed with the service was removed.",
};

function finding(trouble: ServiceTrouble, situation: Situation, probe: Probe): Finding {
  const { kind, path, evidence } = trouble;
  const { service } = situation;
  const by =
    service.file === null || service.file.path === path ? [] : [`named by ${service.file.path}`];
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
  if (service.file?.isPackaged === true) return reinstall(trouble, service, probe);
  if (service.manifest === null) return correction(trouble, service);
  // The installer would leave everything as it is: what is wrong stands in a drop-in or in the settings.
  return service.restoration?.steps.length === 0 ? correction(trouble, service) : restore(service);
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
  // Other programs would run: those of another configuration, or only those in files that it includes.
  const isOther = !isSame || isMade;
  const again = `Write the service ${file === null ? "again" : "anew"}`;
  return {
    class: isEdited || isOther ? "B" : "A",
    advice: isMade
      ? `Make ${config} anew, if there is no copy of yours; what is in its conf.d is read again`
      : isSame
        ? `${again}, as tsv install does`
        : `${again}, with the configuration ${config}`,
    commands: [command],
    steps,
  };
}

/** Its text may be as it should be: then the installer would leave it as it is. */
function letExecute(path: string, { manifest }: ServiceState, probe: Probe): Repair {
  const advice = "Let the script be executed";
  const commands = [`chmod +x ${shellWord(path)}`];
  const seen = probe.look(path);
  if (!seen.ok || seen.kind !== "file") return byHand(advice, commands);
  const isOurs = manifest?.entries.some((entry) => entry.kind === "file" && entry.path === path);
  const after = { uid: seen.uid, gid: seen.gid, mode: seen.mode | 0o111 };
  const steps = [ownStep(path, seen, after, probe)];
  return { class: isOurs === true ? "A" : "B", advice, commands, steps };
}

/** Somebody has mounted it so: that is no accident of tsv's. */
function remounting(path: string, probe: Probe): Repair {
  const point = noexecMount(path, probe) ?? "/";
  return byHand(`Mount ${point} without noexec, or have tsv run from another place`, [
    `mount -o remount,exec ${shellWord(point)}   # and without noexec in /etc/fstab`,
    "tsv install --boot   # by an executable in another place",
  ]);
}

function reinstall({ kind, path }: ServiceTrouble, { name }: ServiceState, probe: Probe): Repair {
  const isDebian = probe.look("/usr/bin/dpkg").ok;
  const again = isDebian ? "apt-get install --reinstall tsv" : "dnf reinstall tsv";
  const commands = kind === "config" ? configCommands(path, isDebian, again) : [again];
  return byHand(`Have the package bring ${name} again`, commands);
}

/** dpkg takes a removed configuration for somebody's wish, and brings it back only when told to. */
function configCommands(path: string, isDebian: boolean, again: string): readonly string[] {
  const forced = "apt-get -o Dpkg::Options::=--force-confmiss install --reinstall tsv";
  return [
    `# bring ${path} back from a backup, or begin with the package's:`,
    isDebian ? forced : again,
  ];
}

function correction({ kind, path }: ServiceTrouble, { file, init, name }: ServiceState): Repair {
  const where = file?.path ?? name;
  return byHand(`Put the ${kind === "config" ? "configuration" : "executable"} right in ${where}`, [
    init === "systemd" ? `systemctl edit --full ${name}   # ${path}` : `# in ${where}: ${path}`,
    "tsv install --boot   # or have tsv write a service of its own",
  ]);
}
