// What an init system needs for one service: the files, the links and the commands. Each init system has a file of its
// own that makes this from a description, and a template in initscripts/.

import type { Layout } from "./layout.ts";
import type { Mode } from "./steps.ts";

/** A service, in no init system's words. */
export interface ServiceDescription {
  readonly name: string;
  readonly scope: "system" | "user";
  /** Absolute path of the executable that the service runs. */
  readonly executable: string;
  /** Absolute path of the configuration. */
  readonly config: string;
  readonly layout: Layout;
  /** How long stopping every program may take, computed from the configuration, with a margin. */
  readonly stopTimeoutSeconds: number;
  /** The limit on open files that the configuration asks for (`minfds`). */
  readonly openFiles: number;
  /** The owner of directories, and whose members use ctl. */
  readonly group: string;
  readonly waitOnline: boolean;
  /** Its files are those of a package: they lie where packages put files, and nothing in them is of one host. */
  readonly isPackaged: boolean;
  readonly facts: ServiceFacts;
}

/** What the words for a service depend on besides the service: facts about the host or image. */
export interface ServiceFacts {
  /** Nothing can be run there: what starts at boot is made of links alone. */
  readonly isImage: boolean;
  /** SysV: the command that registers scripts; null where runlevels are nothing but links. */
  readonly registration: "update-rc.d" | "chkconfig" | null;
  /** runit, s6: where services are linked to run; the first is the one that is watched now, more where it is temporary. */
  readonly scanDirectories: readonly string[];
  /** The calling user, for a service of that user alone. */
  readonly user: { readonly uid: number; readonly home: string };
  /** systemd: before tsv came, the user's services ran already without the user being logged in. */
  readonly lingered: boolean;
}

/** The text of a template in initscripts/, by its name. */
export type Templates = (name: string) => string;

/** A file of the service. */
export interface ServiceFile {
  readonly path: string;
  readonly text: string;
  readonly mode: Mode;
  /** For people: "systemd unit". */
  readonly what: string;
}

/** A command and the one that takes it back. */
export interface ServiceCommand {
  readonly argv: readonly string[];
  readonly undo: readonly string[] | null;
  readonly what: string;
  readonly mayFail: boolean;
}

/** A question to the init system: exit status 0 means yes. */
export interface ServiceQuestion {
  readonly argv: readonly string[];
}

/** One service in one init system's words. */
export interface ServiceFiles {
  /** Directories that the files need, outermost first, with mode 0755. */
  readonly directories: readonly string[];
  readonly files: readonly ServiceFile[];
  /** Links that make it start at boot; what `enable` commands would make, where they make only links. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** After files and links are there: tells the init system of them, registers what links alone do not. */
  readonly enable: readonly ServiceCommand[];
  readonly start: ServiceCommand;
  readonly stop: ServiceCommand;
  /** After files and links are gone again. */
  readonly forget: readonly ServiceCommand[];
  readonly isRunning: ServiceQuestion;
  readonly isEnabled: ServiceQuestion | null;
  /** The command that shows a person why it does not start. */
  readonly showTrouble: readonly string[];
}
