// Reads facts of the host or image for which an installation is planned.

import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { InstallWorld } from "../plan/world.ts";
import type { InitEvidence } from "../services/init-system.ts";
import { createInstallAccounts } from "./accounts.ts";
import { runCommand } from "./commands.ts";
import { pathInRoot } from "./image-path.ts";
import { hashText, lookAt, readTextFile } from "./safe-files.ts";

/** A query of the init system that takes longer is answered with no. */
const PATIENCE_MS = 10_000;

/** The world under a root; in an image, queries of an init system are not run and answered with no. */
export function createInstallWorld(root: string): InstallWorld {
  const accounts = createInstallAccounts(root);
  return {
    look: (path) => lookAt(pathInRoot(root, path)),
    leadsToDirectory: (path) =>
      lookAt(dirname(pathInRoot(root, join(path, "x")))).kind === "directory" ||
      (root === "/" && isDirectory(path)),
    read: (path) => readTextFile(pathInRoot(root, path)),
    hash: hashText,
    userId: accounts.userId,
    groupId: accounts.groupId,
    ownerName: (uid, gid) => `${accounts.userName(uid) ?? uid}:${accounts.groupName(gid) ?? gid}`,
    ask: (argv) => root === "/" && runCommand(argv, PATIENCE_MS).status === 0,
  };
}

/** Texts of the manifests of all other installations, by path. */
export function otherManifests(root: string, manifest: string): ReadonlyMap<string, string> {
  const states = dirname(dirname(manifest));
  const texts = new Map<string, string>();
  for (const name of listDirectory(pathInRoot(root, join(states, "x")).replace(/\/x$/, ""))) {
    const path = join(states, name, "install.json");
    const at = pathInRoot(root, path);
    // Other services write into their own directories there.
    const text = path === manifest || !isTrusted(at) ? null : readTextFile(at);
    if (text !== null) texts.set(path, text);
  }
  return texts;
}

/** Whether only root, or the user itself, can have written a file. */
export function isTrusted(path: string): boolean {
  const owners = [0, process.geteuid?.() ?? 0];
  try {
    return [path, dirname(path)].every((one) => {
      const { uid, mode } = lstatSync(one);
      return owners.includes(uid) && (mode & 0o022) === 0;
    });
  } catch {
    // A missing or unreadable file is not evidence either.
    return false;
  }
}

/** Evidence for the init system of this host. */
export function gatherEvidence(): InitEvidence {
  return {
    platform: process.platform,
    firstProcess: firstLine("/proc/1/comm"),
    hasRunSystemd: isDirectory("/run/systemd/system"),
    hasOpenrcLevel: exists("/run/openrc/softlevel"),
    hasInittab: exists("/etc/inittab") && isDirectory("/etc/init.d"),
    container: containerKind(),
  };
}

/** The mark of the container's manager: systemd, docker or podman. */
function containerKind(): string | null {
  const said = firstLine("/run/systemd/container") ?? process.env["container"] ?? null;
  if (said !== null && said !== "") return said;
  if (exists("/.dockerenv")) return "docker";
  return exists("/run/.containerenv") ? "podman" : null;
}

function firstLine(path: string): string | null {
  try {
    return readFileSync(path, "utf8").split("\n")[0] ?? null;
  } catch {
    return null;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
