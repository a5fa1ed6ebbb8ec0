// Settings of the service that do not fit: a unit or a cache that the init system has not read again (BOOT-003, BOOT-022), what
// it waits for at boot (BOOT-004) and at a stop (BOOT-005), and what it does when memory is short (BOOT-006).

import { printable } from "../../../core/base/printable.ts";
import { longestStopSeconds } from "../../../core/supervisor/shutdown.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import { stopTimeoutSeconds } from "../../../install/plan/requirements.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import { processesOf, readConfig } from "../../facts/access.ts";
import type { DoctorFacts, ServiceState } from "../../facts/doctor-facts.ts";
import { logUses } from "../../facts/logs.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import { isOfService, spanSeconds } from "../../facts/service.ts";
import type { Finding, Repair } from "../../model.ts";
import { type DropIn, fix, reload, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, groupBy, setService } from "../check.ts";
import { fstab } from "../system-files.ts";

export const STALE_UNIT = check("BOOT-003", ({ service, probe }) => {
  const { init, file, properties, needsReload, isMasked, name } = service;
  if (!hasUnits(init) || file === null || isMasked) return null;
  const isUnknown = properties["LoadState"] === "not-found" && probe.look(file.path).ok;
  if (!needsReload && !isUnknown) return null;
  return finding(isUnknown ? "error" : "warning", name, {
    symptom: isUnknown
      ? `Unit ${name}.service not found`
      : `the unit file of ${name}.service changed on disk`,
    cause: "The unit was changed without a daemon-reload.",
    evidence: [isUnknown ? "LoadState=not-found" : "NeedDaemonReload=yes", file.path],
    repair: repair("Make systemd reload its units", reload(service)),
  });
});

/** Where OpenRC keeps the dependencies of all services while the host is up; a line for each is `depinfo_3_service='tsv'`. */
const DEPENDENCY_TREE = "/run/openrc/deptree";

export const UNKNOWN_TO_OPENRC = check("BOOT-022", ({ service, probe }) => {
  const { init, file, name } = service;
  if (init !== "openrc" || file === null) return null;
  const tree = probe.readText(DEPENDENCY_TREE);
  if (tree === null || tree.includes(`_service='${name}'\n`)) return null;
  return finding("warning", name, {
    symptom: `OpenRC does not stop ${name} at shutdown`,
    cause: "The dependency tree of OpenRC is older than the script of the service.",
    evidence: [`${DEPENDENCY_TREE} does not contain ${name}`, file.path],
    repair: repair(
      "Make OpenRC read the dependencies of its services again",
      fix.command("A", ["rc-update", "--update"], "update the dependency tree of OpenRC"),
    ),
  });
});

export const MOUNT_ORDER = check("BOOT-004", (facts) => {
  const { service, probe } = facts;
  if (!hasUnits(service.init) || service.file === null) return null;
  if (service.scope === "user" || !isOfService(facts)) return null;
  const mounts = new Map(fstab(probe).map(({ point, options }) => [point, options]));
  const awaited = (service.properties["RequiresMountsFor"] ?? "").split(" ");
  return Array.from(pathsByMount(facts), ([point, located]) => {
    const paths = located.map(({ path }) => path);
    const isAwaited = awaited.some((path) => isBelow(path, [point]) || path === paths[0]);
    return isAwaited
      ? null
      : lateMount(service, located[0].system, paths, mounts.get(point), probe);
  });
});

export const SHORT_STOP = check("BOOT-005", (facts) => {
  const { init, file, isMasked } = facts.service;
  if (init === null || file === null || isMasked) return null;
  return [shortTimeout(facts), survivors(facts)];
});

export const OOM_POLICY = check("BOOT-006", (facts) => {
  const { service } = facts;
  const policy = service.properties["OOMPolicy"];
  if (!hasUnits(service.init) || service.file === null || service.isMasked) return null;
  if (policy !== "stop" && policy !== "kill") return null;
  // The service of a user is installed without a policy; the default of systemd is then the user's choice.
  return finding(service.scope === "user" ? "info" : "warning", service.name, {
    symptom: `${service.name}.service: Failed with result 'oom-kill'`,
    cause:
      "systemd stops the whole service when the kernel kills one of its programs because memory is short.",
    evidence: [`OOMPolicy=${policy}`],
    repair: setService(
      "Keep the other programs running",
      "OOMPolicy=continue",
      "If one program is killed because memory is short, the others keep running.",
      facts,
    ),
  });
});

/** Paths that the daemon and its programs need, by file system; without those on the root file system. */
function pathsByMount(facts: DoctorFacts) {
  const { config, probe } = facts;
  const wanted = new Set([
    config.path ?? "",
    ...logUses(facts).map(({ path }) => path),
    ...processesOf(facts).flatMap(({ directory, command }) => [
      directory ?? "",
      command.split(" ")[0] ?? "",
    ]),
  ]);
  const located = Array.from(wanted).flatMap((path) => {
    const system = path.startsWith("/") ? probe.fileSystem(path) : null;
    return system === null || system.mountPoint === "/" ? [] : [{ path, system }];
  });
  return groupBy(located, ({ system }) => system.mountPoint);
}

