// The steps of an installation as data: each with the state before and after, so that it can be shown, recorded and undone.

import { octalMode } from "../../core/base/permission-words.ts";

/** Owner by name: ids differ between hosts, and are not known yet for an image. */
export interface Owner {
  readonly user: string;
  readonly group: string;
}

/** Permission bits, as for chmod(2). */
export type Mode = number;

/** Owner by id, and mode, as found. */
export interface Access {
  readonly mode: Mode;
  readonly uid: number;
  readonly gid: number;
}

/** The precondition of a step: the file that the plan found. If it was replaced or changed since, it stays. */
export interface Precondition extends Access {
  readonly kind: "file" | "directory" | "socket" | "pipe" | "character" | "block";
  readonly device: number;
  readonly inode: number;
}

/** A file as it is or was. `sha256` is in hexadecimal. */
export type FoundFile =
  | { readonly kind: "missing" }
  | ({ readonly kind: "file"; readonly sha256: string } & Access)
  | ({ readonly kind: "directory" } & Access)
  | { readonly kind: "link"; readonly target: string }
  /** A socket, device or pipe, or a path that could not be examined; see `detail`. */
  | { readonly kind: "other"; readonly detail: string };

export type Step =
  /** Adds a system group if there is none of that name. */
  | { readonly kind: "group"; readonly name: string }
  /** Creates a directory, or sets owner and mode of an existing one. Parents must exist. */
  | {
      readonly kind: "directory";
      readonly path: string;
      readonly mode: Mode;
      readonly owner: Owner;
      /** The plan found nothing there: if something exists now, it belongs to another user and stays unchanged. */
      readonly isNew?: true;
    }
  /** Writes a file atomically. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly text: string;
      readonly mode: Mode;
      readonly owner: Owner;
      readonly what: string;
      /** The file that the text was made from, if other users could replace it. */
      readonly replaces?: { readonly seen: Precondition; readonly text: string };
    }
  /** Copies an executable; `sha256` is that of the source. */
  | {
      readonly kind: "copy";
      readonly from: string;
      readonly path: string;
      readonly sha256: string;
      readonly mode: Mode;
      readonly owner: Owner;
    }
  /** Keeps a copy of a file that will be replaced, to be restored by an uninstall. */
  | { readonly kind: "keep"; readonly path: string; readonly backup: string; readonly owner: Owner }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** Removes a file or symlink of the installation. */
  | { readonly kind: "remove"; readonly path: string; readonly what: string }
  /** Restores a file that existed before tsv. */
  | ({ readonly kind: "put-back"; readonly path: string; readonly backup: string } & Access)
  /** Changes the owner of a file that stays. */
  | ({ readonly kind: "own"; readonly path: string; readonly seen?: Precondition } & Access)
  /** Removes a directory of the installation if it is empty. */
  | { readonly kind: "remove-empty"; readonly path: string }
  /** Removes a directory with its contents, without following symlinks: moved aside now, removed at the end. */
  | { readonly kind: "remove-tree"; readonly path: string }
  /** Removes a runtime file of a daemon: a socket, a pid file. It is not restored. */
  | { readonly kind: "remove-stale"; readonly path: string }
  | { readonly kind: "remove-group"; readonly name: string }
  /** Runs a command that changes the running system. `undo` reverts it; null if there is nothing to revert. */
  | {
      readonly kind: "command";
      readonly argv: readonly string[];
      readonly undo: readonly string[] | null;
      /** For messages: "start tsv", "make systemd reload its units". */
      readonly what: string;
    }
  /** Does nothing except in a rollback: then the command runs, after all later steps were undone. */
  | {
      readonly kind: "on-undo";
      readonly argv: readonly string[];
      readonly what: string;
      readonly mayFail: boolean;
    }
  /** Does nothing: a file that appears at this path belongs to the service, and a rollback removes it. */
  | { readonly kind: "appears"; readonly path: string }
  /**
   * Sends a signal to a process that recreates something, or resumes: there is nothing to undo. `startTicks`, ticks since boot,
   * prove that the pid still belongs to that process.
   */
  | {
      readonly kind: "signal";
      readonly pid: number;
      readonly startTicks: number;
      readonly signal: "SIGUSR2" | "SIGCONT";
      /** For messages: "recreate its socket". */
      readonly what: string;
    }
  /** Waits until a stopped process has exited, because not every init script does. */
  | { readonly kind: "ended"; readonly pid: number; readonly timeoutSeconds: number }
  /** Waits until the daemon answers on its control server: `unix:///path` or `http://host:port`. */
  | { readonly kind: "answer"; readonly server: string; readonly timeoutSeconds: number };

