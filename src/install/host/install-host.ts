// Executes and undoes the steps of an installation on this host or in an image. Each undo first checks that the file is as the
// step left it, or was never changed: a file that was changed meanwhile stays, and this is reported.

import { mkdirSync, readdirSync, rmdirSync, rmSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { assertNever, err, ok, type Result } from "../../core/base/result.ts";
import type { Access, FoundFile, Owner, Step, Undo } from "../plan/steps.ts";
import { asidePath, type Before, undosOf } from "../plan/undos.ts";
import type { InstallHost } from "../transaction.ts";
import { createInstallAccounts, type InstallAccounts } from "./accounts.ts";
import {
  changeAccess,
  changeSocket,
  confirmSeen,
  confirmText,
  removeStale,
  unlessSeen,
} from "./change-access.ts";
import { moveTree } from "./move-tree.ts";
import { runCommand, signalProcess, waitForAnswer, waitForEnd } from "./processes.ts";
import {
  copyWhole,
  hashText,
  isThere,
  linkWhole,
  lookAt,
  lookAtAccess,
  removeFresh,
  syncDirectory,
  writeWhole,
} from "./safe-files.ts";
import { createAnchors, pathInRoot } from "./safe-paths.ts";

/** The copies of replaced files in the directory of a journal. */
export interface KeptFiles {
  /** The path of a kept file on this machine. */
  keptPath(name: string): string;
}

/** The host or image on which steps are executed. */
interface System {
  readonly accounts: InstallAccounts;
  readonly journal: KeptFiles;
  /** The path on this machine of a path in the host or image. */
  at(path: string): string;
}

/** @throws Error if an operation has failed */
function succeed(outcome: Result<true, string>): void {
  if (!outcome.ok) throw new Error(outcome.error);
}

/**
 * Creates the host of an installation.
 * @param root "/" for this host
 * @param journal keeps the files that steps replace
 * @param showOutput the command that prints the last output of the service; empty: unknown
 */
export function createInstallHost({
  root,
  journal,
  showOutput,
}: {
  readonly root: string;
  readonly journal: KeptFiles;
  readonly showOutput: readonly string[];
}): InstallHost {
  const anchors = createAnchors();
  const system: System = {
    accounts: createInstallAccounts(root),
    journal,
    at: (path) => (root === "/" ? anchors.at(path) : pathInRoot(root, path)),
  };
  /** The error of a system call names its path; the subject is added if it is missing. */
  const attempt = <T>(subject: string, action: () => Result<T, string>): Result<T, string> => {
    try {
      const done = action();
      return done.ok ? done : err(anchors.inWords(done.error));
    } catch (error) {
      const text = anchors.inWords(error instanceof Error ? error.message : String(error));
      return err(subject === "" || text.includes(subject) ? text : `${subject}: ${text}`);
    } finally {
      anchors.close();
    }
  };
  const act = (subject: string, action: () => void): Result<true, string> =>
    attempt(subject, () => {
      action();
      return ok(true);
    });
  return {
    prepare: (step) => attempt(subjectOf(step), () => prepare(step, system)),
    async perform(step, interruption) {
      if (step.kind === "answer") {
        return await waitForAnswer(step.server, step.timeoutSeconds, interruption);
      }
      if (step.kind === "ended") {
        return await waitForEnd(step.pid, step.timeoutSeconds, interruption);
      }
      return act(subjectOf(step), () => perform(step, system));
    },
    undo: (undo) => Promise.resolve(act(subjectOf(undo), () => undoStep(undo, system))),
    discard: ({ path, kind }) =>
      act(path, () => {
        if (kind === "if-empty") removeEmpty(system.at(path));
        else rmSync(system.at(path), { recursive: true, force: true });
      }),
    serviceOutput: () =>
      Promise.resolve(showOutput.length === 0 ? "" : runCommand(showOutput).output),
  };
}

function subjectOf(what: Step | Undo): string {
  if ("path" in what) return what.path;
  if ("pid" in what) return `process ${what.pid}`;
  return "name" in what ? `the group ${what.name}` : "";
}

/** Determines the undos of a step, and keeps copies of the files that it replaces. */
function prepare(step: Step, system: System): Result<readonly Undo[], string> {
  const { accounts, journal, at } = system;
  if (step.kind === "own" && step.seen !== undefined) confirmSeen(at(step.path), step.seen);
  if (step.kind === "file" && step.replaces !== undefined) {
    confirmText(at(step.path), step.replaces);
  }
  const before: Before = {
    look: (path) => lookAt(at(path)),
    lookAtAccess: (path) => lookAtAccess(at(path)),
    hash: hashText,
    groupId: accounts.groupId,
  };
  const undos = undosOf(step, before);
  for (const undo of undos.ok ? undos.value : []) {
    if (undo.kind !== "restore-file") continue;
    const kept = journal.keptPath(undo.kept);
    if (isThere(kept)) continue;
    const access = { mode: 0o600, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    copyWhole(at(undo.path), kept, access, undo.kept);
  }
  return undos;
}

/** @throws Error if the step fails */
function perform(step: Step, system: System) {
  const { accounts } = system;
  const at = "path" in step ? system.at(step.path) : "";
  switch (step.kind) {
    case "group":
      return succeed(accounts.addGroup(step.name, null));
    case "remove-group":
      return succeed(accounts.removeGroup(step.name));
    case "directory": {
      const make = step.isNew === true ? makeNewDirectory : makeDirectory;
      return make(at, accessOf(step.mode, step.owner, system));
    }
    case "file": {
      const access = accessOf(step.mode, step.owner, system);
      if (step.replaces !== undefined) confirmText(at, step.replaces);
      return writeWhole(at, Buffer.from(step.text), access);
    }
    case "copy":
      return copyWhole(step.from, at, accessOf(step.mode, step.owner, system), step.sha256);
    case "keep":
      return copyFound(system, step.path, step.backup, accessOf(0o600, step.owner, system));
    case "put-back":
      return copyFound(system, step.backup, step.path, step);
    case "own": {
      const { seen } = step;
      if (seen === undefined) return isThere(at) ? changeAccess(at, step) : undefined;
      const change = seen.kind === "socket" ? changeSocket : changeAccess;
      return change(at, step, unlessSeen(at, seen));
    }
    case "link":
      return linkWhole(at, step.target);
    case "remove":
      return remove(at);
    case "remove-empty":
      return removeEmpty(at);
    case "remove-tree":
      return moveTree(at, system.at(asidePath(step.path)), step.path);
    case "remove-stale":
      return succeed(removeStale(at));
    case "command":
      return run(step.argv);
    case "signal":
      return succeed(signalProcess(step));
    case "on-undo":
    case "appears":
    case "ended":
    case "answer":
      return;
    default:
      assertNever(step);
  }
}

function accessOf(mode: number, owner: Owner, { accounts }: System): Access {
  const uid = accounts.userId(owner.user);
  const gid = accounts.groupId(owner.group);
  if (uid === null) throw new Error(`no such user: ${owner.user}`);
  if (gid === null) throw new Error(`no such group: ${owner.group}`);
  return { mode, uid, gid };
}

/** A new directory is accessible only for us until its owner and mode are set. */
function makeDirectory(at: string, access: Access) {
  if (!isThere(at)) return makeNewDirectory(at, access);
  changeAccess(at, access);
  syncDirectory(dirname(at));
}

/** @throws Error also if the path exists now, or is replaced meanwhile */
function makeNewDirectory(at: string, access: Access): void {
  mkdirSync(at, { mode: 0o700 });
  const uid = process.geteuid?.() ?? 0;
  const isOurs = (found: Stats): boolean =>
    found.isDirectory() && found.uid === uid && (found.mode & 0o777) === 0o700;
  changeAccess(at, access, (found) => (isOurs(found) ? null : `${at} was replaced and stays`));
  syncDirectory(dirname(at));
}

function copyFound(system: System, from: string, to: string, access: Access): void {
  const found = lookAt(system.at(from));
  if (found.kind !== "file") throw new Error(`${from} does not exist any more`);
  copyWhole(system.at(from), system.at(to), access, found.sha256);
}

function remove(at: string): void {
  rmSync(at);
  syncDirectory(dirname(at));
}

/** A directory that is not empty stays. */
function removeEmpty(at: string): void {
  if (lookAt(at).kind !== "directory" || readdirSync(at).length > 0) return;
  rmdirSync(at);
  syncDirectory(dirname(at));
}

function run(argv: readonly string[]): void {
  const { status, output } = runCommand(argv);
  if (status === 0) return;
  const how = status === null ? "" : ` (exit status ${status})`;
  throw new Error(`${argv.join(" ")} failed${how}: ${output === "" ? "no output" : output}`);
}

/** @throws Error if something stays */
function undoStep(undo: Undo, system: System) {
  const { accounts } = system;
  const at = "path" in undo ? system.at(undo.path) : "";
  switch (undo.kind) {
    case "remove-group":
      accounts.tidy();
      if (accounts.groupId(undo.name) !== null) succeed(accounts.removeGroup(undo.name));
      return;
    case "add-group":
      accounts.tidy();
      if (accounts.groupId(undo.name) === null) succeed(accounts.addGroup(undo.name, undo.gid));
      return;
    case "remove-file":
      return removeIf(undo.path, at, (f) => f.kind === "file" && f.sha256 === undo.sha256);
    case "remove-link":
      return removeIf(undo.path, at, (f) => f.kind === "link" && f.target === undo.target);
    case "remove-appeared":
      return rmSync(at, { recursive: true, force: true });
    case "remove-directory": {
      const held = lookAt(at).kind === "directory" ? readdirSync(at).slice(0, 3) : [];
      if (held.length > 0) throw new Error(`${undo.path} stays: it contains ${held.join(", ")}`);
      return removeEmpty(at);
    }
    case "restore-file":
      return restoreFile(undo, at, system.journal.keptPath(undo.kept));
    case "restore-link": {
      removeFresh(at);
      const found = lookAt(at);
      if (found.kind !== "link" || found.target !== undo.target) linkWhole(at, undo.target);
      return;
    }
    case "restore-access":
      return restoreAccess(undo, at);
    case "restore-directory":
      return makeDirectory(at, undo);
    case "move-back": {
      const aside = system.at(undo.aside);
      if (!isThere(aside)) return;
      return moveTree(aside, at, undo.aside);
    }
    case "run": {
      if (undo.mayFail) runCommand(undo.argv);
      else run(undo.argv);
      return;
    }
    default:
      assertNever(undo);
  }
}

function removeIf(path: string, at: string, isOurs: (found: FoundFile) => boolean): void {
  removeFresh(at);
  const found = lookAt(at);
  if (found.kind === "missing") return;
  if (!isOurs(found)) throw new Error(`${path} was changed since and stays`);
  remove(at);
}

function restoreFile(
  undo: Extract<Undo, { kind: "restore-file" }>,
  at: string,
  keptPath: string,
): void {
  const { path, kept, next } = undo;
  removeFresh(at);
  const found = lookAt(at);
  const isKnown = found.kind === "file" && (found.sha256 === kept || found.sha256 === next);
  if (found.kind !== "missing" && found.kind !== "link" && !isKnown) {
    throw new Error(`${path} was changed since and stays; its old text is in ${keptPath}`);
  }
  if (found.kind === "file" && found.sha256 === kept) changeAccess(at, undo);
  else copyWhole(keptPath, at, undo, kept);
}

function restoreAccess(undo: Extract<Undo, { kind: "restore-access" }>, at: string) {
  const { left, socket } = undo;
  const stays = `${at} was changed since and stays`;
  if (socket === undefined) {
    const isKnown = (found: Stats): boolean =>
      left === undefined ||
      [left, undo].some(({ uid, gid }) => uid === found.uid && gid === found.gid);
    return changeAccess(at, undo, (found) => (isKnown(found) ? null : stays));
  }
  // It was removed by its daemon.
  if (!isThere(at)) return;
  changeSocket(at, undo, ({ dev, ino }) =>
    dev === socket.device && ino === socket.inode ? null : stays,
  );
}
