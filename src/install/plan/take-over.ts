// Migrates an installed Supervisor: which one it is, its configuration, and how it is disabled and reactivated. Pure, from
// facts about the host.

import { err, ok, type Result } from "../../core/base/result.ts";
import { INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import type { DisabledSupervisor, SupervisorService } from "../services/supervisor-service.ts";

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
export interface FoundSupervisor {
  /** null: it runs, but no init system starts it. */
  readonly service: SupervisorService | null;
  readonly process: SupervisorProcess | null;
  /** Absolute; null: unknown. */
  readonly config: string | null;
}

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
export function findSupervisor(facts: SupervisorFacts): FoundSupervisor | null {
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
  return migration === null
    ? err(
        `tsv cannot migrate ${service.name} under ${init} automatically: stop it and remove it from the services of ` +
          `${init}, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
      )
    : ok({ ...migration.disable(service), waitFor });
}
