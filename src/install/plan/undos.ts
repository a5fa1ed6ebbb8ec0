// The undos of a step, from the state before it. A host determines them before it executes the step.

import { assertNever, err, ok, type Result } from "../../core/base/result.ts";
import type { FoundFile, Precondition, Step, Undo } from "./steps.ts";

/** The host or image before a step. */
export interface Before {
  look(path: string): FoundFile;
  /** The same without the contents of a file, which may be endless: its hash is empty. */
  lookAtAccess(path: string): FoundFile;
  /** SHA-256 of a text as UTF-8, in hexadecimal. */
  hash(text: string): string;
  groupId(name: string): number | null;
}

type Undos = Result<readonly Undo[], string>;

/** The undos of a step, in the order of its actions. The error says why the step is impossible. */
export function undosOf(step: Step, before: Before): Undos {
  switch (step.kind) {
    case "group":
      return ok([{ kind: "remove-group", name: step.name }]);
    case "remove-group": {
      const gid = before.groupId(step.name);
      return ok(gid === null ? [] : [{ kind: "add-group", name: step.name, gid }]);
    }
    case "directory":
      return step.isNew === true && before.lookAtAccess(step.path).kind !== "missing"
        ? err(`${step.path} exists now and stays unchanged`)
        : undosOfAccess(step.path, before);
    case "own":
      return step.seen === undefined
        ? undosOfAccess(step.path, before)
        : ok([restoreSeen(step, step.seen)]);
    case "file":
      return undosOfContent(step.path, before.hash(step.text), before);
    case "copy":
      return undosOfContent(step.path, step.sha256, before);
    case "keep":
      return undosOfCopy(step.path, step.backup, before);
    case "put-back":
      return undosOfCopy(step.backup, step.path, before);
    case "link":
      return before.look(step.path).kind === "missing"
        ? ok([{ kind: "remove-link", path: step.path, target: step.target }])
        : restoreReplaced(step.path, null, before);
    case "remove":
      return restoreReplaced(step.path, null, before);
    case "remove-empty": {
      const found = before.lookAtAccess(step.path);
      if (found.kind !== "directory") return ok([]);
      const { mode, uid, gid } = found;
      return ok([{ kind: "restore-directory", path: step.path, mode, uid, gid }]);
    }
    case "remove-tree": {
      const aside = asidePath(step.path);
      return before.lookAtAccess(aside).kind === "missing"
        ? ok([{ kind: "move-back", path: step.path, aside }])
        : err(`${aside} already exists: remove it`);
    }
    case "command": {
      const { undo, what } = step;
      return ok(undo === null ? [] : [{ kind: "run", argv: undo, what, mayFail: false }]);
    }
    case "on-undo":
      return ok([{ ...step, kind: "run" }]);
    case "appears":
      return ok(
        before.lookAtAccess(step.path).kind === "missing"
          ? [{ kind: "remove-appeared", path: step.path }]
          : [],
      );
    case "remove-stale":
    case "signal":
    case "ended":
    case "answer":
      return ok([]);
    default:
      return assertNever(step);
  }
}

/** The temporary path of a directory until its removal is final. */
export function asidePath(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return `${path.slice(0, at)}.${path.slice(at)}.tsv-removed`;
}

/** As the plan found it: the present file may be another one, with another owner. */
function restoreSeen({ path, uid, gid }: Extract<Step, { kind: "own" }>, seen: Precondition): Undo {
  const { device, inode } = seen;
  return {
    kind: "restore-access",
    path,
    mode: seen.kind === "directory" ? seen.mode : seen.mode & 0o777,
    uid: seen.uid,
    gid: seen.gid,
    left: { uid, gid },
    ...(seen.kind === "socket" ? { socket: { device, inode } } : {}),
  };
}

function undosOfAccess(path: string, before: Before): Undos {
  const found = before.lookAtAccess(path);
  switch (found.kind) {
    case "missing":
      return ok([{ kind: "remove-directory", path }]);
    case "file":
    case "directory": {
      const { mode, uid, gid } = found;
      return ok([{ kind: "restore-access", path, mode, uid, gid }]);
    }
    case "link":
      return err(`${path} is a symlink, which is not followed`);
    case "other":
      return err(`cannot use ${path}: it is ${found.detail}`);
  }
}

function undosOfContent(path: string, sha256: string, before: Before): Undos {
  return before.look(path).kind === "missing"
    ? ok([{ kind: "remove-file", path, sha256 }])
    : restoreReplaced(path, sha256, before);
}

function undosOfCopy(from: string, path: string, before: Before): Undos {
  const found = before.look(from);
  return found.kind === "file"
    ? undosOfContent(path, found.sha256, before)
    : err(`${from} does not exist any more`);
}

/** @param next SHA-256 of the file that the step writes; null if it writes none */
function restoreReplaced(path: string, next: string | null, before: Before): Undos {
  const found = before.look(path);
  switch (found.kind) {
    case "missing":
      return ok([]);
    case "link":
      return ok([{ kind: "restore-link", path, target: found.target }]);
    case "file": {
      const { sha256, mode, uid, gid } = found;
      return ok([{ kind: "restore-file", path, kept: sha256, next, mode, uid, gid }]);
    }
    case "directory":
    case "other":
      return err(`cannot use ${path}: it is neither a file nor a symlink`);
  }
}
