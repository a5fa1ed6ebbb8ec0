// The host or image that an installation is planned for, looked at.

import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { InitEvidence } from "../plan/init-system.ts";
import type { InstallWorld } from "../plan/world.ts";
import { createInstallAccounts } from "./accounts.ts";
import { runCommand } from "./commands.ts";
import { pathInRoot } from "./image-path.ts";
import { hashText, lookAt, readTextFile } from "./safe-files.ts";

/** The world under a root; in an image no question is asked of an init system, and each is answered no. */
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
    ask: (argv) => root === "/" && runCommand(argv).status === 0,
  };
}

/** Texts of the records of all installations beside this one, by their paths. */
export function otherManifests(root: string, manifest: string): ReadonlyMap<string, string> {
  const states = dirname(dirname(manifest));
  const texts = new Map<string, string>();
  for (const name of listDirectory(pathInRoot(root, join(states, "x")).replace(/\/x$/, ""))) {
    const path = join(states, name, "install.json");
    const at = pathInRoot(root, path);
    // Other services write into directories of their own there.
    const text = path === manifest || !isTrusted(at) ? null : readTextFile(at);
    if (text !== null) texts.set(path, text);
  }
  return texts;
}

/** Whether nobody but root, or the user itself, can have written a file. */
export function isTrusted(path: string): boolean {
  const owners = [0, process.geteuid?.() ?? 0];
  try {
    return [path, dirname(path)].every((one) => {
      const { uid, mode } = lstatSync(one);
      return owners.includes(uid) && (mode & 0o022) === 0;
    });
  } catch {
    // What is not there, or cannot be looked at, tells nothing either.
    return false;
  }
}

/** What shows which init system runs this host. */
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

/** What the container's manager left for programs to find: systemd's own mark, docker's and podman's. */
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
