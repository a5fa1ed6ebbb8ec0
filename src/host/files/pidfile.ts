// The pid file, which every user can read, and the lock file next to it, which no other user can open: two daemons never share
// a pid file. A pid file is never written through a symlink or over a file that is not a pid file, and removed only if it is
// still this daemon's. In a directory where the daemon cannot create a lock file, the pid file itself is locked.
//
// sync-ok(closeSync, flock, fstatSync, ftruncateSync, lstatSync, unlinkSync, writeSync): the pid
// file, in a directory that was asked before (answers.ts)

import { closeSync, fstatSync, ftruncateSync, lstatSync, unlinkSync, writeSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { HeldPidfile } from "../../core/snapshot/snapshot.ts";
import { codeOf } from "../error-code.ts";
import { posix } from "../posix.ts";
import { describeDirectory } from "./describe-path.ts";
import {
  ATTEMPTS,
  adoptLock,
  claimLock,
  clearForeign,
  discard,
  isForeign,
  isInSharedDirectory,
  isSame,
  type Lock,
  type LockProblem,
  openExisting,
  openOwn,
  readPid,
} from "./locks.ts";

type PidfileProblem =
  /** Another daemon holds it. */
  | { readonly kind: "held"; readonly pid: number | null }
  /** It cannot be written; `reason` says why in one clause. */
  | { readonly kind: "unwritable"; readonly reason: string };

export interface Pidfile extends HeldPidfile {
  /** Messages for the activity log about files of other users that were removed or moved aside. */
  readonly cleared: readonly string[];
  /** Removes the file if it is still the one that was written, and releases the lock. */
  release(): void;
}

/** Readable by all, less the umask. */
const MODE = 0o644;

/** Takes the lock next to `path` without waiting, and writes `pid` to `path`. */
export function claimPidfile(path: string, pid: number): Result<Pidfile, PidfileProblem> {
  const problem = replacementProblem(path);
  if (problem !== null) return unwritable(problem);
  const lock = claimLock(lockPath(path), pid);
  // The pid file is writable, its directory is not: the pid file's own lock must suffice.
  const isClosed = !lock.ok && lock.error.kind === "failed" && canWriteOnly(path);
  if (!lock.ok && !isClosed) return err(lockProblem(path, lock.error));
  const held = lock.ok ? lock.value : null;
  const written = writePidfile(path, pid, held === null);
  if (!written.ok) {
    held?.release();
    return written;
  }
  const cleared = [...(held?.cleared ?? []), ...written.value.cleared];
  return ok(holding(path, written.value.fd, held, cleared));
}

/** The pid file that the predecessor in this process holds, after an upgrade. */
export function adoptPidfile({ path, fd, lockFd }: HeldPidfile): Pidfile {
  return holding(path, fd, lockFd === null ? null : adoptLock(lockPath(path), lockFd), []);
}

function lockPath(path: string): string {
  return `${path}.lock`;
}

function holding(path: string, fd: number, lock: Lock | null, cleared: readonly string[]): Pidfile {
  return {
    ...{ path, fd, cleared, lockFd: lock?.fd ?? null },
    release() {
      removeOwn(path, fd);
      closeSync(fd);
      lock?.release();
    },
  };
}

/** Why a daemon must not replace the existing file; null if it may. Checked before the lock file is created beside it. */
function replacementProblem(path: string): string | null {
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile() || isForeign(path, there)) return null;
    if (there.isSymbolicLink()) return `${path} is a symbolic link, which is not followed`;
    if (there.isDirectory()) return `${path} is a directory`;
    return `${path} exists and is not a pidfile; move it away`;
  } catch {
    return null;
  }
}

function canWriteOnly(path: string): boolean {
  try {
    const fd = openExisting(path);
    closeSync(fd);
    return true;
  } catch {
    return false;
  }
}

function writePidfile(
  path: string,
  pid: number,
  isLocked: boolean,
): Result<{ readonly fd: number; readonly cleared: readonly string[] }, PidfileProblem> {
  const cleared = new Set<string>();
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const free = clearForeign(path, "pidfile");
      if (!free.ok) return unwritable(free.error.reason);
      if (free.value !== null) cleared.add(free.value);
      const fd = openOwn(path, MODE);
      if (fd === null) continue;
      const verdict = judge(path, fd, isLocked);
      if (verdict === "ours") {
        ftruncateSync(fd, 0);
        writeSync(fd, `${pid}\n`, 0);
        return ok({ fd, cleared: [...cleared] });
      }
      closeSync(fd);
      if (verdict !== "again") return err(verdict);
    }
    return unwritable(`another user keeps creating ${path}`);
  } catch (error) {
    return unwritable(describeFailure(path, codeOf(error)));
  }
}

/** @param isLocked the file itself is locked, because there is no lock beside it */
function judge(path: string, fd: number, isLocked: boolean): "ours" | "again" | PidfileProblem {
  const opened = fstatSync(fd);
  if (isForeign(path, opened)) return "again";
  const isLinked = opened.nlink > 1;
  if (!opened.isFile() || (isLinked && !isInSharedDirectory(path))) {
    return { kind: "unwritable", reason: `${path} exists and is not a pidfile; move it away` };
  }
  const written = readPid(fd);
  if (isLocked && posix().flock(fd) < 0) return { kind: "held", pid: written.pid };
  if (!isSame(path, opened)) return "again";
  if (isLinked) return discard(path, opened);
  if (written.isPlausible) return "ours";
  const reason = `${path} contains something other than a pid; move it away or use another pidfile`;
  return { kind: "unwritable", reason };
}

function removeOwn(path: string, fd: number): void {
  try {
    if (isSame(path, fstatSync(fd))) unlinkSync(path);
  } catch {
    // The directory may be removed or not writable by now. A leftover file is unlocked and will be reused.
  }
}

function unwritable(reason: string): Result<never, PidfileProblem> {
  return err({ kind: "unwritable", reason });
}

function lockProblem(path: string, problem: LockProblem): PidfileProblem {
  switch (problem.kind) {
    case "held":
      return problem;
    case "unusable":
      return { kind: "unwritable", reason: problem.reason };
    case "failed":
      return { kind: "unwritable", reason: describeFailure(lockPath(path), problem.errno) };
  }
}

function describeFailure(path: string, errno: string): string {
  if (errno === "ELOOP") return `${path} is a symbolic link, which is not followed`;
  if (errno === "EISDIR") return `${path} is a directory`;
  return describeDirectory(path, errno);
}
