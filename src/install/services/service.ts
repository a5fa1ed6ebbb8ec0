// A service for an init system: its files, symlinks and commands. Each init system creates them from a description, with a
// template in initscripts/.

import type { Layout } from "../plan/layout.ts";
import type { Mode } from "../plan/steps.ts";

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

/** A symlink of the service. */
export interface ServiceLink {
  readonly path: string;
  readonly target: string;
}

/** A command and its undo. */
export interface ServiceCommand {
  readonly argv: readonly string[];
  readonly undo: readonly string[] | null;
  readonly what: string;
  readonly mayFail: boolean;
}

/** A query of the init system: exit status 0 means yes. */
export interface ServiceQuestion {
  readonly argv: readonly string[];
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
  readonly isRunning: ServiceQuestion;
  /** null: a service that exists is enabled. */
  readonly isEnabled: ServiceQuestion | null;
  /** The command that shows why it does not start. */
  readonly showOutput: readonly string[];
  readonly byHand: ManualCommands;
  /** Files beside the run directory that its scripts leave: `texts` and those with a pid or nothing. */
  readonly leftovers: { readonly texts: readonly string[]; readonly pids: readonly string[] };
}

/** Commands for users, and for repairs. `enable` and `disable` are empty if only symlinks enable a service. */
interface ManualCommands {
  readonly start: readonly string[];
  readonly restart: readonly string[];
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

/** Starts and stops a service; each command undoes the other. */
export function startAndStop(
  name: string,
  start: readonly string[],
  stop: readonly string[],
): Pick<ServiceFiles, "start" | "stop"> {
  return {
    start: { argv: start, undo: stop, what: `start ${name}`, mayFail: false },
    stop: { argv: stop, undo: start, what: `stop ${name}`, mayFail: false },
  };
}
