// BOOT-004: the configuration names paths on a file system that may not be mounted yet when the service starts.

import { printable } from "../../../core/base/printable.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { logUses } from "../../facts/log-uses.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import { isOfService } from "../../facts/service-command.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import { dropInCommands, dropInSteps } from "../../facts/unit-files.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const MOUNT_ORDER = defineCheck({
  code: "BOOT-004",
  area: "boot",
  title: "starts before a file system is mounted",
  repairs: ["B", "C"],
  page: {
    symptom:
      "After a boot, programs are FATAL with `can't find command`, logs are written into an empty mount point, or tsv says `could not find config file`. Started by hand a minute later, everything works.",
    cause:
      "The configuration names paths on a file system that systemd does not wait for. Its line in `/etc/fstab` has `nofail` or `noauto`, or there is no line and a desktop or a script mounts it. This is common for USB disks of a Raspberry Pi and for network shares.",
    repair:
      "After you confirm, doctor writes a drop-in with `RequiresMountsFor=`. The service then starts only when the file system is mounted. If the file system is not in `/etc/fstab`, add it there first.",
  },
  look(situation, probe) {
    const { service } = situation;
    if (service.init !== "systemd" || service.file === null || service.scope === "user") return [];
    if (!isOfService(situation, probe)) return [];
    const mounts = fstab(probe.readText("/etc/fstab") ?? "");
    const awaited = (service.properties["RequiresMountsFor"] ?? "").split(" ");
    return Array.from(pathsByMount(situation, probe)).flatMap(([point, { system, paths }]) => {
      const isAwaited = awaited.some((path) => isBelow(path, [point]) || path === paths[0]);
      const late = isAwaited ? null : whyLate(system, mounts.get(point));
      return late === null ? [] : [finding(service, { point, paths, late }, probe)];
    });
  },
});

interface Mounted {
  readonly system: FileSystem;
  readonly paths: readonly string[];
}

/** Paths that the daemon and its programs need, by mount point; without those on the root file system. */
function pathsByMount(situation: Situation, probe: Probe): ReadonlyMap<string, Mounted> {
  const { config } = situation;
  const read = readConfig(situation);
  const wanted = new Set<string>(config.path === null ? [] : [config.path]);
  if (read !== null) {
    for (const { path } of logUses(situation, probe)) wanted.add(path);
    for (const { processes } of read.groups) {
      for (const { directory, command } of processes) {
        wanted.add(directory ?? "").add(command.split(" ")[0] ?? "");
      }
    }
  }
  const found = new Map<string, { system: FileSystem; paths: string[] }>();
  for (const path of wanted) {
    const system = path.startsWith("/") ? probe.fileSystem(path) : null;
    if (system === null || system.mountPoint === "/") continue;
    const known = found.get(system.mountPoint);
    if (known === undefined) found.set(system.mountPoint, { system, paths: [path] });
    else known.paths.push(path);
  }
  return found;
}

/** Options by mount point. */
function fstab(text: string): ReadonlyMap<string, readonly string[]> {
  const rows = text.split("\n").flatMap((line) => {
    const [, point, , options] = line.trim().split(/\s+/);
    if (line.trim().startsWith("#") || point === undefined) return [];
    return [[point.replaceAll("\\040", " "), (options ?? "").split(",")] as const];
  });
  return new Map(rows);
}

interface Late {
  readonly because: string;
  readonly isListed: boolean;
}

/** Why systemd does not wait for it; null if it does, or if accessing the path mounts it. */
function whyLate(
  { mountPoint, type }: FileSystem,
  options: readonly string[] | undefined,
): Late | null {
  if (options === undefined) {
    const isRemovable = isBelow(mountPoint, ["/media", "/mnt", "/run/media"]);
    const isVirtual = /^(?:tmpfs|overlay|squashfs|autofs|9p|virtiofs)$/.test(type);
    return isRemovable && !isVirtual
      ? {
          because: `${mountPoint} is not in /etc/fstab: nothing mounts it at boot`,
          isListed: false,
        }
      : null;
  }
  if (options.includes("x-systemd.automount")) return null;
  const word = ["nofail", "noauto"].find((one) => options.includes(one));
  return word === undefined
    ? null
    : { because: `${mountPoint} has ${word} in /etc/fstab: nothing waits for it`, isListed: true };
}

function finding(
  service: ServiceState,
  { point, paths, late }: { point: string; paths: readonly string[]; late: Late },
  probe: Probe,
): Finding {
  const word = `mount${point.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
  const dropIn = {
    word,
    because: `The configuration names paths on ${point}.`,
    section: "Unit",
    lines: [`RequiresMountsFor="${point.replaceAll("%", "%%")}"`],
  } as const;
  const fstab = [`# add a line for ${point} to /etc/fstab: see man fstab`];
  return {
    severity: "warning",
    subject: point,
    symptom: "programs do not start after a boot, but start by hand",
    cause: "The service may start before a file system that it needs is mounted.",
    evidence: [late.because, ...paths.slice(0, 3).map((path) => `${printable(path)} is on it`)],
    place: null,
    repair: late.isListed
      ? {
          class: "B",
          advice: `Start ${service.name} after ${point} is mounted`,
          commands: dropInCommands(service, dropIn),
          steps: dropInSteps(service, dropIn, probe),
        }
      : byHand(`Mount ${point} at boot`, fstab),
  };
}
