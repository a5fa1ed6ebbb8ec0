// Which log directories belong to tsv, and how missing ones are created.

import { octalMode } from "../../../core/base/file-mode.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { Access } from "../../../install/plan/steps.ts";
import { type Account, fromRoot } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { byHand, directoryStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";

/** Whether a path is, or is inside, one of the installation's directories that belong to the daemon. */
export function isOwnPlace(path: string, { service }: Pick<Situation, "service">): boolean {
  const { logDirectory, runDirectory } = service.layout;
  return [logDirectory, runDirectory].some((own) => path === own || path.startsWith(`${own}/`));
}

/** Mount points of removable and network disks: if something is missing there, it is usually the disk. */
const MOUNTS = /^\/(?:mnt|media|run\/media|Volumes|net)\//;

/**
 * The file system of a path that is not mounted; null if it is mounted.
 * @remarks Directories created meanwhile would fill the disk underneath, and be hidden after mounting.
 */
function unmounted(path: string, probe: Probe): string | null {
  for (const line of (probe.readText("/etc/fstab") ?? "").split("\n")) {
    const [device = "", written = ""] = line.trim().split(/\s+/);
    if (device.startsWith("#") || written === "/" || !written.startsWith("/")) continue;
    const point = written.replaceAll("\\040", " ").replace(/\/+$/, "");
    const holds = path === point || path.startsWith(`${point}/`);
    if (holds && probe.fileSystem(point)?.mountPoint !== point) return point;
  }
  const isMedia = MOUNTS.test(path) && probe.fileSystem(path)?.mountPoint === "/";
  return isMedia
    ? path
        .split("/")
        .slice(0, path.startsWith("/run/") ? 5 : 3)
        .join("/")
    : null;
}

/** The components of a directory that do not exist, the outermost first. */
function missingParts(directory: string, probe: Probe): readonly string[] {
  return fromRoot(directory).filter((part) => {
    const found = probe.look(part);
    return !found.ok && found.error === "ENOENT";
  });
}

interface Looking {
  readonly situation: Situation;
  readonly probe: Probe;
}

/** Creates directories for the daemon's logs: parents belong to root, the last one to the daemon. */
export function makeDirectories(
  directories: readonly string[],
  account: Account,
  looking: Looking,
): Repair {
  const { situation, probe } = looking;
  const wanted = Array.from(new Set(directories));
  const disk = wanted.map((path) => unmounted(path, probe)).find((point) => point !== null);
  if (disk !== undefined) {
    return byHand(`Mount the file system of ${disk}, or use another directory`, [
      shellLine(["mount", disk]),
      shellLine(["findmnt", "--fstab"]),
    ]);
  }
  const gid = probe.user(account.uid)?.gid ?? 0;
  const parts = Array.from(new Set(wanted.flatMap((path) => missingParts(path, probe)))).sort();
  const isLast = (path: string): boolean => wanted.includes(path);
  const isOwn = parts.every((path) => isOwnPlace(path, situation));
  const steps = parts.map((path) => {
    const isDaemons = isLast(path) || situation.caller.uid !== 0;
    const owner = isDaemons ? { uid: account.uid, gid } : { uid: 0, gid: 0 };
    return directoryStep(path, asInstalled(path, { ...owner, mode: 0o755 }, looking), probe);
  });
  return {
    class: isOwn ? "A" : "B",
    advice: `Create ${wanted.join(", ")}`,
    commands: wanted.map((path) => {
      const access = asInstalled(path, { uid: account.uid, gid, mode: 0o755 }, looking);
      const [user = "root", group = "root"] = probe.ownerName(access.uid, access.gid).split(":");
      return shellLine([
        "install",
        "-d",
        "-o",
        user,
        "-g",
        group,
        "-m",
        octalMode(access.mode),
        path,
      ]);
    }),
    steps,
  };
}

/** tsv's own log directory is not public: it gets the group and the mode that `tsv install` sets. */
function asInstalled(path: string, access: Access, { situation, probe }: Looking): Access {
  const { layout, manifest, name, scope } = situation.service;
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
