// BOOT-001: nothing starts tsv at boot, though it is installed.

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
  page: {
    symptom:
      "After a reboot `tsv status` says `unix:///run/tsv/tsv.sock no such file`, though everything worked when it was started by hand.",
    cause:
      "The service of tsv is disabled or masked, its links in a runlevel or in a scanned directory are gone, or there is no service at all: tsv was started from a shell, and nobody starts it again. Doctor asks the init system that runs the host, and the links where nothing but links decides.",
    repair:
      "With --fix doctor enables a service that is there: `systemctl enable`, `update-rc.d enable`, `rc-update add`, or the link for runit and s6. A mask was somebody's wish, so doctor asks before it takes that away. Where there is no service, `tsv install --boot` makes one. Nothing is started or stopped by this repair.",
  },
  look(situation, probe) {
    const { service } = situation;
    if (service.init === null || serviceTrouble(service, probe) !== null) return [];
    if (service.file === null && !service.isMasked) return notInstalled(situation);
    if (service.isMasked) return [masked(service)];
    if (service.isEnabled === null) return [{ unseen: `whether ${service.name} starts at boot` }];
    return service.isEnabled ? notLingering(situation, probe) : [disabled(service, probe)];
  },
});

/** Somebody who runs tsv from a shell may want it so; a daemon of root's with the machine's configuration is a service. */
function notInstalled({ service, daemon, config }: Situation): readonly Finding[] {
  const { manifest, layout, init, name } = service;
  const more = service.isOther === true ? " --name NAME" : "";
  // Where Supervisor runs, tsv is a tool beside it.
  if (manifest === null && daemon?.kind === "supervisor") return [];
  const isMeant = manifest === null && daemon?.uid === 0 && config.path === layout.config;
  if (!isMeant && manifest === null && daemon === null) return [];
  return [
    {
      severity: isMeant ? "warning" : "info",
      subject: name,
      symptom: "after a reboot tsv does not run",
      cause: `No service of ${init} starts tsv at boot.`,
      evidence: [
        daemon === null
          ? "no daemon runs"
          : `the daemon that runs (pid ${daemon.pid}) was started by somebody`,
      ],
      place: null,
      repair: byHand("Install the service, once the daemon that was started by hand is stopped", [
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
    cause:
      "Somebody has masked the unit, so that nothing can start it, neither a boot nor a person.",
    evidence: [`${place}/${unit} leads to /dev/null`],
    place: null,
    repair: unmasking(service, unit, isRuntime ? ["--runtime"] : []),
  };
}

/** A mask in the place of the unit that `tsv install` wrote is written over. */
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
    return { class: "B", advice: `Put the unit in the place of the mask again`, commands, steps };
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
    symptom: "after a reboot tsv does not run",
    cause: `The service ${name} is there, and ${init} does not start it at boot.`,
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
      : [found === null ? `${path} is missing` : `${path} leads to ${found}`];
  });
}

function enabling({ commands, links, name }: ServiceState, probe: Probe): Repair {
  const advice = `Have ${name} started at boot`;
  const what = `start ${name} at boot`;
  const { enable = [], disable = [] } = commands ?? {};
  if (enable.length > 0) {
    const undo = disable.length > 0 ? disable : null;
    const step = repairStep({ kind: "command", argv: enable, undo, what }, "", what);
    return { class: "A", advice, commands: [shellLine(enable)], steps: [step] };
  }
  const wanted = links.filter(({ path, target }) => probe.linkTarget(path) !== target);
  // Something that is no link of ours stands there: a person has to look at it.
  const isFree = wanted.every(({ path }) => probe.find(path).kind === "missing");
  return {
    class: isFree && wanted.length > 0 ? "A" : "C",
    advice,
    commands: wanted.map(({ path, target }) => `ln -sfn ${shellWord(target)} ${shellWord(path)}`),
    steps: isFree
      ? wanted.map(({ path, target }) =>
          repairStep({ kind: "link", path, target }, "missing", `link to ${target}`),
        )
      : [],
  };
}

/** A user's services end with the last session and begin with the first, unless the user lingers. */
function notLingering({ service, caller }: Situation, probe: Probe): readonly Finding[] {
  if (service.scope !== "user" || service.init !== "systemd") return [];
  if (probe.look(`/var/lib/systemd/linger/${caller.name}`).ok) return [];
  const argv = ["loginctl", "enable-linger"];
  const what = "start it at boot, not at login";
  return [
    {
      severity: "warning",
      subject: `linger of ${caller.name}`,
      symptom: "tsv and its programs run only while you are logged in",
      cause: "systemd runs the services of a user without a session only for users who linger.",
      evidence: [`/var/lib/systemd/linger/${caller.name} does not exist`],
      place: null,
      repair: {
        // All services of the user run on then, not only this one.
        class: "B",
        advice: "Let your services run without you",
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
