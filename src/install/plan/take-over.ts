// Migrates an installed Supervisor: which one it is, its configuration, and how it is disabled and reactivated. Pure, from
// facts about the host.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { DisabledSupervisor, SupervisorService } from "../services/init-system.ts";
import { INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import { command, type InstallWorld, type ServiceCommand } from "./steps.ts";

/** A running supervisord. */
export interface SupervisorProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly cwd: string | null;
}

/** Facts about Supervisor on this host. */
export interface SupervisorFacts {
  readonly services: readonly SupervisorService[];
  readonly processes: readonly SupervisorProcess[];
  /** The existing default paths of its configuration. */
  readonly configs: readonly string[];
}

/** The Supervisor of this host. */
export type FoundSupervisor = NonNullable<ReturnType<typeof findSupervisor>>;

/** How the Supervisor is disabled, in steps of an installation. */
export interface TakeOverPlan extends DisabledSupervisor {
  /** The process that has to exit before our daemon starts; null: none runs. */
  readonly waitFor: number | null;
}

/** The paths of Debian, Fedora, pip, FreeBSD and Homebrew, in this order. */
export const SUPERVISOR_CONFIGS = [
  "/etc/supervisor/supervisord.conf",
  "/etc/supervisord.conf",
  "/usr/local/etc/supervisord.conf",
  "/opt/homebrew/etc/supervisord.conf",
] as const;

/** The usual names of the service. */
export const SUPERVISOR_SERVICES = ["supervisor", "supervisord"] as const;

/** The Supervisor of a host, or null if there is none. A running process takes precedence over files. */
export function findSupervisor(facts: SupervisorFacts) {
  const services = facts.services.filter(({ isMasked }) => !isMasked);
  const service =
    services.find(({ isRunning }) => isRunning) ??
    services.find(({ isEnabled }) => isEnabled) ??
    services[0] ??
    null;
  const process = facts.processes[0] ?? null;
  if (service === null && process === null) return null;
  const named =
    (process === null ? null : configOf(process.argv, process.cwd)) ??
    (service === null ? null : configIn(service.text));
  // Without a service, no init system starts it; without a configuration, that is unknown.
  return { service, process, config: named ?? facts.configs[0] ?? null };
}

/** The configuration that a command line names, made absolute. */
function configOf(argv: readonly string[], cwd: string | null): string | null {
  for (const [index, word] of argv.entries()) {
    const named =
      word === "-c" || word === "--configuration"
        ? argv[index + 1]
        : /^(?:-c|--configuration=)(.+)$/.exec(word)?.[1];
    if (named === undefined) continue;
    if (named.startsWith("/")) return named;
    return cwd === null ? null : `${cwd.replace(/\/$/, "")}/${named}`;
  }
  return null;
}

/** The same in the text of a unit or script. */
function configIn(text: string): string | null {
  return /(?:\s|["'=])(?:-c\s*|--configuration[=\s]\s*)["']?(\/[^\s"'$]+)/.exec(text)?.[1] ?? null;
}

/** How to disable a Supervisor. The error says why tsv cannot, and what to do. */
export function planTakeOver(found: FoundSupervisor, init: InitName): Result<TakeOverPlan, string> {
  const { service, process } = found;
  const waitFor = process?.pid ?? null;
  if (service === null) {
    return err(
      `supervisord runs (pid ${process?.pid}), but not as a service of ${init}: stop it, disable the script or job that ` +
        `starts it, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
    );
  }
  const migration = INIT_SYSTEMS[init].supervisor;
  return migration === undefined
    ? err(
        `tsv cannot migrate ${service.name} under ${init} automatically: stop it and remove it from the services of ` +
          `${init}, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
      )
    : ok({ ...migration.disable(service), waitFor });
}

// A configuration that belongs to the package of Supervisor: removing that package would remove it, although tsv runs with it.
// A local diversion, dpkg's own means, assigns the path to the administrator; dpkg then leaves the file alone.

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
  const what = `keep ${config} when the package supervisor is purged`;
  // It may fail: versions of dpkg before 1.19 lack --no-rename.
  return command(divert("--add", config), what, divert("--remove", config), true);
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
  const what = `let ${config} belong to the package supervisor again`;
  return command(divert("--remove", config), what, divert("--add", config), true);
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
