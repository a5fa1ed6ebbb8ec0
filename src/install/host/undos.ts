// Undos of steps: determined before a step is executed, with copies of the files that it replaces. Each undo first checks that
// the file is as the step left it, or was never changed: a file that was changed meanwhile stays, and this is reported.

import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { assertNever, err, ok, type Result } from "../../core/base/result.ts";
import type { Access, FoundFile, Step, Undo } from "../plan/steps.ts";
import type { InstallAccounts } from "./accounts.ts";
import { changeAccess, changeSocket, confirmSeen, confirmText } from "./change-access.ts";
import type { DiskJournal } from "./journal.ts";
import {
  copyWhole,
  hashText,
  isThere,
  linkWhole,
  lookAt,
  lookAtAccess,
  removeFresh,
  syncDirectory,
} from "./safe-files.ts";

/** The host or image on which steps are executed. */
export interface System {
  readonly accounts: InstallAccounts;
  readonly journal: DiskJournal;
  /** The path on this machine of a path in the host or image. */
  at(path: string): string;
}

/** A new directory is accessible only for us until its owner and mode are set. */
export function makeDirectory(at: string, access: Access): Result<true, string> {
  if (!isThere(at)) return makeNewDirectory(at, access);
  changeAccess(at, access);
  syncDirectory(dirname(at));
  return ok(true);
}

/** @throws Error also if the path exists now, or is replaced meanwhile */
export function makeNewDirectory(at: string, access: Access): Result<true, string> {
  mkdirSync(at, { mode: 0o700 });
  const uid = process.geteuid?.() ?? 0;
  const isOurs = (found: Stats): boolean =>
    found.isDirectory() && found.uid === uid && (found.mode & 0o777) === 0o700;
  changeAccess(at, access, (found) => (isOurs(found) ? null : `${at} was replaced and stays`));
  syncDirectory(dirname(at));
  return ok(true);
}

/** The temporary path of a directory until its removal is final. */
export function asidePath(path: string): string {
  return join(dirname(path), `.${basename(path)}.tsv-removed`);
}

type Prepared = Result<readonly Undo[], string>;