/** @param options of the mount point in /etc/fstab */
function lateMount(
  service: ServiceState,
  system: FileSystem,
  paths: readonly string[],
  options: readonly string[] | undefined,
  probe: Probe,
): Finding | null {
  const point = system.mountPoint;
  const late = whyLate(system, options);
  if (late === null) return null;
  const dropIn: DropIn = {
    word: `mount${point.replaceAll(/[^A-Za-z0-9]+/g, "-")}`,
    because: `The configuration names paths on ${point}.`,
    section: "Unit",
    lines: [`RequiresMountsFor="${point.replaceAll("%", "%%")}"`],
  };
  return finding("warning", point, {
    symptom: "programs do not start after a boot, but start by hand",
    cause: "The service may start before a file system that it needs is mounted.",
    evidence: [late, ...paths.slice(0, 3).map((path) => `${printable(path)} is on it`)],
    repair:
      options === undefined
        ? byHand(`Mount ${point} at boot`, [
            `# add a line for ${point} to /etc/fstab: see man fstab`,
          ])
        : repair(
            `Start ${service.name} after ${point} is mounted`,
            fix.dropIn("B", service, dropIn, probe),
          ),
  });
}

/** Why systemd does not wait for it; null if it does, or if accessing the path mounts it. */
function whyLate(
  { mountPoint, type }: FileSystem,
  options: readonly string[] | undefined,
): string | null {
  if (options === undefined) {
    const isRemovable = isBelow(mountPoint, ["/media", "/mnt", "/run/media"]);
    const isVirtual = /^(?:tmpfs|overlay|squashfs|autofs|9p|virtiofs)$/.test(type);
    return isRemovable && !isVirtual
      ? `${mountPoint} is not in /etc/fstab: nothing mounts it at boot`
      : null;
  }
  if (options.includes("x-systemd.automount")) return null;
  const word = ["nofail", "noauto"].find((one) => options.includes(one));
  return word === undefined
    ? null
    : `${mountPoint} has ${word} in /etc/fstab: nothing waits for it`;
}

function shortTimeout(facts: DoctorFacts): Finding | null {
  const { service, probe } = facts;
  const groups = isOfService(facts) ? readConfig(facts)?.groups : undefined;
  const given = timeoutSeconds(service, probe);
  if (groups === undefined || given === null) return null;
  const needed = longestStopSeconds(groups);
  if (given >= needed) return null;
  return finding("warning", service.name, {
    symptom: "State 'stop-sigterm' timed out. Killing.",
    cause:
      "The stop timeout of the service is shorter than the time that the configuration gives its programs to stop.",
    evidence: [`the service waits ${given} s, its programs may take ${needed} s (stopwaitsecs)`],
    repair: longerTimeout(stopTimeoutSeconds(groups), facts),
  });
}

/** Seconds that the init system waits; null if unknown. */
function timeoutSeconds(
  { init, file, properties, layout }: ServiceState,
  probe: Probe,
): number | null {
  if (hasUnits(init)) return spanSeconds(properties["TimeoutStopUSec"] ?? "");
  const settings = probe.readText(`${layout.configDirectory}/boot.env`) ?? "";
  const texts = [settings, file?.text ?? ""];
  for (const text of texts) {
    const seconds = /^(?:stop_seconds=|retry="?TERM\/)(\d+)/m.exec(text)?.[1];
    if (seconds !== undefined) return Number(seconds);
  }
  return null;
}

function longerTimeout(seconds: number, facts: DoctorFacts): Repair {
  const { service } = facts;
  const advice = `Set the stop timeout of the service to ${seconds} s`;
  if (hasUnits(service.init)) {
    const because = "Programs may take this long to stop.";
    return setService(advice, `TimeoutStopSec=${seconds}`, because, facts);
  }
  const steps = service.restoration?.steps ?? [];
  const rewrite = steps.find(
    ({ step }) => step.kind === "file" && step.path === service.file?.path,
  );
  const command = "tsv install --boot";
  return rewrite === undefined
    ? byHand(advice, [command])
    : repair(advice, fix.steps(rewrite.edited === null ? "A" : "B", [command], steps));
}

/** Units that are copied from the web often have this, as Supervisor's contributed scripts do. */
function survivors(facts: DoctorFacts): Finding | null {
  const { service } = facts;
  const mode = service.properties["KillMode"];
  if (!hasUnits(service.init) || (mode !== "process" && mode !== "none")) return null;
  return finding("warning", `KillMode of ${service.name}`, {
    symptom: "when the daemon is killed, its programs keep running and are started a second time",
    cause: "The unit makes systemd stop only the daemon, not its programs.",
    evidence: [`KillMode=${mode}`],
    repair: setService(
      "Make systemd stop all processes of the service",
      "KillMode=mixed",
      "All processes of a stopped service have to stop.",
      facts,
    ),
  });
}