/** A step and its description. A plan contains no steps without effect. */
export interface PlannedStep {
  readonly step: Step;
  /** The present state: "missing", "another text", "root:root 0755". */
  readonly now: string;
  /** The future state. */
  readonly will: string;
  /** A file of others that this step replaces, which requires a separate confirmation. Its text is null if it is not text. */
  readonly edited: { readonly path: string; readonly text: string | null } | null;
  /** A failure is reported, but does not abort the transaction. */
  readonly mayFail: boolean;
}

export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Notes for the user before the confirmation: "the unit was edited since tsv wrote it". */
  readonly remarks: readonly string[];
}

/** Whether a step is shown to users; the others matter only in a rollback. */
export function isShown({ step }: PlannedStep): boolean {
  return step.kind !== "on-undo" && step.kind !== "appears";
}

/** A command of an init system, and its undo. */
export type ServiceCommand = Omit<Extract<Step, { kind: "command" }>, "kind"> &
  Pick<PlannedStep, "mayFail">;

/** A command with its undo; null: nothing has to be undone. */
export function command(
  argv: readonly string[],
  what: string,
  undo: readonly string[] | null = null,
  mayFail = false,
): ServiceCommand {
  return { argv, undo, what, mayFail };
}

/** A step of a plan. @param now the present state @param more `will`: other words than those of its kind */
export function planned(
  step: Step,
  now: string,
  more: Partial<Pick<PlannedStep, "will" | "edited" | "mayFail">> = {},
): PlannedStep {
  return { step, now, will: describeResult(step), edited: null, mayFail: false, ...more };
}

/** A command that changes the running system. @param now the present state */
export function plannedCommand(command: ServiceCommand, now = ""): PlannedStep {
  const { argv, undo, what, mayFail } = command;
  return planned({ kind: "command", argv, undo, what }, now, { mayFail });
}

/** A command that runs only in a rollback. @param what it undoes; default: nothing */
export function plannedOnUndo(
  argv: readonly string[],
  mayFail: boolean,
  what = argv.join(" "),
): PlannedStep {
  return planned({ kind: "on-undo", argv, what, mayFail }, "");
}

/**
 * The undo of one step: plain data, written to disk before the step is executed, so that the next run can undo the steps of a
 * killed installer.
 */
export type Undo =
  | { readonly kind: "remove-group"; readonly name: string }
  | { readonly kind: "add-group"; readonly name: string; readonly gid: number }
  /** Only if it is still the file that the step wrote. */
  | { readonly kind: "remove-file"; readonly path: string; readonly sha256: string }
  | { readonly kind: "remove-link"; readonly path: string; readonly target: string }
  /** Only if it is empty. */
  | { readonly kind: "remove-directory"; readonly path: string }
  /** Any file: nothing existed before the service was started. */
  | { readonly kind: "remove-appeared"; readonly path: string }
  | ({
      readonly kind: "restore-file";
      readonly path: string;
      /** Its SHA-256, and the name under which its bytes are kept in the journal's directory. */
      readonly kept: string;
      /** SHA-256 of the file that the step writes; null if it writes none. */
      readonly next: string | null;
    } & Access)
  | { readonly kind: "restore-link"; readonly path: string; readonly target: string }
  | ({
      readonly kind: "restore-access";
      readonly path: string;
      /** The owner that the step has set: a file of another owner stays. */
      readonly left?: Pick<Access, "uid" | "gid">;
      /** It was this socket. */
      readonly socket?: Pick<Precondition, "device" | "inode">;
    } & Access)
  /** The directory was removed while it was empty. */
  | ({ readonly kind: "restore-directory"; readonly path: string } & Access)
  | { readonly kind: "move-back"; readonly path: string; readonly aside: string }
  | {
      readonly kind: "run";
      readonly argv: readonly string[];
      readonly what: string;
      readonly mayFail: boolean;
    };

