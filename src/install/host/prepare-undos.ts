// Determines the undos of each step of an installation before it is executed, and copies the files that it replaces.

import { assertNever } from "../../core/base/assert.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FoundFile, Step, Undo } from "../plan/steps.ts";
import { confirmSeen, confirmText } from "./change-access.ts";
import { asidePath, type Ground } from "./ground.ts";
import { copyWhole, hashText, isThere, lookAt, lookAtAccess } from "./safe-files.ts";

type Prepared = Result<readonly Undo[], string>;

/** Returns the undos of a step, and keeps the files that they need. */
export function prepare(step: Step, ground: Ground): Prepared {
  switch (step.kind) {
    case "group":
      return ok([{ kind: "remove-group", name: step.name }]);
    case "remove-group":
      return prepareGroup(step.name, ground);
    case "directory":
      return step.isNew === true && isThere(ground.at(step.path))
        ? err(`${step.path} exists now and stays unchanged`)
        : prepareAccess(step.path, ground);
    case "own":
      return prepareOwn(step, ground);
    case "file":
      if (step.replaces !== undefined) confirmText(ground.at(step.path), step.replaces);
      return prepareContent(step.path, hashText(step.text), ground);
    case "copy":
      return prepareContent(step.path, step.sha256, ground);
    case "keep":
      return prepareCopy(step.path, step.backup, ground);
    case "put-back":
      return prepareCopy(step.backup, step.path, ground);
    case "link":
      return prepareLink(step.path, step.target, ground);
    case "remove":
      return keepWhatIsThere(step.path, null, ground);
    case "remove-empty":
      return prepareRemoval(step.path, ground);
    case "remove-tree":
      return prepareTree(step.path, ground);
    case "command":
      return ok(
        step.undo === null
          ? []
          : [{ kind: "run", argv: step.undo, what: step.what, mayFail: false }],
      );
    case "on-undo":
      return ok([{ kind: "run", argv: step.argv, what: step.what, mayFail: step.mayFail }]);
    case "appears":
      return ok(
        look(step.path, ground).kind === "missing"
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

function look(path: string, { at }: Ground): FoundFile {
  return lookAt(at(path));
}

function prepareGroup(name: string, { accounts }: Ground): Prepared {
  const gid = accounts.groupId(name);
  return ok(gid === null ? [] : [{ kind: "add-group", name, gid }]);
}

/** As the plan found it: the present file may be another one, with another owner. */
function prepareOwn(step: Extract<Step, { kind: "own" }>, ground: Ground): Prepared {
  const { path, seen, uid, gid } = step;
  if (seen === undefined) return prepareAccess(path, ground);
  confirmSeen(ground.at(path), seen);
  const { device, inode } = seen;
  const undo: Undo = {
    kind: "restore-access",
    path,
    mode: seen.kind === "directory" ? seen.mode : seen.mode & 0o777,
    uid: seen.uid,
    gid: seen.gid,
    left: { uid, gid },
    ...(seen.kind === "socket" ? { socket: { device, inode } } : {}),
  };
  return ok([undo]);
}

function prepareAccess(path: string, ground: Ground): Prepared {
  const found = lookAtAccess(ground.at(path));
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

function prepareContent(path: string, sha256: string, ground: Ground): Prepared {
  const found = look(path, ground);
  if (found.kind === "missing") return ok([{ kind: "remove-file", path, sha256 }]);
  return keepWhatIsThere(path, sha256, ground);
}

function prepareCopy(from: string, path: string, ground: Ground): Prepared {
  const found = look(from, ground);
  return found.kind === "file"
    ? prepareContent(path, found.sha256, ground)
    : err(`${from} does not exist any more`);
}

function prepareLink(path: string, target: string, ground: Ground): Prepared {
  const found = look(path, ground);
  if (found.kind === "missing") return ok([{ kind: "remove-link", path, target }]);
  return keepWhatIsThere(path, null, ground);
}

function prepareRemoval(path: string, ground: Ground): Prepared {
  const found = look(path, ground);
  if (found.kind !== "directory") return ok([]);
  const { mode, uid, gid } = found;
  return ok([{ kind: "restore-directory", path, mode, uid, gid }]);
}

function prepareTree(path: string, ground: Ground): Prepared {
  const aside = asidePath(path);
  if (look(aside, ground).kind !== "missing") return err(`${aside} already exists: remove it`);
  return ok([{ kind: "move-back", path, aside }]);
}

/** Keeps the file at a path, so that it can be restored. @param next the file that the step writes, if any */
function keepWhatIsThere(path: string, next: string | null, ground: Ground): Prepared {
  const found = look(path, ground);
  switch (found.kind) {
    case "missing":
      return ok([]);
    case "link":
      return ok([{ kind: "restore-link", path, target: found.target }]);
    case "file": {
      const { sha256, mode, uid, gid } = found;
      const kept = ground.journal.keptPath(sha256);
      const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      if (lookAt(kept).kind === "missing") {
        copyWhole(ground.at(path), kept, { mode: 0o600, ...owner }, sha256);
      }
      return ok([{ kind: "restore-file", path, kept: sha256, next, mode, uid, gid }]);
    }
    case "directory":
    case "other":
      return err(`cannot use ${path}: it is neither a file nor a symlink`);
  }
}