/** Returns the undos of a step, and keeps the files that they need. */
export function prepare(step: Step, system: System): Prepared {
  switch (step.kind) {
    case "group":
      return ok([{ kind: "remove-group", name: step.name }]);
    case "remove-group":
      return prepareGroup(step.name, system);
    case "directory":
      return step.isNew === true && isThere(system.at(step.path))
        ? err(`${step.path} exists now and stays unchanged`)
        : prepareAccess(step.path, system);
    case "own":
      return prepareOwn(step, system);
    case "file":
      if (step.replaces !== undefined) confirmText(system.at(step.path), step.replaces);
      return prepareContent(step.path, hashText(step.text), system);
    case "copy":
      return prepareContent(step.path, step.sha256, system);
    case "keep":
      return prepareCopy(step.path, step.backup, system);
    case "put-back":
      return prepareCopy(step.backup, step.path, system);
    case "link":
      return prepareLink(step.path, step.target, system);
    case "remove":
      return keepWhatIsThere(step.path, null, system);
    case "remove-empty":
      return prepareRemoval(step.path, system);
    case "remove-tree":
      return prepareTree(step.path, system);
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
        look(step.path, system).kind === "missing"
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

function look(path: string, { at }: System): FoundFile {
  return lookAt(at(path));
}

function prepareGroup(name: string, { accounts }: System): Prepared {
  const gid = accounts.groupId(name);
  return ok(gid === null ? [] : [{ kind: "add-group", name, gid }]);
}

/** As the plan found it: the present file may be another one, with another owner. */
function prepareOwn(step: Extract<Step, { kind: "own" }>, system: System): Prepared {
  const { path, seen, uid, gid } = step;
  if (seen === undefined) return prepareAccess(path, system);
  confirmSeen(system.at(path), seen);
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

function prepareAccess(path: string, system: System): Prepared {
  const found = lookAtAccess(system.at(path));
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

function prepareContent(path: string, sha256: string, system: System): Prepared {
  const found = look(path, system);
  if (found.kind === "missing") return ok([{ kind: "remove-file", path, sha256 }]);
  return keepWhatIsThere(path, sha256, system);
}

function prepareCopy(from: string, path: string, system: System): Prepared {
  const found = look(from, system);
  return found.kind === "file"
    ? prepareContent(path, found.sha256, system)
    : err(`${from} does not exist any more`);
}

function prepareLink(path: string, target: string, system: System): Prepared {
  const found = look(path, system);
  if (found.kind === "missing") return ok([{ kind: "remove-link", path, target }]);
  return keepWhatIsThere(path, null, system);
}

function prepareRemoval(path: string, system: System): Prepared {
  const found = look(path, system);
  if (found.kind !== "directory") return ok([]);
  const { mode, uid, gid } = found;
  return ok([{ kind: "restore-directory", path, mode, uid, gid }]);
}

function prepareTree(path: string, system: System): Prepared {
  const aside = asidePath(path);
  if (look(aside, system).kind !== "missing") return err(`${aside} already exists: remove it`);
  return ok([{ kind: "move-back", path, aside }]);
}

/** Keeps the file at a path, so that it can be restored. @param next the file that the step writes, if any */
function keepWhatIsThere(path: string, next: string | null, system: System): Prepared {
  const found = look(path, system);
  switch (found.kind) {
    case "missing":
      return ok([]);
    case "link":
      return ok([{ kind: "restore-link", path, target: found.target }]);
    case "file": {
      const { sha256, mode, uid, gid } = found;
      const kept = system.journal.keptPath(sha256);
      const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      if (lookAt(kept).kind === "missing") {
        copyWhole(system.at(path), kept, { mode: 0o600, ...owner }, sha256);
      }
      return ok([{ kind: "restore-file", path, kept: sha256, next, mode, uid, gid }]);
    }
    case "directory":
    case "other":
      return err(`cannot use ${path}: it is neither a file nor a symlink`);
  }
}

type Done = Result<true, string>;

/** Undoes one step. */
export function undoStep(undo: Undo, system: System, run: (argv: readonly string[]) => Done): Done {
  switch (undo.kind) {
    case "remove-group":
      system.accounts.tidy();
      return system.accounts.groupId(undo.name) === null
        ? ok(true)
        : system.accounts.removeGroup(undo.name);
    case "add-group":
      system.accounts.tidy();
      return system.accounts.groupId(undo.name) === null
        ? system.accounts.addGroup(undo.name, undo.gid)
        : ok(true);
    case "remove-file":
      return removeIf(undo.path, system, (f) => f.kind === "file" && f.sha256 === undo.sha256);
    case "remove-link":
      return removeIf(undo.path, system, (f) => f.kind === "link" && f.target === undo.target);
    case "remove-appeared":
      rmSync(system.at(undo.path), { recursive: true, force: true });
      return ok(true);
    case "remove-directory":
      return removeDirectory(undo.path, system);
    case "restore-file":
      return restoreFile(undo, system);
    case "restore-link":
      return restoreLink(undo, system);
    case "restore-access":
      return restoreAccess(undo, system.at(undo.path));
    case "restore-directory":
      return makeDirectory(system.at(undo.path), undo);
    case "move-back":
      return moveBack(undo, system);
    case "run":
      return undo.mayFail ? lenient(run(undo.argv)) : run(undo.argv);
    default:
      return assertNever(undo);
  }
}

function lenient(outcome: Done): Done {
  return outcome.ok ? outcome : ok(true);
}

function removeIf(path: string, system: System, isOurs: (found: FoundFile) => boolean): Done {
  const at = system.at(path);
  removeFresh(at);
  const found = lookAt(at);
  if (found.kind === "missing") return ok(true);
  if (!isOurs(found)) return err(`${path} was changed since and stays`);
  rmSync(at);
  syncDirectory(dirname(at));
  return ok(true);
}

function removeDirectory(path: string, system: System): Done {
  const at = system.at(path);
  if (lookAt(at).kind !== "directory") return ok(true);
  const held = readdirSync(at);
  if (held.length > 0) return err(`${path} stays: it contains ${held.slice(0, 3).join(", ")}`);
  rmdirSync(at);
  syncDirectory(dirname(at));
  return ok(true);
}

function restoreFile(undo: Extract<Undo, { kind: "restore-file" }>, system: System): Done {
  const { path, kept, next } = undo;
  const at = system.at(path);
  removeFresh(at);
  const found = lookAt(at);
  const isKnown = found.kind === "file" && (found.sha256 === kept || found.sha256 === next);
  if (found.kind !== "missing" && found.kind !== "link" && !isKnown) {
    return err(
      `${path} was changed since and stays; its old text is in ${system.journal.keptPath(kept)}`,
    );
  }
  if (found.kind === "file" && found.sha256 === kept) changeAccess(at, undo);
  else copyWhole(system.journal.keptPath(kept), at, undo, kept);
  return ok(true);
}

function restoreLink(undo: Extract<Undo, { kind: "restore-link" }>, system: System): Done {
  const at = system.at(undo.path);
  removeFresh(at);
  const found = lookAt(at);
  if (found.kind === "link" && found.target === undo.target) return ok(true);
  linkWhole(at, undo.target);
  return ok(true);
}

function restoreAccess(undo: Extract<Undo, { kind: "restore-access" }>, at: string): Done {
  const { left, socket } = undo;
  const stays = `${at} was changed since and stays`;
  if (socket === undefined) {
    const owners = left === undefined ? [] : [left, undo];
    const isKnown = (found: { readonly uid: number; readonly gid: number }): boolean =>
      left === undefined || owners.some(({ uid, gid }) => uid === found.uid && gid === found.gid);
    changeAccess(at, undo, (found) => (isKnown(found) ? null : stays));
    return ok(true);
  }
  // It was removed by its daemon.
  if (!isThere(at)) return ok(true);
  changeSocket(at, undo, ({ dev, ino }) =>
    dev === socket.device && ino === socket.inode ? null : stays,
  );
  return ok(true);
}

function moveBack({ path, aside }: Extract<Undo, { kind: "move-back" }>, system: System): Done {
  if (lookAt(system.at(aside)).kind === "missing") return ok(true);
  if (lookAt(system.at(path)).kind !== "missing") {
    return err(`${path} exists again; the old one stays as ${aside}`);
  }
  renameSync(system.at(aside), system.at(path));
  syncDirectory(dirname(system.at(path)));
  return ok(true);
}
