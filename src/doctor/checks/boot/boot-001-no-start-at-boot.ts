// BOOT-001: tsv is installed, but nothing starts it at boot.

import type { Probe } from "../../facts/probe.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { serviceTrouble } from "./service-trouble.ts";

export const NO_START_AT_BOOT = defineCheck({
  code: "BOOT-001",
  area: "boot",
  title: "not started at boot",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "After a reboot `tsv status` says `unix:///run/tsv/tsv.sock no such file`, although everything worked when the daemon was started by hand.",
    cause:
      "The tsv service is disabled or masked, its symlinks in a runlevel or a scanned directory are missing, or there is no service: tsv was started from a shell, and nothing starts it again. Doctor asks the init system. Where symlinks alone decide what starts, doctor checks the symlinks.",
    repair:
      "With --fix, doctor enables an installed service: `systemctl enable`, `update-rc.d enable`, `rc-update add`, or the symlink for runit and s6. An administrator may have masked the unit on purpose, so doctor asks before it removes a mask. If there is no service, `tsv install --boot` creates one. This repair starts and stops nothing.",
  },
  look(situation, probe) {
    const { service } = situation;
    if (service.init === null || serviceTrouble(service, probe) !== null) return [];
    if (service.file === null && !service.isMasked) return notInstalled(situation);
    if (service.isMasked) return [masked(service)];
    if (service.isEnabled === null) return [{ unknown: `whether ${service.name} starts at boot` }];
    return service.isEnabled ? notLingering(situation, probe) : [disabled(service, probe)];
  },
});

/** A user may run tsv from a shell on purpose; a daemon of root with the configuration of the machine should be a service. */
function notInstalled({ service, daemon, config }: Situation): readonly Finding[] {
  const { manifest, layout, init, name } = service;
  const more = service.isOther === true ? " --name NAME" : "";
  // If Supervisor is the daemon, tsv is only used as a tool.
  if (manifest === null && daemon?.kind === "supervisor") return [];
  const isMeant = manifest === null && daemon?.uid === 0 && config.path === layout.config;
  if (!isMeant && manifest === null && daemon === null) return [];
  return [
    {
      severity: isMeant ? "warning" : "info",
      subject: name,
      symptom: "tsv does not run after a reboot",
      cause: `No service of ${init} starts tsv at boot.`,
      evidence: [
        daemon === null
          ? "no daemon runs"
          : `the running daemon (pid ${daemon.pid}) was started by hand`,
      ],
      place: null,
      repair: byHand("Stop the daemon that was started by hand, then install the service", [
        ...(daemon === null ? [] : ["tsv shutdown"]),
        config.path === null || config.path === layout.config
          ? "tsv install --boot"
          : `tsv install --boot --config ${shellWord(config.path)}${more}`,
      ]),
    },
  ];
}

function masked(service: ServiceState): Finding {
  const unit = `${service.name}.service`;
  const isRuntime = service.properties["UnitFileState"] === "masked-runtime";
  const place = isRuntime ? "/run/systemd/system" : "/etc/systemd/system";
  return {
    severity: "error",
    subject: service.name,
    symptom: `Failed to start ${unit}: Unit ${unit} is masked.`,
    cause: "The unit is masked, so it cannot be started, neither at boot nor by hand.",
    evidence: [`${place}/${unit} is a symlink to /dev/null`],
    place: null,
    repair: unmasking(service, unit, isRuntime ? ["--runtime"] : []),
  };
}

/** A mask that replaced the unit of `tsv install` is overwritten with the unit. */
function unmasking(service: ServiceState, unit: string, where: readonly string[]): Repair {
  const { scope, name, restoration } = service;
  const systemctl = ["systemctl", ...(scope === "user" ? ["--user"] : [])];
  const words = (verb: string): string[] => [...systemctl, verb, ...where, unit];
  const enable = [...systemctl, "enable", unit];
  const steps = restoration?.obstacles.length === 0 ? restoration.steps : [];
  const isOverwritten = steps.some(
    ({ step }) => step.kind === "file" && step.path.endsWith(`/${unit}`),
  );
  if (isOverwritten) {
    const commands = [shellLine(words("unmask")), "tsv install --boot"];
    return { class: "B", advice: `Replace the mask with the unit`, commands, steps };
  }
  const what = `unmask ${unit}`;
  const boot = `start ${name} at boot`;
  const disable = [...systemctl, "disable", unit];
  return {
    class: "B",
    advice: `Unmask and enable ${unit}`,
    commands: [shellLine(words("unmask")), shellLine(enable)],
    steps: [
      repairStep({ kind: "command", argv: words("unmask"), undo: words("mask"), what }, "", what),
      repairStep({ kind: "command", argv: enable, undo: disable, what: boot }, "", boot),
    ],
  };
}

function disabled(service: ServiceState, probe: Probe): Finding {
  const { name, init, file } = service;
  return {
    severity: "warning",
    subject: name,
    symptom: "tsv does not run after a reboot",
    cause: `The service ${name} is installed, but ${init} does not start it at boot.`,
    evidence: [`${file?.path ?? name} is not enabled`, ...badLinks(service, probe)],
    place: null,
    repair: enabling(service, probe),
  };
}

function badLinks({ links }: ServiceState, probe: Probe): readonly string[] {
  return links.flatMap(({ path, target }) => {
    const found = probe.linkTarget(path);
    return found === target
      ? []
      : [found === null ? `${path} is missing` : `${path} is a symlink to ${found}`];
  });
}

function enabling({ commands, links, name }: ServiceState, probe: Probe): Repair {
  const advice = `Enable ${name} at boot`;
  const what = `start ${name} at boot`;
  const { enable = [], disable = [] } = commands ?? {};
  if (enable.length > 0) {
    const undo = disable.length > 0 ? disable : null;
    const step = repairStep({ kind: "command", argv: enable, undo, what }, "", what);
    return { class: "A", advice, commands: [shellLine(enable)], steps: [step] };
  }
  const wanted = links.filter(({ path, target }) => probe.linkTarget(path) !== target);
  // If a path holds anything but our symlink, the user has to decide.
  const isFree = wanted.every(({ path }) => probe.find(path).kind === "missing");
  return {
    class: isFree && wanted.length > 0 ? "A" : "C",
    advice,
    commands: wanted.map(({ path, target }) => `ln -sfn ${shellWord(target)} ${shellWord(path)}`),
    steps: isFree
      ? wanted.map(({ path, target }) =>
          repairStep({ kind: "link", path, target }, "missing", `symlink to ${target}`),
        )
      : [],
  };
}

/** Without lingering, the services of a user run from the first login to the last logout. */
function notLingering({ service, caller }: Situation, probe: Probe): readonly Finding[] {
  if (service.scope !== "user" || service.init !== "systemd") return [];
  if (probe.look(`/var/lib/systemd/linger/${caller.name}`).ok) return [];
  const argv = ["loginctl", "enable-linger"];
  const what = "start it at boot instead of at login";
  return [
    {
      severity: "warning",
      subject: `lingering of ${caller.name}`,
      symptom: "tsv and its programs run only while you are logged in",
      cause:
        "systemd runs services of a user who is not logged in only if lingering is enabled for the user.",
      evidence: [`/var/lib/systemd/linger/${caller.name} does not exist`],
      place: null,
      repair: {
        // This affects all services of the user, not only this one.
        class: "B",
        advice: "Enable lingering, so that your services run while you are logged out",
        commands: [shellLine(argv)],
        steps: [
          repairStep(
            { kind: "command", argv, undo: ["loginctl", "disable-linger"], what },
            "",
            what,
          ),
        ],
      },
    },
  ];
}
