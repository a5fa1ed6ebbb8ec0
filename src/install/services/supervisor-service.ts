// The service of an installed Supervisor: where it is, and how it is disabled and reactivated.

import type { ServiceCommand, ServiceLink, ServiceQuestion } from "./service.ts";

/** A service that starts a supervisord, in the init system's files. */
export interface SupervisorService {
  readonly name: string;
  /** The unit or init script; the first if there are several. */
  readonly path: string;
  readonly text: string;
  readonly isRunning: boolean;
  readonly isEnabled: boolean;
  /** It is masked, so it cannot be started. */
  readonly isMasked: boolean;
}

/** How an init system finds and disables it. */
export interface SupervisorMigration {
  find(name: string): SupervisorQuery;
  disable(service: SupervisorService): DisabledSupervisor;
}

/** Queries about a service by its usual name. */
interface SupervisorQuery {
  /** The first existing path is its unit or script. */
  readonly paths: readonly string[];
  /** Debian keeps the script of a removed package, without its x bits. */
  readonly isScript: boolean;
  readonly isRunning: ServiceQuestion;
  readonly isEnabled: ServiceQuestion;
  /** null: services cannot be masked. */
  readonly isMasked: ServiceQuestion | null;
}

/** Steps of an installation that disable it. */
export interface DisabledSupervisor {
  readonly links: readonly ServiceLink[];
  /** Makes the init system read the symlinks. */
  readonly tell: readonly (readonly string[])[];
  readonly tellWhat: string;
  readonly commands: readonly ServiceCommand[];
  /** Run after all files of the installation were removed. */
  readonly giveBack: readonly (readonly string[])[];
}

/** The migration of an init script. @param disable at boot: the command and its undo */
export function scriptMigration(
  isEnabled: (name: string) => ServiceQuestion,
  disable: (name: string) => Pick<ServiceCommand, "argv" | "undo">,
): SupervisorMigration {
  return {
    find(name) {
      const path = `/etc/init.d/${name}`;
      return {
        paths: [path],
        isScript: true,
        isRunning: { argv: [path, "status"] },
        isEnabled: isEnabled(name),
        isMasked: null,
      };
    },
    disable: (service) => disableScript(service, disable(service.name)),
  };
}

/**
 * The script of a package stops the daemon of its pid file when the package is upgraded or removed, and that daemon is tsv
 * now: maintainer scripts leave a script alone that is not executable.
 */
function disableScript(
  { name, path, isRunning, isEnabled }: SupervisorService,
  disable: Pick<ServiceCommand, "argv" | "undo">,
): DisabledSupervisor {
  const start = [path, "start"];
  const stop = { argv: [path, "stop"], undo: start, what: `stop ${name}`, mayFail: false };
  const disables = isEnabled
    ? [{ ...disable, what: `disable ${name} at boot`, mayFail: false }]
    : [];
  const hold: ServiceCommand = {
    argv: ["chmod", "a-x", path],
    undo: ["chmod", "a+x", path],
    what: `keep the package of ${name} from running ${path}`,
    mayFail: false,
  };
  const holds = isEnabled || isRunning ? [hold] : [];
  return {
    links: [],
    tell: [],
    tellWhat: "",
    commands: [...(isRunning ? [stop] : []), ...disables, ...holds],
    giveBack: [
      ...[...holds, ...disables].flatMap(({ undo }) => (undo === null ? [] : [undo])),
      ...(isRunning ? [start] : []),
    ],
  };
}
