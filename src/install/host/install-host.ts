// Executes the steps of an installation on this host or in an image.

import { readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { assertNever, err, ok, type Result } from "../../core/base/result.ts";
import type { InstallHost } from "../install-host.ts";
import type { Access, Owner, Step, Undo } from "../plan/steps.ts";
import { createInstallAccounts } from "./accounts.ts";
import { waitForAnswer, waitForEnd } from "./answer.ts";
import { changeAccess, changeSocket, confirmText, unlessSeen } from "./change-access.ts";
import type { DiskJournal } from "./journal.ts";
import { runCommand, signalProcess } from "./processes.ts";
import { removeStale } from "./remove-stale.ts";
import { copyWhole, isThere, linkWhole, lookAt, syncDirectory, writeWhole } from "./safe-files.ts";
import { createAnchors, pathInRoot } from "./safe-paths.ts";
import {
  asidePath,
  makeDirectory,
  makeNewDirectory,
  prepare,
  type System,
  undoStep,
} from "./undos.ts";

interface InstallHostOptions {
  /** "/" for this host. */
  readonly root: string;
  /** Keeps the files that steps replace. */
  readonly journal: DiskJournal;
  /** The command that prints the last output of the service; empty: unknown. */
  readonly showOutput: readonly string[];
}

/** Creates the host of an installation. */
export function createInstallHost(options: InstallHostOptions): InstallHost {
  const { root, journal, showOutput } = options;
  const anchors = createAnchors();
  const system: System = {
    accounts: createInstallAccounts(root),
    journal,
    at: (path) => (root === "/" ? anchors.at(path) : pathInRoot(root, path)),
  };
  const attempt = <T>(subject: string, action: () => Result<T, string>): Result<T, string> => {
    try {
      return attemptIn(subject, action, anchors.inWords);
    } finally {
      anchors.close();
    }
  };
  return {
    prepare: (step) => attempt(subjectOf(step), () => prepare(step, system)),
    perform: async (step, interruption) =>
      (await waitFor(step, interruption)) ?? attempt(subjectOf(step), () => perform(step, system)),
    undo: (undo) =>
      Promise.resolve(attempt(subjectOf(undo), () => undoStep(undo, system, runOrFail))),
    discard: ({ path, kind }) =>
      attempt(path, () => {
        if (kind === "if-empty") return removeEmpty(system.at(path));
        rmSync(system.at(path), { recursive: true, force: true });
        return ok(true);
      }),
    serviceOutput: () =>
      Promise.resolve(showOutput.length === 0 ? "" : runCommand(showOutput).output),
  };
}

/** Steps that only wait. */
async function waitFor(
  step: Step,
  interruption: AbortSignal,
): Promise<Result<true, string> | null> {
  if (step.kind === "answer") {
    return await waitForAnswer(step.server, step.timeoutSeconds, interruption);
  }
  if (step.kind === "ended") {
    return await waitForEnd(step.pid, step.timeoutSeconds, interruption);
  }
  return null;
}

function perform(step: Step, system: System): Result<true, string> {
  switch (step.kind) {
    case "group":
      return system.accounts.addGroup(step.name, null);
    case "remove-group":
      return system.accounts.removeGroup(step.name);
    case "directory": {
      const make = step.isNew === true ? makeNewDirectory : makeDirectory;
      return make(system.at(step.path), accessOf(step.mode, step.owner, system));
    }
    case "file": {
      const at = system.at(step.path);
      const access = accessOf(step.mode, step.owner, system);
      if (step.replaces !== undefined) confirmText(at, step.replaces);
      writeWhole(at, Buffer.from(step.text), access);
      return ok(true);
    }
    case "copy": {
      const access = accessOf(step.mode, step.owner, system);
      copyWhole(step.from, system.at(step.path), access, step.sha256);
      return ok(true);
    }
    case "keep":
      return copyFound(system, step.path, step.backup, accessOf(0o600, step.owner, system));
    case "put-back":
      return copyFound(system, step.backup, step.path, step);
    case "own":
      return own(step, system.at(step.path));
    case "link":
      linkWhole(system.at(step.path), step.target);
      return ok(true);
    case "remove":
      rmSync(system.at(step.path));
      syncDirectory(dirname(system.at(step.path)));
      return ok(true);
    case "remove-empty":
      return removeEmpty(system.at(step.path));
    case "remove-tree":
      renameSync(system.at(step.path), system.at(asidePath(step.path)));
      syncDirectory(dirname(system.at(step.path)));
      return ok(true);
    case "remove-stale":
      return removeStale(system.at(step.path));
    case "command":
      return runOrFail(step.argv);
    case "signal":
      return signalProcess(step);
    case "on-undo":
    case "appears":
    case "ended":
    case "answer":
      return ok(true);
    default:
      return assertNever(step);
  }
}

function own(step: Extract<Step, { kind: "own" }>, at: string): Result<true, string> {
  const { seen } = step;
  if (seen === undefined) {
    if (isThere(at)) changeAccess(at, step);
    return ok(true);
  }
  const change = seen.kind === "socket" ? changeSocket : changeAccess;
  change(at, step, unlessSeen(at, seen));
  return ok(true);
}

function accessOf(mode: number, owner: Owner, { accounts }: System): Access {
  const uid = accounts.userId(owner.user);
  const gid = accounts.groupId(owner.group);
  if (uid === null) throw new Error(`no such user: ${owner.user}`);
  if (gid === null) throw new Error(`no such group: ${owner.group}`);
  return { mode, uid, gid };
}

function copyFound(system: System, from: string, to: string, access: Access): Result<true, string> {
  const found = lookAt(system.at(from));
  if (found.kind !== "file") return err(`${from} does not exist any more`);
  copyWhole(system.at(from), system.at(to), access, found.sha256);
  return ok(true);
}

/** A directory that is not empty stays. */
function removeEmpty(at: string): Result<true, string> {
  if (lookAt(at).kind !== "directory" || readdirSync(at).length > 0) return ok(true);
  rmdirSync(at);
  syncDirectory(dirname(at));
  return ok(true);
}

function runOrFail(argv: readonly string[]): Result<true, string> {
  const { status, output } = runCommand(argv);
  if (status === 0) return ok(true);
  const how = status === null ? "" : ` (exit status ${status})`;
  return err(`${argv.join(" ")} failed${how}: ${output === "" ? "no output" : output}`);
}

function subjectOf(what: Step | Undo): string {
  if ("path" in what) return what.path;
  if ("pid" in what) return `process ${what.pid}`;
  return "name" in what ? `the group ${what.name}` : "";
}

/** The error of a system call names its path; the subject of the step is added if it is missing. */
function attemptIn<T>(
  subject: string,
  action: () => Result<T, string>,
  inWords: (message: string) => string,
): Result<T, string> {
  try {
    const done = action();
    return done.ok ? done : err(inWords(done.error));
  } catch (error) {
    const text = inWords(error instanceof Error ? error.message : String(error));
    return err(subject === "" || text.includes(subject) ? text : `${subject}: ${text}`);
  }
}
