// An init system as one object: how it is recognized, and the service, package and migration of Supervisor for it. To add one,
// write its file beside this one, its templates in initscripts/, and a line in registry.ts.

import type { FoundFile } from "../plan/steps.ts";
import type { ServiceDescription, ServiceFile, ServiceFiles, Templates } from "./service.ts";
import type { SupervisorMigration } from "./supervisor-service.ts";

export interface InitSystem {
  /** Whether it has booted a host; null: no sign of it. */
  signOnHost(evidence: InitEvidence): Sign | null;
  /** Whether it boots an image; null: no sign of it. */
  signInImage(evidence: ImageEvidence): Sign | null;
  /** Creates the service. Check `whyUnwritable` before, and `hasUserServices` for a service of a user. */
  service(description: ServiceDescription, templates: Templates): ServiceFiles;
  /** The service on a host with a tsv package; null: packages contain none, and tsv writes its own. */
  readonly packaged: PackagedVariant | null;
  /** How an installed Supervisor is replaced; null: only by hand. */
  readonly supervisor: SupervisorMigration | null;
  /** The process that scans directories for services, and its usual directories; null: it does not scan. */
  readonly scanner: { readonly program: string; readonly directories: readonly string[] } | null;
  /** A step for the user after an installation into an image in which a file exists; null: none. */
  readonly imageRemark: { readonly ifExists: string; readonly text: string } | null;
  /** Services are units: they have properties and drop-ins, and are controlled by systemctl(1). */
  readonly hasUnits: boolean;
  /** It also runs services of one user, without root. */
  readonly hasUserServices: boolean;
  /** A user's service starts at login unless the user lingers, see loginctl(1). */
  readonly needsLingering: boolean;
  /** It also starts the scripts of SysV init: if a package brings one, that is the service. */
  readonly runsSysvScripts: boolean;
  /** Only root can query whether a service runs. */
  readonly isStatusForRoot: boolean;
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
