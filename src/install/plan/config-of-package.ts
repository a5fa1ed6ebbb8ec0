// A configuration that belongs to the package of Supervisor: removing that package would remove it, although tsv runs with it.
// A local diversion, dpkg's own means, assigns the path to the administrator; dpkg then leaves the file alone.

import type { ServiceCommand } from "../services/service.ts";
import type { InstallWorld } from "./steps.ts";

const LIST = "/var/lib/dpkg/info/supervisor.list";
const DIVERSIONS = "/var/lib/dpkg/diversions";
const RPM_DATABASES = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"] as const;

/** The configuration in Fedora's package. */
const RPM_CONFIG = "/etc/supervisord.conf";

/** What has to be read from a host. */
export interface PackageFacts {
  read(path: string): string | null;
  exists(path: string): boolean;
}

/** The same from the world of an installation. */
export function packageFacts(world: Pick<InstallWorld, "look" | "read">): PackageFacts {
  return {
    read: (path) => world.read(path),
    exists: (path) => world.look(path).kind !== "missing",
  };
}

/**
 * The package manager that removes the configuration together with Supervisor; null if none does. With dpkg, the file may
 * already be in a diversion.
 */
export function packageManagerOf(config: string, facts: PackageFacts): "dpkg" | "rpm" | null {
  const list = facts.read(LIST);
  if (list?.split("\n").includes(config) === true) {
    return facts.exists(config) && diversionOf(config, facts) === null ? "dpkg" : null;
  }
  const hasRpm = RPM_DATABASES.some((path) => facts.exists(path));
  const hasUnit = facts.exists("/usr/lib/systemd/system/supervisord.service");
  return list === null && config === RPM_CONFIG && hasRpm && hasUnit ? "rpm" : null;
}

/** The command that keeps a configuration when dpkg removes Supervisor; null if nothing has to be done. */
export function keepFromPurge(config: string, facts: PackageFacts): ServiceCommand | null {
  if (packageManagerOf(config, facts) !== "dpkg") return null;
  return {
    argv: divert("--add", config),
    undo: divert("--remove", config),
    what: `keep ${config} when the package supervisor is purged`,
    // Versions of dpkg before 1.19 lack --no-rename.
    mayFail: true,
  };
}

/** rpm has no diversions. */
export function removalRemarks(config: string, facts: PackageFacts): readonly string[] {
  if (packageManagerOf(config, facts) !== "rpm") return [];
  return [
    `${config} belongs to the package supervisor, which renames or deletes it when it is removed: copy the file first, and ` +
      "move the copy back afterwards",
  ];
}

/** The command that gives the configuration back to the package; null if tsv has not diverted it. */
export function giveToPackage(config: string, facts: PackageFacts): ServiceCommand | null {
  if (diversionOf(config, facts) !== divertedTo(config)) return null;
  return {
    argv: divert("--remove", config),
    undo: divert("--add", config),
    what: `let ${config} belong to the package supervisor again`,
    mayFail: true,
  };
}

/** The name that the package's own version of the file would get. */
function divertedTo(config: string): string {
  return `${config}.of-package`;
}

/** The target of a local diversion of a path. The file has three lines for each: path, target, package or `:`. */
function diversionOf(config: string, facts: PackageFacts): string | null {
  const lines = (facts.read(DIVERSIONS) ?? "").split("\n");
  for (let at = 0; at + 2 < lines.length; at += 3) {
    if (lines[at] === config && lines[at + 2] === ":") return lines[at + 1] ?? null;
  }
  return null;
}

function divert(action: "--add" | "--remove", config: string): readonly string[] {
  const target = divertedTo(config);
  return ["dpkg-divert", "--quiet", "--local", "--no-rename", "--divert", target, action, config];
}
