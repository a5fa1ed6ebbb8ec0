// What an installation does, as data: each step with what it finds and what it leaves, so that it can be shown before,
// written down while it happens, and taken back.

/** Owner by name: ids differ between hosts, and in an image they are not known yet. */
export interface Owner {
  readonly user: string;
  readonly group: string;
}

/** Permission bits, as for chmod(2). */
export type Mode = number;

/** Owner by id and mode, as they were found. */
export interface Access {
  readonly mode: Mode;
  readonly uid: number;
  readonly gid: number;
}

/** What a plan saw where a step is to change something. What is another thing by then, or a changed one, stays. */
export interface Witness extends Access {
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
  /** A socket, device or pipe, or a path that could not be looked at; `detail` says which. */
  | { readonly kind: "other"; readonly detail: string };

export type Step =
  /** Adds a system group when there is none of that name. */
  | { readonly kind: "group"; readonly name: string }
  /** Makes a directory, or gives the one that is there this owner and mode. Parents must exist. */
  | {
      readonly kind: "directory";
      readonly path: string;
      readonly mode: Mode;
      readonly owner: Owner;
      /** The plan found nothing there: what is there by now is somebody else's, and not given away. */
      readonly isNew?: true;
    }
  /** Writes a file whole and at once. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly text: string;
      readonly mode: Mode;
      readonly owner: Owner;
      readonly what: string;
      /** The file that the text was made from, where others could put another in its place. */
      readonly replaces?: { readonly seen: Witness; readonly text: string };
    }
  /** Copies an executable of this machine, byte for byte; `sha256` is the source's. */
  | {
      readonly kind: "copy";
      readonly from: string;
      readonly path: string;
      readonly sha256: string;
      readonly mode: Mode;
      readonly owner: Owner;
    }
  /** Keeps a copy of a file that is about to be replaced, for the day when tsv goes. */
  | { readonly kind: "keep"; readonly path: string; readonly backup: string; readonly owner: Owner }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** Removes one file or link that is ours. */
  | { readonly kind: "remove"; readonly path: string; readonly what: string }
  /** Puts back a file that stood there before tsv came. */
  | ({ readonly kind: "put-back"; readonly path: string; readonly backup: string } & Access)
  /** Gives something that stays another owner. */
  | ({ readonly kind: "own"; readonly path: string; readonly seen?: Witness } & Access)
  /** Removes a directory of ours; one that holds anything stays. */
  | { readonly kind: "remove-empty"; readonly path: string }
  /** Removes a directory of ours with everything in it, links not followed: moved aside now, gone in the end. */
  | { readonly kind: "remove-tree"; readonly path: string }
  /** Removes what means something only while a daemon runs: a socket, a pid file. It does not come back. */
  | { readonly kind: "remove-stale"; readonly path: string }
  | { readonly kind: "remove-group"; readonly name: string }
  /** Runs a command that changes the running system. `undo` takes it back; null when there is nothing to take back. */
  | {
      readonly kind: "command";
      readonly argv: readonly string[];
      readonly undo: readonly string[] | null;
      /** For people: "start tsv", "tell systemd about the new unit". */
      readonly what: string;
    }
  /** Does nothing, unless everything is taken back: then the command runs, after what follows has been taken back. */
  | {
      readonly kind: "on-undo";
      readonly argv: readonly string[];
      readonly what: string;
      readonly mayFail: boolean;
    }
  /** Does nothing: what appears at this path from here on is the service's, and goes when everything is taken back. */
  | { readonly kind: "appears"; readonly path: string }
  /**
   * Sends a signal to a process that starts anew what it lost, or goes on: there is nothing to take back. `startTicks`,
   * ticks since boot, prove that the pid is still that process's and not another's by now.
   */
  | {
      readonly kind: "signal";
      readonly pid: number;
      readonly startTicks: number;
      readonly signal: "SIGUSR2" | "SIGCONT";
      /** For people: "make its socket anew". */
      readonly what: string;
    }
  /** Waits until a process that was told to stop has ended: not every init script does. */
  | { readonly kind: "ended"; readonly pid: number; readonly timeoutSeconds: number }
  /** Waits until the daemon answers on its control server: `unix:///path` or `http://host:port`. */
  | { readonly kind: "answer"; readonly server: string; readonly timeoutSeconds: number };

/** A step and why it is in the plan. Steps that would change nothing are not in it. */
export interface PlannedStep {
  readonly step: Step;
  /** What is there now, in a few words: "missing", "another text", "root:root 0755". */
  readonly now: string;
  /** What will be there. */
  readonly will: string;
  /** What of somebody else's this step replaces: it needs a yes of its own. */
  readonly edited: Edited | null;
  /** A failure is told, and does not end the transaction. */
  readonly mayFail: boolean;
}

/** Something that tsv did not leave like this. The text is null where it is not text. */
export interface Edited {
  readonly path: string;
  readonly text: string | null;
}

export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Things a person should know before saying yes: "the unit was edited since tsv wrote it". */
  readonly remarks: readonly string[];
}

/** Whether a step is for people to see; the others only matter when things are taken back. */
export function isShown({ step }: PlannedStep): boolean {
  return step.kind !== "on-undo" && step.kind !== "appears";
}

/**
 * How to take one step back: plain data, written to disk before the step is done, so that also a killed installer's work
 * can be undone by the next run.
 */
export type Undo =
  | { readonly kind: "remove-group"; readonly name: string }
  | { readonly kind: "add-group"; readonly name: string; readonly gid: number }
  /** Only while it is the file that the step wrote. */
  | { readonly kind: "remove-file"; readonly path: string; readonly sha256: string }
  | { readonly kind: "remove-link"; readonly path: string; readonly target: string }
  /** Only when it is empty. */
  | { readonly kind: "remove-directory"; readonly path: string }
  /** Whatever it is by will: there was nothing before the service began. */
  | { readonly kind: "remove-appeared"; readonly path: string }
  | ({
      readonly kind: "restore-file";
      readonly path: string;
      /** Its SHA-256, and the name under which its bytes are kept in the journal's directory. */
      readonly kept: string;
      /** SHA-256 of the file that the step puts there; null when it is none. */
      readonly next: string | null;
    } & Access)
  | { readonly kind: "restore-link"; readonly path: string; readonly target: string }
  | ({
      readonly kind: "restore-access";
      readonly path: string;
      /** Whose the step has made it: what belongs to anybody else by then stays. */
      readonly left?: Pick<Access, "uid" | "gid">;
      /** It was this socket. */
      readonly socket?: Pick<Witness, "device" | "inode">;
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
