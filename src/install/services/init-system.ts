// An init system as one object: how it is recognized, the files and commands of a service of tsv, their variant on a host with
// a tsv package, and the migration of an installed Supervisor. To add one, write its file beside this one, its templates in
// initscripts/, and a line in registry.ts.

import { dirname } from "../../core/config/paths.ts";
import type { Layout } from "../plan/layout.ts";
import { command, type FoundFile, type Mode, type ServiceCommand } from "../plan/steps.ts";

/** A service, independent of the init system. */
export interface ServiceDescription {
  readonly name: string;
  readonly scope: "system" | "user";
  /** Absolute path of the service's executable. */
  readonly executable: string;
  /** Absolute path of the configuration. */
  readonly config: string;
  readonly layout: Layout;
  /** How long stopping every program may take, computed from the configuration, with a margin. */
  readonly stopTimeoutSeconds: number;
  /** The limit of open files that the configuration requires (`minfds`). */
  readonly openFiles: number;
  /** The group of directories, whose members may use ctl. */
  readonly group: string;
  readonly waitOnline: boolean;
  /** Its files belong to a package: they are in the directories of packages, and do not depend on the host. */
  readonly isPackaged: boolean;
  /** Doctor restores it: it may exist and run, and an undo must not disable what was enabled before. */
  readonly isRepair?: true;
  readonly facts: ServiceFacts;
}

/** Facts about the host or image on which the files and commands of a service depend. */
export interface ServiceFacts {
  /** No command can be run there: only symlinks determine what starts at boot. */
  readonly isImage: boolean;
  /** SysV: the command that registers scripts; null if runlevels consist only of symlinks. */
  readonly registration: "update-rc.d" | "chkconfig" | null;
  /** SysV: symlinks of a multi-user runlevel start or stop a script of this name. */
  readonly isRegistered: boolean;
  /** runit, s6: the scanned directories; the first is the one in use now, others follow if that is temporary. */
  readonly scanDirectories: readonly string[];
  /** The calling user, for a user service. */
  readonly user: { readonly uid: number; readonly home: string };
  /** systemd: lingering of the user was enabled before tsv was installed. */
  readonly lingered: boolean;
}

/** The text of a template in initscripts/, by name. */
export type Templates = (name: string) => string;

/** A file of the service. */
export interface ServiceFile {
  readonly path: string;
  readonly text: string;
  readonly mode: Mode;
  /** For messages: "systemd unit". */
  readonly what: string;
}

/** A file that is not executed. */
export function plainFile(path: string, text: string, what: string): ServiceFile {
  return { path, text, mode: 0o644, what };
}

/** A symlink of the service. */
export interface ServiceLink {
  readonly path: string;
  readonly target: string;
}

/** One service for one init system. */
export interface ServiceFiles {
  /** Directories that the files need, outermost first, with mode 0755. */
  readonly directories: readonly string[];
  readonly files: readonly ServiceFile[];
  /** The unit or script that starts the daemon; that of a package is not in `files`. */
  readonly mainFile: string;
  /** Symlinks that start it at boot, as `enable` commands would create them. */
  readonly links: readonly ServiceLink[];
  /** Run after files and symlinks were created: makes the init system read them, and registers the service. */
  readonly enable: readonly ServiceCommand[];
  readonly start: ServiceCommand;
  readonly stop: ServiceCommand;
  /** Run after files and symlinks were removed. */
  readonly forget: readonly ServiceCommand[];
  /** A query: exit status 0 means yes. */
  readonly isRunning: readonly string[];
  /** The same; null: a service that exists is enabled. */
  readonly isEnabled: readonly string[] | null;
  /** The command that shows why it does not start. */
  readonly showOutput: readonly string[];
  /** Commands for users, and for repairs. `enable` and `disable` are empty if only symlinks enable a service. */
  readonly byHand: {
    readonly start: readonly string[];
    readonly restart: readonly string[];
    readonly enable: readonly string[];
    readonly disable: readonly string[];
  };
  /** Files beside the run directory that its scripts leave: `texts` and those with a pid or nothing. */
  readonly leftovers: { readonly texts: readonly string[]; readonly pids: readonly string[] };
}

