// The pid file, which every user can read, and the lock file next to it, which no other user can open: two daemons never share
// a pid file. A pid file is never written through a symlink or over a file that is not a pid file, and removed only if it is
// still this daemon's. The pid file itself is locked too, for older versions of tsv, which use no other lock.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { HeldPidfile } from "../../core/snapshot/snapshot.ts";
import { codeOf } from "../error-code.ts";
import { posix } from "../posix.ts";
import { describeDirectory } from "./describe-path.ts";
import { isHeldByDaemon } from "./lock-holder.ts";
import {
  ATTEMPTS,
  adoptLock,
  claimLock,
  discard,
  isSame,
  type Lock,
  type LockProblem,
  type OwnFile,
  openExisting,
  openOwn,
} from "./locks.ts";
import { readPid } from "./read-pid.ts";
import { clearStrangers, isInSharedDirectory, isStrangers } from "./strangers.ts";

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
  const obstacle = standsInTheWay(path);
  if (obstacle !== null) return unwritable(obstacle);
  const lock = claimLock(lockPath(path), pid);
  // The pid file is writable, its directory is not: the pid file's own lock must suffice.
  const isClosed = !lock.ok && lock.error.kind === "failed" && canWriteOnly(path);
  if (!lock.ok && !isClosed) return err(lockProblem(path, lock.error));
  const held = lock.ok ? lock.value : null;
  const written = writePidfile(path, pid);
  if (!written.ok) {
    held?.release();
    return written;
  }
  const cleared = [...(held?.cleared ?? []), ...written.value.cleared];
  return ok(holding({ path, fd: written.value.fd, lock: held, cleared }));
}

/** The pid file that the predecessor in this process holds, after an upgrade. */
export function adoptPidfile({ path, fd, lockFd }: HeldPidfile): Pidfile {
  if (lockFd !== null) {
    return holding({ path, fd, lock: adoptLock(lockPath(path), lockFd), cleared: [] });
  }
  // The predecessor's version locks only the pid file.
  const lock = claimLock(lockPath(path));
  return holding({ path, fd, lock: lock.ok ? lock.value : null, cleared: [] });
}

function lockPath(path: string): string {
  return `${path}.lock`;
}

interface Holding {
  readonly path: string;
  readonly fd: number;
  readonly lock: Lock | null;
  readonly cleared: readonly string[];
}

function holding({ path, fd, lock, cleared }: Holding): Pidfile {
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
function standsInTheWay(path: string): string | null {
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile() || isStrangers(path, there)) return null;
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
): Result<{ readonly fd: number; readonly cleared: readonly string[] }, PidfileProblem> {
  const cleared = new Set<string>();
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const free = clearStrangers(path, "pidfile");
      if (!free.ok) return unwritable(free.error.reason);
      if (free.value !== null) cleared.add(free.value);
      const opened = openOwn(path, MODE);
      if (opened === null) continue;
      const { fd } = opened;
      const verdict = judge(path, opened);
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

/** While the lock beside it is held, only a daemon of an older version can own this file. */
function judge(path: string, { fd, isNew }: OwnFile): "ours" | "again" | PidfileProblem {
  const opened = fstatSync(fd);
  if (isStrangers(path, opened)) return "again";
  const isLinked = opened.nlink > 1;
  if (!opened.isFile() || (isLinked && !isInSharedDirectory(path))) {
    return { kind: "unwritable", reason: `${path} exists and is not a pidfile; move it away` };
  }
  const said = readPid(fd);
  // Another user may lock the new file at once. That is harmless: the lock next to it counts.
  if (posix().flock(fd) < 0 && !isNew) {
    const isHeld = isHeldByDaemon(said.pid, fd) || !isDiscarded(path, opened);
    return isHeld ? { kind: "held", pid: said.pid } : "again";
  }
  if (!isSame(path, opened)) return "again";
  if (isLinked) return discard(path, opened);
  if (said.isPlausible) return "ours";
  const reason = `${path} contains something other than a pid; move it away or use another pidfile`;
  return { kind: "unwritable", reason };
}

/** Removes the file; false if its directory is not writable. */
function isDiscarded(path: string, opened: Stats): boolean {
  try {
    return discard(path, opened) === "again";
  } catch {
    return false;
  }
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
