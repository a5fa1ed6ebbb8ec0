// A lock file: who holds its lock owns what stands beside it. The kernel lets go of the lock when its holder dies, so a
// file that is left over locks nothing, and no pid has to be trusted.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { LONGEST_PID_TEXT, readPidText } from "../../core/base/pid-text.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { describeOwner } from "./describe-path.ts";

/** Held until `release`, or until the process ends. */
export interface Lock {
  readonly fd: number;
  /** Removes the file, then lets go: in this order nobody can lock a file that is about to go. */
  release(): void;
}

export type LockProblem =
  /** Somebody else holds it; `pid` is what the holder wrote into the file, null when that is not readable. */
  | { readonly kind: "held"; readonly pid: number | null }
  /** What is there is no lock file of ours, and is left alone. */
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "failed"; readonly errno: string };

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const WRITABLE_BY_ALL = 0o002;
/** Each retry means that a holder let go at that very moment. */
const ATTEMPTS = 3;

export interface LockFile {
  /** What is written into the file. */
  readonly pid: number;
  /** Of a file that is created, less the umask. */
  readonly mode: number;
  /** What messages call such a file. */
  readonly name: string;
  /** Whether a file that holds something else than a pid may be written over. */
  readonly keepsOthers: boolean;
}

const LOCK_FILE: LockFile = {
  pid: process.pid,
  mode: 0o600,
  name: "lock file",
  keepsOthers: false,
};

/** Takes the lock at `path` without waiting, and writes a pid into it. */
export function claimLock(path: string, file: LockFile = LOCK_FILE): Result<Lock, LockProblem> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const fd = openLockFile(path, file.mode);
      if (fd === null) continue;
      const verdict = judge(path, fd, file);
      if (verdict === "ours") return ok({ fd, release: () => releaseLock(path, fd) });
      closeSync(fd);
      if (verdict !== "replaced") return err(verdict);
    }
    return err({ kind: "held", pid: null });
  } catch (error) {
    return err({ kind: "failed", errno: codeOf(error) });
  }
}

/** A lock that another daemon took in this process, and that is still held. */
export function adoptLock(path: string, fd: number): Lock {
  return { fd, release: () => releaseLock(path, fd) };
}

/**
 * Opens or creates. Two steps, because Linux refuses O_CREAT on another user's file in a sticky directory even to root
 * (proc_sys_fs(5), protected_regular). @returns null when the file went away in between
 */
function openLockFile(path: string, mode: number): number | null {
  try {
    return openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  try {
    return openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function judge(path: string, fd: number, file: LockFile): "ours" | "replaced" | LockProblem {
  const opened = fstatSync(fd);
  // A link would make us write our pid into somebody's file.
  if (!opened.isFile() || opened.nlink > 1) {
    return { kind: "unusable", reason: `${path} exists and is no ${file.name}; move it away` };
  }
  const locked = posix().flock(fd);
  if (locked < 0) {
    const errno = errnoName(locked);
    return errno === "EAGAIN" ? { kind: "held", pid: readPid(fd).pid } : { kind: "failed", errno };
  }
  if (!isSame(path, opened)) return "replaced";
  if (isStrangers(path, opened)) {
    if (readPid(fd).isPlausible && isRemoved(path)) return "replaced";
    const reason = `${path} is ${describeOwner(opened)}, in a directory where everybody may make files; remove it, or name another ${file.name} in a directory of its own`;
    return { kind: "unusable", reason };
  }
  if (file.keepsOthers && !readPid(fd).isPlausible) {
    const reason = `${path} holds something else than a pid; move it away or name another ${file.name}`;
    return { kind: "unusable", reason };
  }
  ftruncateSync(fd, 0);
  writeSync(fd, `${file.pid}\n`, 0);
  return "ours";
}

/**
 * Where everybody may make files, somebody may have made this one beforehand, and could change later what it says. So it is
 * made anew, with its lock in hand. Elsewhere it is what an earlier daemon of another user has left.
 */
function isStrangers(path: string, { uid }: Pick<Stats, "uid">): boolean {
  if (uid === 0 || uid === process.geteuid?.()) return false;
  return (statSync(dirname(path)).mode & WRITABLE_BY_ALL) !== 0;
}

/** In a sticky directory others than its owner may not. */
function isRemoved(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function releaseLock(path: string, fd: number): void {
  try {
    if (isSame(path, fstatSync(fd))) unlinkSync(path);
  } catch {
    // The directory may be gone or closed to us by now. A file that is left over is unlocked and will be used again.
  }
  closeSync(fd);
}

/** Is this still the file at that path? */
export function isSame(path: string, ours: Pick<Stats, "dev" | "ino">): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

/** What an open pid or lock file says. */
export function readPid(fd: number): ReturnType<typeof readPidText> {
  const buffer = new Uint8Array(LONGEST_PID_TEXT + 1);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return readPidText(new TextDecoder().decode(buffer.subarray(0, length)));
}