/** Starts and stops a service; each command undoes the other. */
export function startAndStop(
  name: string,
  start: readonly string[],
  stop: readonly string[],
): Pick<ServiceFiles, "start" | "stop"> {
  return {
    start: command(start, `start ${name}`, stop),
    stop: command(stop, `stop ${name}`, start),
  };
}

export interface InitSystem {
  /** Whether it has booted a host; null: no sign of it. */
  signOnHost(evidence: InitEvidence): Sign | null;
  /** Whether it boots an image; null: no sign of it. */
  signInImage(evidence: ImageEvidence): Sign | null;
  /** Creates the service. Check `whyUnwritable` before, and `hasUserServices` for a service of a user. */
  service(description: ServiceDescription, templates: Templates): ServiceFiles;
  /** The service on a host with a tsv package; absent: packages contain none, and tsv writes its own. */
  readonly packaged?: PackagedVariant;
  /** How an installed Supervisor is replaced; absent: only by hand. */
  readonly supervisor?: SupervisorMigration;
  /** The process that scans directories for services, and its usual directories; absent: it does not scan. */
  readonly scanner?: { readonly program: string; readonly directories: readonly string[] };
  /** A step for the user after an installation into an image in which a file exists. */
  readonly imageRemark?: { readonly ifExists: string; readonly text: string };
  /** Services are units: they have properties and drop-ins, and are controlled by systemctl(1). */
  readonly hasUnits?: true;
  /** It also runs services of one user, without root. */
  readonly hasUserServices?: true;
  /** A user's service starts at login unless the user lingers, see loginctl(1). */
  readonly needsLingering?: true;
  /** It also starts the scripts of SysV init: if a package brings one, that is the service. */
  readonly runsSysvScripts?: true;
  /** Only root can query whether a service runs. */
  readonly isStatusForRoot?: true;
}

/** Why an init system was recognized. A sure sign of one outweighs the other signs of all. */
export interface Sign {
  readonly because: string;
  readonly isSure: boolean;
}

/** Evidence on a running host: what runs, never installed commands, because many containers have systemctl, but no systemd. */
export interface InitEvidence {
  readonly platform: string;
  /** Name of PID 1 (/proc/1/comm), or null if it cannot be read. */
  readonly firstProcess: string | null;
  /** /run/systemd/system is a directory: sd_booted(3). */
  readonly hasRunSystemd: boolean;
  /** /run/openrc/softlevel exists: OpenRC has started a runlevel. */
  readonly hasOpenrcLevel: boolean;
  /** /etc/inittab and /etc/init.d exist. */
  readonly hasInittab: boolean;
  /** The kind of container ("docker", "systemd-nspawn"...), or null on a machine. */
  readonly container: string | null;
}

/** Evidence in an image, where nothing runs. */
export interface ImageEvidence {
  /** /sbin/init of the image. */
  readonly init: FoundFile;
  /** /usr/lib/systemd/systemd or /lib/systemd/systemd exists. */
  readonly hasSystemd: boolean;
  /** OpenRC is installed and has runlevels: on Debian, sysvinit starts it. */
  readonly hasOpenrc: boolean;
  /** Text of /etc/inittab, or null. */
  readonly inittab: string | null;
}

/** The sure sign that PID 1 of a host has one of the names; null if it has not. */
export function firstProcessIs(
  { firstProcess }: InitEvidence,
  ...names: readonly string[]
): Sign | null {
  const isIt = firstProcess !== null && names.includes(firstProcess);
  return isIt ? { because: `PID 1 is ${firstProcess}`, isSure: true } : null;
}

/** The sure sign that /sbin/init of an image is a symlink to a path with the word; null if it is not. */
export function initLinksTo({ init }: ImageEvidence, word: string): Sign | null {
  return init.kind === "link" && init.target.includes(word)
    ? { because: `its /sbin/init is a symlink to ${init.target}`, isSure: true }
    : null;
}

