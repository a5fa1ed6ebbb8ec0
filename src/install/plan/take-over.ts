// Taking over from a Supervisor that is installed: which one it is, what it runs with, and how it is quieted and given
// back. Decides from what was seen on the host.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { InitSystem } from "./init-system.ts";
import type { ServiceCommand } from "./service.ts";

/** A service that starts a supervisord, in the init system's files. */
export interface SupervisorService {
  readonly name: string;
  /** The unit or init script, or the first of them. */
  readonly path: string;
  readonly text: string;
  readonly isRunning: boolean;
  readonly isEnabled: boolean;
  /** It is masked: nothing can start it. */
  readonly isMasked: boolean;
}

/** A supervisord that runs. */
export interface SupervisorProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly cwd: string | null;
}

/** What was seen of Supervisor on this host. */
export interface SupervisorFacts {
  readonly services: readonly SupervisorService[];
  readonly processes: readonly SupervisorProcess[];
  /** Of the places where packages and people keep it, those that exist. */
  readonly configs: readonly string[];
}

/** The Supervisor of this host. */
export interface FoundSupervisor {
  /** null: it runs, and no init system starts it. */
  readonly service: SupervisorService | null;
  readonly process: SupervisorProcess | null;
  /** Absolute; null: it cannot be told. */
  readonly config: string | null;
}

/** How the Supervisor is quieted, in steps of an installation. */
export interface TakeOverPlan {
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Tells the init system of the links. */
  readonly tell: readonly (readonly string[])[];
  readonly tellWhat: string;
  readonly commands: readonly ServiceCommand[];
  /** The process that has to be gone before ours starts; null: none runs. */
  readonly waitFor: number | null;
  /** After everything of ours is gone. */
  readonly giveBack: readonly (readonly string[])[];
}

/** Where Debian, Fedora, pip's users, FreeBSD and Homebrew keep it, in this order. */
export const SUPERVISOR_CONFIGS = [
  "/etc/supervisor/supervisord.conf",
  "/etc/supervisord.conf",
  "/usr/local/etc/supervisord.conf",
  "/opt/homebrew/etc/supervisord.conf",
] as const;

/** The names that packages and people give to the service. */
export const SUPERVISOR_SERVICES = ["supervisor", "supervisord"] as const;

/** The Supervisor of a host, or null where there is none. What runs is believed more than what is written. */
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

/** The same in the text of a unit or script, where it is written out. */
function configIn(text: string): string | null {
  return /(?:\s|["'=])(?:-c\s*|--configuration[=\s]\s*)["']?(\/[^\s"'$]+)/.exec(text)?.[1] ?? null;
}

/** How to quiet a Supervisor. The error says why tsv cannot, and what to do. */
export function planTakeOver(
  found: FoundSupervisor,
  init: InitSystem,
): Result<TakeOverPlan, string> {
  const { service, process } = found;
  const waitFor = process?.pid ?? null;
  if (service === null) {
    return err(
      `supervisord runs (pid ${process?.pid}), and no service of ${init} starts it: stop it, keep whatever starts it ` +
        `from doing so, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
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
            what: `keep ${service.name} from starting at boot`,
            mayFail: false,
          },
        ]),
      });
    case "runit":
    case "s6":
    case "launchd":
      return err(
        `tsv cannot take over from ${service.name} under ${init} by itself: stop it and remove it from what ${init} ` +
          `starts, then run tsv install --boot --config ${found.config ?? "ITS-CONFIGURATION"}`,
      );
  }
}

type Quieting = Omit<TakeOverPlan, "waitFor">;

/**
 * A package's unit is masked, which also keeps the package's next update from starting it, and is undone without a trace.
 * A unit in /etc cannot be masked: it is disabled.
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
      what: `keep ${unit} from starting at boot`,
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
    tellWhat: `tell systemd that ${unit} is masked`,
    commands: stops,
    giveBack: [reload, ...starts],
  };
}

function disableSysv(name: string): readonly ServiceCommand[] {
  return [
    {
      argv: ["update-rc.d", name, "disable"],
      undo: ["update-rc.d", name, "enable"],
      what: `keep ${name} from starting at boot`,
      mayFail: false,
    },
  ];
}

function byScript(service: SupervisorService, disable: readonly ServiceCommand[]): Quieting {
  const start = [service.path, "start"];
  const stop: ServiceCommand = {
    argv: [service.path, "stop"],
    undo: start,
    what: `stop ${service.name}`,
    mayFail: false,
  };
  const disables = service.isEnabled ? disable : [];
  return {
    links: [],
    tell: [],
    tellWhat: "",
    commands: service.isRunning ? [stop, ...disables] : disables,
    giveBack: [
      ...disables.flatMap(({ undo }) => (undo === null ? [] : [undo])),
      ...(service.isRunning ? [start] : []),
    ],
  };
}
