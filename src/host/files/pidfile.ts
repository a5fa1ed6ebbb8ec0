// The pid file, which every user can read, and the lock file next to it, which no other user can open: two daemons never share
// a pid file. A pid file is never written through a symlink or over a file that is not a pid file, and removed only if it is
// still this daemon's. In a directory where the daemon cannot create a lock file, the pid file itself is locked.
//
// sync-ok(closeSync, lstatSync): the pid
// file, in a directory that was asked before (answers.ts)

import { closeSync, lstatSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { HeldPidfile } from "../../core/snapshot/snapshot.ts";
import { errnoOf, quietly } from "../error-code.ts";
import { describeDirectory } from "./describe-path.ts";
import {
  adoptLock,
  claimLock,
  claimPidFile,
  isForeign,
  type Lock,
  type LockProblem,
  openExisting,
  removeAndClose,
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

/** Takes the lock next to `path` without waiting, and writes `pid` to `path`. */
export function claimPidfile(path: string, pid: number): Result<Pidfile, PidfileProblem> {
  const problem = replacementProblem(path);
  if (problem !== null) return err({ kind: "unwritable", reason: problem });
  const lock = claimLock(lockPath(path), pid);
  // The pid file is writable, its directory is not: the pid file's own lock must suffice.
  const isClosed = !lock.ok && lock.error.kind === "failed" && canWriteOnly(path);
  if (!lock.ok && !isClosed) return err(pidfileProblem(lockPath(path), lock.error));
  const held = lock.ok ? lock.value : null;
  // Readable by all, less the umask.
  const way = { name: "pidfile", mode: 0o644, isLocked: held === null } as const;
  const written = claimPidFile(path, pid, way);
  if (!written.ok) {
    held?.release();
    return err(pidfileProblem(path, written.error));
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
      removeAndClose(path, fd);
      lock?.release();
    },
  };
}

/** Why a daemon must not replace the existing file; null if it may. Checked before the lock file is created beside it. */
function replacementProblem(path: string): string | null {
  const there = quietly(() => lstatSync(path), null);
  if (there === null || there.isFile()) return null;
  if (quietly(() => isForeign(path, there), true)) return null;
  if (there.isSymbolicLink()) return `${path} is a symbolic link, which is not followed`;
  if (there.isDirectory()) return `${path} is a directory`;
  return `${path} exists and is not a pidfile; move it away`;
}

function canWriteOnly(path: string): boolean {
  return errnoOf(() => closeSync(openExisting(path))) === null;
}

/** @param path of the pid file or its lock */
function pidfileProblem(path: string, problem: LockProblem): PidfileProblem {
  switch (problem.kind) {
    case "held":
      return problem;
    case "unusable":
      return { kind: "unwritable", reason: problem.reason };
    case "failed":
      return { kind: "unwritable", reason: describeFailure(path, problem.errno) };
  }
}

function describeFailure(path: string, errno: string): string {
  if (errno === "ELOOP") return `${path} is a symbolic link, which is not followed`;
  if (errno === "EISDIR") return `${path} is a directory`;
  return describeDirectory(path, errno);
}
