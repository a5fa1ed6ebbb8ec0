// Lock files: the holder of the lock owns the files next to it. The kernel releases the lock when its holder dies, so a
// stale lock file locks nothing, and no pid has to be trusted. No other user can open it (mode 0600), because a process that
// can open a file can lock it; a file that another user has put in its place is removed first.
//
// sync-ok(closeSync, fchmodSync, flock, fstatSync, ftruncateSync, lstatSync, openSync, unlinkSync, writeSync): locks beside
// sockets and the pid file, in directories that were asked before (answers.ts)

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { readPid } from "./read-pid.ts";
import { clearStrangers, isInSharedDirectory, isStrangers } from "./strangers.ts";

/** Held until `release`, or until the process ends. */
export interface Lock {
  readonly fd: number;
  /** Messages for the activity log about files of other users that were removed or moved aside. */
  readonly cleared: readonly string[];
  /** Removes the file, then releases the lock: in this order no process can lock a file that is about to be removed. */
  release(): void;
}

export type LockProblem =
  /** Another process holds it; `pid` is what the holder wrote into the file, null if that is not readable. */
  | { readonly kind: "held"; readonly pid: number | null }
  /** The existing file is not our lock file, and is kept. */
  | { readonly kind: "unusable"; readonly reason: string; readonly errno: string }
  | { readonly kind: "failed"; readonly errno: string };

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
/**
 * Each retry means that a holder released the lock, or that another user created a file, at that moment. Another user in a
 * tight loop wins nine of ten such races, so that 50 attempts were too few; 500 take less than 50 ms.
 */
export const ATTEMPTS = 500;
const MODE = 0o600;
const OPEN_TO_OTHERS = 0o066;

/** Takes the lock at `path` without waiting, and writes a pid into it. */
export function claimLock(path: string, pid: number = process.pid): Result<Lock, LockProblem> {
  const cleared = new Set<string>();
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const free = clearStrangers(path, "lock file");
      if (!free.ok) return err({ kind: "unusable", ...free.error });
      if (free.value !== null) cleared.add(free.value);
      const fd = openOwn(path, MODE);
      if (fd === null) continue;
      const verdict = judge(path, fd);
      if (verdict === "ours") {
        ftruncateSync(fd, 0);
        writeSync(fd, `${pid}\n`, 0);
        return ok({ fd, cleared: [...cleared], release: () => releaseLock(path, fd) });
      }
      closeSync(fd);
      if (verdict !== "again") return err(verdict);
    }
    return err({ kind: "held", pid: null });
  } catch (error) {
    return err({ kind: "failed", errno: codeOf(error) });
  }
}

/** The lock that the predecessor took in this process and that is still held. */
export function adoptLock(path: string, fd: number): Lock {
  return { fd, cleared: [], release: () => releaseLock(path, fd) };
}

/**
 * Opens or creates a file in two steps, because Linux refuses O_CREAT on another user's file in a sticky directory even to root
 * (proc_sys_fs(5), protected_regular). @returns null if the file was removed in between
 */
export function openOwn(path: string, mode: number): number | null {
  try {
    return openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  try {
    return openExisting(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Opens an existing file. Neither follows a symlink nor waits for a FIFO. */
export function openExisting(path: string): number {
  return openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
}

function judge(path: string, fd: number): "ours" | "again" | LockProblem {
  const opened = fstatSync(fd);
  if (isStrangers(path, opened)) return "again";
  const isLinked = opened.nlink > 1;
  // A hard link would make the daemon write its pid into another file.
  if (!opened.isFile() || (isLinked && !isInSharedDirectory(path))) {
    return {
      kind: "unusable",
      reason: `${path} exists and is not a lock file; move it away`,
      errno: "EEXIST",
    };
  }
  const locked = posix().flock(fd);
  if (locked < 0) {
    const errno = errnoName(locked);
    if (errno !== "EAGAIN") return { kind: "failed", errno };
    return { kind: "held", pid: readPid(fd).pid };
  }
  if (!isSame(path, opened)) return "again";
  // Where hard links are not protected, another user may have linked one of our files to this name.
  if (isLinked) return discard(path, opened);
  if (!readPid(fd).isPlausible) {
    const reason = `${path} contains something other than a pid; move it away`;
    return { kind: "unusable", reason, errno: "EEXIST" };
  }
  if ((opened.mode & OPEN_TO_OTHERS) !== 0) fchmodSync(fd, MODE);
  return "ours";
}

/** Removes a hard-linked file. The next attempt creates a new one. */
export function discard(path: string, opened: Pick<Stats, "dev" | "ino">): "again" {
  if (isSame(path, opened)) unlinkSync(path);
  return "again";
}

function releaseLock(path: string, fd: number): void {
  try {
    if (isSame(path, fstatSync(fd))) unlinkSync(path);
  } catch {
    // The directory may be removed or not writable by now. A leftover file is unlocked and will be reused.
  }
  closeSync(fd);
}

/** Whether this is still the file at the path. */
export function isSame(path: string, ours: Pick<Stats, "dev" | "ino">): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}