/** The service on a host with a tsv package: the files of the package stay unchanged. */
export interface PackagedVariant {
  /** The unit or init script in the package. */
  script(name: string): string;
  /** The file beside it with the settings of this host. */
  settings(service: ServiceDescription, templates: Templates): ServiceFile;
  /** Whether these settings can make the service wait for the network. */
  readonly canWaitOnline: boolean;
  /** Differences to the service without a package: what the package has done already. */
  changes(service: ServiceDescription): Partial<ServiceFiles>;
}

/** The values in the files of a package, which do not depend on a host's configuration. */
export const PACKAGE_DEFAULTS = { stopTimeoutSeconds: 90, openFiles: 1024 } as const;

/** The service without the files of the package; all of it for an init system that packages have no service for. */
export function packagedService(
  init: InitSystem,
  service: ServiceDescription,
  { templates, look }: { readonly templates: Templates; look(path: string): FoundFile },
): ServiceFiles {
  const { packaged } = init;
  if (packaged === undefined) return init.service(service, templates);
  const whole = init.service({ ...service, isPackaged: true }, templates);
  const changed = { ...whole, ...packaged.changes(service) };
  const settings = packaged.settings(service, templates);
  // A file of an earlier run has to be updated.
  const isNeeded = differs(service, packaged) || look(settings.path).kind !== "missing";
  const files = isNeeded ? [settings] : [];
  const links = changed.links.map((link) => asItIs(link, look(link.path)));
  const directories = [...links, ...files].map(({ path }) => dirname(path));
  return { ...changed, directories, files, links };
}

/** Packages link to the same unit by another path: /lib is a symlink to /usr/lib. */
function asItIs(link: ServiceLink, found: FoundFile): ServiceLink {
  const isSame = found.kind === "link" && `/usr${found.target}` === link.target;
  return isSame ? { ...link, target: found.target } : link;
}

function differs(
  { config, layout, waitOnline, stopTimeoutSeconds, openFiles }: ServiceDescription,
  { canWaitOnline }: PackagedVariant,
): boolean {
  return (
    config !== layout.config ||
    (waitOnline && canWaitOnline) ||
    stopTimeoutSeconds > PACKAGE_DEFAULTS.stopTimeoutSeconds ||
    openFiles > PACKAGE_DEFAULTS.openFiles
  );
}

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

/** Queries about a service by its usual name: exit status 0 means yes. */
interface SupervisorQuery {
  /** The first existing path is its unit or script. */
  readonly paths: readonly string[];
  /** Debian keeps the script of a removed package, without its x bits. */
  readonly isScript: boolean;
  readonly isRunning: readonly string[];
  readonly isEnabled: readonly string[];
  /** null: services cannot be masked. */
  readonly isMasked: readonly string[] | null;
}

/** Steps of an installation that disable it. */
export interface DisabledSupervisor {
  /** A symlink that masks it, and the command with which the init system reads it; null: services cannot be masked. */
  readonly mask: { readonly link: ServiceLink; readonly reload: ServiceCommand } | null;
  readonly commands: readonly ServiceCommand[];
  /** Run after all files of the installation were removed. */
  readonly reactivate: readonly (readonly string[])[];
}

/** The migration of an init script. @param disable at boot: the command and its undo */
export function scriptMigration(
  isEnabled: (name: string) => readonly string[],
  disable: (name: string) => Pick<ServiceCommand, "argv" | "undo">,
): SupervisorMigration {
  return {
    find(name) {
      const path = `/etc/init.d/${name}`;
      return {
        paths: [path],
        isScript: true,
        isRunning: [path, "status"],
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
  const stop = command([path, "stop"], `stop ${name}`, start);
  const disables = isEnabled
    ? [command(disable.argv, `disable ${name} at boot`, disable.undo)]
    : [];
  const hold = command(["chmod", "a-x", path], `keep the package of ${name} from running ${path}`, [
    "chmod",
    "a+x",
    path,
  ]);
  const holds = isEnabled || isRunning ? [hold] : [];
  return {
    mask: null,
    commands: [...(isRunning ? [stop] : []), ...disables, ...holds],
    reactivate: [
      ...[...holds, ...disables].flatMap(({ undo }) => (undo === null ? [] : [undo])),
      ...(isRunning ? [start] : []),
    ],
  };
}
