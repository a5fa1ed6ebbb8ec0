// BOOT-001: tsv is installed, but nothing starts it at boot.

import { INIT_SYSTEMS } from "../../../install/services/registry.ts";
import type { DoctorFacts, ServiceState } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { serviceError } from "./broken-service.ts";

export const NO_START_AT_BOOT = check("BOOT-001", (facts) => {
  const { service, probe } = facts;
  if (service.init === null || serviceError(service, probe) !== null) return null;
  if (service.file === null && !service.isMasked) return notInstalled(facts);
  if (service.isMasked) return masked(service);
  if (service.isEnabled === null) return unknown(`whether ${service.name} starts at boot`);
  if (service.isEnabled) return notLingering(facts);
  const { name, init, file } = service;
  return finding("warning", name, {
    symptom: "tsv does not run after a reboot",
    cause: `The service ${name} is installed, but ${init} does not start it at boot.`,
    evidence: [`${file?.path ?? name} is not enabled`],
    repair: enabling(service, probe),
  });
});

/** A user may run tsv from a shell on purpose; a daemon of root with the configuration of the machine should be a service. */
function notInstalled({ service, daemon, config }: DoctorFacts): Finding | null {
  const { manifest, layout, init, name } = service;
  // If Supervisor is the daemon, tsv is only used as a tool.
  if (manifest === null && daemon?.kind === "supervisor") return null;
  const isMeant = manifest === null && daemon?.uid === 0 && config.path === layout.config;
  if (!isMeant && manifest === null && daemon === null) return null;
  const more = service.isOther === true ? " --name NAME" : "";
  return finding(isMeant ? "warning" : "info", name, {
    symptom: "tsv does not run after a reboot",
    cause: `No service of ${init} starts tsv at boot.`,
    evidence: [
      daemon === null
        ? "no daemon runs"
        : `the running daemon (pid ${daemon.pid}) was started by hand`,
    ],
    repair: byHand("Stop the daemon that was started by hand, then install the service", [
      ...(daemon === null ? [] : ["tsv shutdown"]),
      config.path === null || config.path === layout.config
        ? "tsv install --boot"
        : `tsv install --boot --config ${shellWord(config.path)}${more}`,
    ]),
  });
}

function masked(service: ServiceState): Finding {
  const unit = `${service.name}.service`;
  const isRuntime = service.properties["UnitFileState"] === "masked-runtime";
  const directory = isRuntime ? "/run/systemd/system" : "/etc/systemd/system";
  return finding("error", service.name, {
    symptom: `Failed to start ${unit}: Unit ${unit} is masked.`,
    cause: "The unit is masked, so it cannot be started, neither at boot nor by hand.",
    evidence: [`${directory}/${unit} is a symlink to /dev/null`],
    repair: unmasking(service, unit, isRuntime ? ["--runtime"] : []),
  });
}

/** A mask that replaced the unit of `tsv install` is overwritten with the unit. */
function unmasking(service: ServiceState, unit: string, where: readonly string[]): Repair {
  const { scope, name, restoration } = service;
  const systemctl = ["systemctl", ...(scope === "user" ? ["--user"] : [])];
  const words = (verb: string): string[] => [...systemctl, verb, ...where, unit];
  const steps = restoration?.pathProblems.length === 0 ? restoration.steps : [];
  const isOverwritten = steps.some(
    ({ step }) => step.kind === "file" && step.path.endsWith(`/${unit}`),
  );
  if (isOverwritten) {
    const commands = [shellLine(words("unmask")), "tsv install --boot"];
    return repair("Replace the mask with the unit", fix.steps("B", commands, steps));
  }
  return repair(
    `Unmask and enable ${unit}`,
    fix.command("B", words("unmask"), `unmask ${unit}`, { undo: words("mask") }),
    fix.command("B", [...systemctl, "enable", unit], `start ${name} at boot`, {
      undo: [...systemctl, "disable", unit],
    }),
  );
}

function enabling({ commands, links, name }: ServiceState, probe: Probe): Repair {
  const advice = `Enable ${name} at boot`;
  const { enable = [], disable = [] } = commands ?? {};
  if (enable.length > 0) {
    const undo = disable.length > 0 ? disable : null;
    return repair(advice, fix.command("A", enable, `start ${name} at boot`, { undo }));
  }
  const wanted = links.filter(({ path, target }) => probe.linkTarget(path) !== target);
  const lines = wanted.map(({ path, target }) => shellLine(["ln", "-sfn", target, path]));
  // If a path holds anything but our symlink, the user has to decide.
  const isFree = wanted.every(({ path }) => probe.find(path).kind === "missing");
  if (!isFree) return byHand(advice, lines);
  const steps = wanted.map(({ path, target }) =>
    repairStep({ kind: "link", path, target }, "missing", `symlink to ${target}`),
  );
  return repair(advice, fix.steps("A", lines, steps));
}

/** Without lingering, the services of a user run from the first login to the last logout. */
function notLingering({ service, caller, probe }: DoctorFacts): Finding | null {
  if (
    service.scope !== "user" ||
    service.init === null ||
    !INIT_SYSTEMS[service.init].needsLingering
  )
    return null;
  if (probe.look(`/var/lib/systemd/linger/${caller.name}`).ok) return null;
  return finding("warning", `lingering of ${caller.name}`, {
    symptom: "tsv and its programs run only while you are logged in",
    cause:
      "systemd runs services of a user who is not logged in only if lingering is enabled for the user.",
    evidence: [`/var/lib/systemd/linger/${caller.name} does not exist`],
    repair: repair(
      "Enable lingering, so that your services run while you are logged out",
      // This affects all services of the user, not only this one.
      fix.command("B", ["loginctl", "enable-linger"], "start it at boot instead of at login", {
        undo: ["loginctl", "disable-linger"],
      }),
    ),
  });
}
