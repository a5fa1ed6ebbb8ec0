// Migrates an installed Supervisor: which one it is, its configuration, and how it is disabled and reactivated. Pure, from
// facts about the host.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { InitSystem } from "./init-system.ts";
import type { ServiceCommand } from "./service.ts";

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
export interface TakeOverPlan {
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Makes the init system read the symlinks. */
  readonly tell: readonly (readonly string[])[];
  readonly tellWhat: string;
  readonly commands: readonly ServiceCommand[];
  /** The process that has to exit before our daemon starts; null: none runs. */
  readonly waitFor: number | null;
  /** Run after all files of the installation were removed. */
  readonly giveBack: readonly (readonly string[])[];
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
export function planTakeOver(
  found: FoundSupervisor,
  init: InitSystem,
): Result<TakeOverPlan, string> {
  const { service, process } = found;
  const waitFor = process?.pid ?? null;
  if (service === null) {
    return err(
      `supervisord runs (pid ${process?.pid}), but not as a service of ${init}: stop it, disable the script or job that ` +
        `starts it, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
    );
  }
  switch (init) {
    case "systemd":
      return ok({ ...bySystemd(service), waitFor });
    case "sysv":
      return ok({ ...byScript(service, disableSysv(service.name)), waitFor });
    case "openrc":
      return ok({
        waitFor,
        ...byScript(service, [
          {
            argv: ["rc-update", "del", service.name, "default"],
            undo: ["rc-update", "add", service.name, "default"],
            what: `disable ${service.name} at boot`,
            mayFail: false,
          },
        ]),
      });
    case "runit":
    case "s6":
    case "launchd":
      return err(
        `tsv cannot migrate ${service.name} under ${init} automatically: stop it and remove it from the services of ` +
          `${init}, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
      );
  }
}

type Quieting = Omit<TakeOverPlan, "waitFor">;

/**
 * The unit of a package is masked, so that an update of the package cannot start it; this can be undone completely. A unit
 * in /etc cannot be masked, so it is disabled.
 */
function bySystemd(service: SupervisorService): Quieting {
  const unit = `${service.name}.service`;
  const stop: ServiceCommand = {
    argv: ["systemctl", "stop", unit],
    undo: ["systemctl", "start", unit],
    what: `stop ${unit}`,
    mayFail: false,
  };
  const stops = service.isRunning ? [stop] : [];
  const starts = service.isRunning ? [["systemctl", "start", unit]] : [];
  if (service.path.startsWith("/etc/systemd/system/")) {
    const disable: ServiceCommand = {
      argv: ["systemctl", "disable", unit],
      undo: ["systemctl", "enable", unit],
      what: `disable ${unit} at boot`,
      mayFail: false,
    };
    return {
      links: [],
      tell: [],
      tellWhat: "",
      commands: service.isEnabled ? [...stops, disable] : stops,
      giveBack: service.isEnabled ? [["systemctl", "enable", unit], ...starts] : starts,
    };
  }
  const reload = ["systemctl", "daemon-reload"];
  return {
    links: [{ path: `/etc/systemd/system/${unit}`, target: "/dev/null" }],
    tell: [reload],
    tellWhat: `make systemd read the mask of ${unit}`,
    commands: stops,
    giveBack: [reload, ...starts],
  };
}

function disableSysv(name: string): readonly ServiceCommand[] {
  return [
    {
      argv: ["update-rc.d", name, "disable"],
      undo: ["update-rc.d", name, "enable"],
      what: `disable ${name} at boot`,
      mayFail: false,
    },
  ];
}

/**
 * The script of a package stops the daemon of its pid file when the package is upgraded or removed, and that daemon is tsv
 * now: maintainer scripts leave a script alone that is not executable.
 */
function byScript(service: SupervisorService, disable: readonly ServiceCommand[]): Quieting {
  const start = [service.path, "start"];
  const hold: ServiceCommand = {
    argv: ["chmod", "a-x", service.path],
    undo: ["chmod", "a+x", service.path],
    what: `keep the package of ${service.name} from running ${service.path}`,
    mayFail: false,
  };
  const stop: ServiceCommand = {
    argv: [service.path, "stop"],
    undo: start,
    what: `stop ${service.name}`,
    mayFail: false,
  };
  const disables = service.isEnabled ? disable : [];
  const holds = service.isEnabled || service.isRunning ? [hold] : [];
  return {
    links: [],
    tell: [],
    tellWhat: "",
    commands: [...(service.isRunning ? [stop] : []), ...disables, ...holds],
    giveBack: [
      ...[...holds, ...disables].flatMap(({ undo }) => (undo === null ? [] : [undo])),
      ...(service.isRunning ? [start] : []),
    ],
  };
}