export interface InstallWorld {
  /** The file at a path, without following symlinks. Paths are those of the host or image, without the image's root. */
  look(path: string): FoundFile;
  /** Whether a symlink points to a directory. */
  leadsToDirectory(path: string): boolean;
  /** The text of a file that `look` found, or null if it is not text or cannot be read. */
  read(path: string): string | null;
  /** SHA-256 of a text as UTF-8, in hexadecimal. */
  hash(text: string): string;
  /** The id of an account, or null if there is none of that name. */
  userId(name: string): number | null;
  groupId(name: string): number | null;
  /** `root:tsv`, with ids if there is no name. */
  ownerName(uid: number, gid: number): string;
  /** Runs a query of the init system: true for exit status 0. Never in an image. */
  ask(argv: readonly string[]): boolean;
}

/** `root:tsv 0750`. */
function describeAccess(mode: Mode, owner: Owner): string {
  return `${owner.user}:${owner.group} ${octalMode(mode)}`;
}

/** A found file. */
export function describeFound(found: FoundFile, world: Pick<InstallWorld, "ownerName">): string {
  switch (found.kind) {
    case "missing":
      return "missing";
    case "file":
    case "directory":
      return `${found.kind}, ${world.ownerName(found.uid, found.gid)} ${octalMode(found.mode)}`;
    case "link":
      return `symlink to ${found.target}`;
    case "other":
      return found.detail;
  }
}

/** The state after a step. */
function describeResult(step: Step): string {
  switch (step.kind) {
    case "group":
      return "a system group";
    case "directory":
      return `directory, ${describeAccess(step.mode, step.owner)}`;
    case "file":
      return `${step.what}, ${describeAccess(step.mode, step.owner)}`;
    case "copy":
      return `copy of ${step.from}, ${describeAccess(step.mode, step.owner)}`;
    case "keep":
      return `kept as ${step.backup}, restored by tsv uninstall`;
    case "link":
      return `symlink to ${step.target}`;
    case "remove":
    case "remove-group":
    case "remove-stale":
      return "removed";
    case "remove-empty":
      return "removed if it is empty";
    case "remove-tree":
      return "removed with its contents";
    case "put-back":
      return "the file from before tsv";
    case "own":
      return `owner ${step.uid}:${step.gid}, ${octalMode(step.mode)}`;
    case "command":
    case "signal":
      return step.what;
    case "ended":
      return "exited";
    case "answer":
      return "the daemon answers";
    case "on-undo":
    case "appears":
      return "";
  }
}

/** The subject of a step: a path, a group, a command. */
export function describeSubject(step: Step): string {
  switch (step.kind) {
    case "group":
    case "remove-group":
      return `group ${step.name}`;
    case "command":
    case "on-undo":
      return describeCommand(step.argv);
    case "ended":
    case "signal":
      return `process ${step.pid}`;
    case "answer":
      return step.server;
    default:
      return step.path;
  }
}

/** For a script, only its arguments: its text is less helpful than the reason beside it. */
function describeCommand(argv: readonly string[]): string {
  const [shell, option, , ...words] = argv;
  const isScript = shell === "/bin/sh" && option === "-c";
  return (isScript ? words.filter((word) => word !== "sh") : argv).join(" ");
}

/** What an undo does to its subject. */
const UNDONE: Readonly<Record<Exclude<Undo["kind"], "run">, string>> = {
  "remove-group": "removed",
  "add-group": "added again",
  "remove-file": "removed",
  "remove-link": "removed",
  "remove-directory": "removed",
  "remove-appeared": "removed",
  "restore-file": "restored",
  "restore-link": "restored",
  "restore-directory": "restored",
  "move-back": "restored",
  "restore-access": "owner and mode as before",
};

/** Describes an undo. */
export function describeUndo(undo: Undo): string {
  if (undo.kind !== "run") {
    return `${"name" in undo ? `group ${undo.name}` : undo.path}: ${UNDONE[undo.kind]}`;
  }
  const command = describeCommand(undo.argv);
  // A command that runs only in a rollback undoes nothing, and has no other description.
  return undo.what === undo.argv.join(" ") ? command : `${command}: undoes "${undo.what}"`;
}
