// How missing directories are created, for logs, sockets and programs.

import { dirname } from "../../core/config/paths.ts";
import { isBelow } from "../../install/plan/layout.ts";
import type { Access } from "../../install/plan/steps.ts";
import { hasUnits } from "../../install/services/registry.ts";
import { type Account, fromRoot } from "../facts/access.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import type { Repair } from "../model.ts";
import { shellLine } from "../repairs/commands.ts";
import { fix, isVolatile, repair, tmpfilesLine } from "../repairs/fix.ts";
import { byHand } from "../repairs/repairs.ts";
import { fstab } from "./system-files.ts";

/** Whether a path is, or is inside, one of the installation's directories that belong to the daemon. */
export function isOwnPlace(path: string, { service }: DoctorFacts): boolean {
  return isBelow(path, [service.layout.logDirectory, service.layout.runDirectory]);
}

/** Mount points of removable and network disks: if something is missing there, it is usually the disk. */
const MOUNTS = /^\/(?:mnt|media|run\/media|Volumes|net)\//;

/**
 * The file system of a path that is not mounted; null if it is mounted.
 * @remarks Directories created meanwhile would fill the disk underneath, and be hidden after mounting.
 */
function unmounted(path: string, probe: Probe): string | null {
  for (const { point: written } of fstab(probe)) {
    const point = written.replace(/\/+$/, "");
    if (!point.startsWith("/")) continue;
    const holds = path === point || path.startsWith(`${point}/`);
    if (holds && probe.fileSystem(point)?.mountPoint !== point) return point;
  }
  const isMedia = MOUNTS.test(path) && probe.fileSystem(path)?.mountPoint === "/";
  const parts = path.split("/").slice(0, path.startsWith("/run/") ? 5 : 3);
  return isMedia ? parts.join("/") : null;
}

/** The components of a directory that do not exist, the outermost first. */
export function missingParts(directory: string, probe: Probe): readonly string[] {
  return fromRoot(directory).filter((part) => {
    const found = probe.look(part);
    return !found.ok && found.error === "ENOENT";
  });
}

/**
 * Creates directories for an account: their missing parents belong to root, the last one to the account. Those that a boot loses are
 * recreated by systemd.
 */
export function makeDirectories(
  directories: readonly string[],
  { uid }: Pick<Account, "uid">,
  facts: DoctorFacts,
): Repair {
  const { probe, caller } = facts;
  const wanted = Array.from(new Set(directories));
  const disk = wanted.map((path) => unmounted(path, probe)).find((point) => point !== null);
  if (disk !== undefined) {
    return byHand(`Mount the file system of ${disk}, or use another directory`, [
      shellLine(["mount", disk]),
      shellLine(["findmnt", "--fstab"]),
    ]);
  }
  const gid = probe.user(uid)?.gid ?? 0;
  const parts = Array.from(new Set(wanted.flatMap((path) => missingParts(path, probe)))).sort();
  const as = parts.every((path) => isOwnPlace(path, facts)) ? "A" : "B";
  const fixes = parts.map((path) => {
    const isWanted = wanted.includes(path);
    const owner = isWanted || caller.uid !== 0 ? { uid, gid } : { uid: 0, gid: 0 };
    const access = asInstalled(path, { ...owner, mode: 0o755 }, facts);
    const made = fix.directory(as, path, access, probe);
    return isWanted ? made : fix.steps(as, [], made.steps);
  });
  const lines = wanted.flatMap((path) => bootLine(path, { uid, gid, mode: 0o755 }, facts) ?? []);
  const again = lines.length === 0 ? fix.also() : fix.atBoot(lines, probe);
  return repair(
    `Create ${wanted.join(", ")}`,
    ...fixes,
    as === "B" ? again : fix.also(...again.commands),
  );
}

/** The line for systemd if a boot loses the directory; the service creates its own one. */
function bootLine(path: string, access: Access, facts: DoctorFacts): string | null {
  const { service, caller, probe } = facts;
  const isMade = path === service.layout.runDirectory && service.file !== null;
  const isLost = isVolatile(deepestExisting(path, probe), probe) && !isMade;
  return isLost && hasUnits(service.init) && caller.uid === 0
    ? tmpfilesLine(path, access, probe)
    : null;
}

/** tsv's own log directory is not public: it gets the group and the mode that `tsv install` sets. */
function asInstalled(path: string, access: Access, { service, probe }: DoctorFacts): Access {
  const { layout, manifest, name, scope } = service;
  if (path !== layout.logDirectory) return access;
  if (scope === "user") return { ...access, mode: 0o700 };
  const group = probe.group(manifest?.group ?? name);
  return group === null ? access : { ...access, gid: group.gid, mode: 0o750 };
}

/** The directory in which a missing path would be created. */
export function deepestExisting(path: string, probe: Probe): string {
  const [first] = missingParts(path, probe);
  return first === undefined ? path : dirname(first);
}
