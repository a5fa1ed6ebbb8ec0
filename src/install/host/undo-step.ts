// Undoes steps of an installation. Each undo first checks that the file is as the step left it, or was never changed: a file
// that was changed meanwhile stays, and this is reported.

import { readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { assertNever } from "../../core/base/assert.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FoundFile, Undo } from "../plan/steps.ts";
import { changeAccess, changeSocket } from "./change-access.ts";
import { type Ground, makeDirectory } from "./ground.ts";
import { copyWhole, isThere, linkWhole, lookAt, removeFresh, syncDirectory } from "./safe-files.ts";

type Done = Result<true, string>;

/** Undoes one step. */
export function undoStep(undo: Undo, ground: Ground, run: (argv: readonly string[]) => Done): Done {
  switch (undo.kind) {
    case "remove-group":
      ground.accounts.tidy();
      return ground.accounts.groupId(undo.name) === null
        ? ok(true)
        : ground.accounts.removeGroup(undo.name);
    case "add-group":
      ground.accounts.tidy();
      return ground.accounts.groupId(undo.name) === null
        ? ground.accounts.addGroup(undo.name, undo.gid)
        : ok(true);
    case "remove-file":
      return removeIf(undo.path, ground, (f) => f.kind === "file" && f.sha256 === undo.sha256);
    case "remove-link":
      return removeIf(undo.path, ground, (f) => f.kind === "link" && f.target === undo.target);
    case "remove-appeared":
      rmSync(ground.at(undo.path), { recursive: true, force: true });
      return ok(true);
    case "remove-directory":
      return removeDirectory(undo.path, ground);
    case "restore-file":
      return restoreFile(undo, ground);
    case "restore-link":
      return restoreLink(undo, ground);
    case "restore-access":
      return restoreAccess(undo, ground.at(undo.path));
    case "restore-directory":
      return makeDirectory(ground.at(undo.path), undo);
    case "move-back":
      return moveBack(undo, ground);
    case "run":
      return undo.mayFail ? lenient(run(undo.argv)) : run(undo.argv);
    default:
      return assertNever(undo);
  }
}

function lenient(outcome: Done): Done {
  return outcome.ok ? outcome : ok(true);
}

function removeIf(path: string, ground: Ground, isOurs: (found: FoundFile) => boolean): Done {
  const at = ground.at(path);
  removeFresh(at);
  const found = lookAt(at);
  if (found.kind === "missing") return ok(true);
  if (!isOurs(found)) return err(`${path} was changed since and stays`);
  rmSync(at);
  syncDirectory(dirname(at));
  return ok(true);
}

function removeDirectory(path: string, ground: Ground): Done {
  const at = ground.at(path);
  if (lookAt(at).kind !== "directory") return ok(true);
  const held = readdirSync(at);
  if (held.length > 0) return err(`${path} stays: it contains ${held.slice(0, 3).join(", ")}`);
  rmdirSync(at);
  syncDirectory(dirname(at));
  return ok(true);
}

function restoreFile(undo: Extract<Undo, { kind: "restore-file" }>, ground: Ground): Done {
  const { path, kept, next } = undo;
  const at = ground.at(path);
  removeFresh(at);
  const found = lookAt(at);
  const isKnown = found.kind === "file" && (found.sha256 === kept || found.sha256 === next);
  if (found.kind !== "missing" && found.kind !== "link" && !isKnown) {
    return err(
      `${path} was changed since and stays; its old text is in ${ground.journal.keptPath(kept)}`,
    );
  }
  if (found.kind === "file" && found.sha256 === kept) changeAccess(at, undo);
  else copyWhole(ground.journal.keptPath(kept), at, undo, kept);
  return ok(true);
}

function restoreLink(undo: Extract<Undo, { kind: "restore-link" }>, ground: Ground): Done {
  const at = ground.at(undo.path);
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

function moveBack({ path, aside }: Extract<Undo, { kind: "move-back" }>, ground: Ground): Done {
  if (lookAt(ground.at(aside)).kind === "missing") return ok(true);
  if (lookAt(ground.at(path)).kind !== "missing") {
    return err(`${path} exists again; the old one stays as ${aside}`);
  }
  renameSync(ground.at(aside), ground.at(path));
  syncDirectory(dirname(ground.at(path)));
  return ok(true);
}
