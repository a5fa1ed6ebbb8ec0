// Changes of files that others may replace meanwhile. Owner and mode are changed by descriptor: a symlink is not followed, and
// a file that has replaced the examined one stays unchanged. Files of a dead daemon are removed only if none uses them now.

import {
  chmodSync,
  chownSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  readFileSync,
  rmSync,
  type Stats,
  unlinkSync,
} from "node:fs";
import { isLocked } from "../../core/base/procfs.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { O_PATH } from "../../host/files/file-calls.ts";
import { isSame, lockedFile, lockTable, readPid } from "../../host/files/locks.ts";
import { errnoName, posix } from "../../host/posix.ts";
import type { Access, Precondition } from "../plan/steps.ts";
import { withOpen } from "./safe-files.ts";

/** Non-blocking for pipes, and without acquiring a terminal. */
const CAREFULLY =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Checks the precondition: null if the file is as expected, otherwise why it stays. */
type Objection = (found: Stats) => string | null;

/** @throws Error with errno, or with the reason why it is not changed */
export function changeAccess(
  path: string,
  { mode, uid, gid }: Access,
  objection: Objection = () => null,
): void {
  withOpen(path, CAREFULLY, (fd) => {
    const before = fstatSync(fd);
    refuse(objection(before));
    // A user with write permission on a directory could hard-link another user's file into it, and would get that file.
    if (before.isFile() && before.nlink > 1 && (before.uid !== uid || before.gid !== gid)) {
      throw new Error(`${path} has ${before.nlink} hard links: its owner is not changed`);
    }
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  });
}

/** The same for a socket, which cannot be opened. @throws Error also if it was replaced */
export function changeSocket(
  path: string,
  { mode, uid, gid }: Access,
  objection: Objection = () => null,
): void {
  withOpen(path, O_PATH | constants.O_NOFOLLOW, (fd) => {
    const found = fstatSync(fd);
    refuse(
      found.isSocket() ? objection(found) : `${path} is not a socket any more and stays unchanged`,
    );
    chownSync(`/proc/self/fd/${fd}`, uid, gid);
    chmodSync(`/proc/self/fd/${fd}`, mode);
  });
}

/** The precondition for the file of a plan: it was neither replaced nor changed. */
export function unlessSeen(path: string, seen: Precondition): Objection {
  return (found) => {
    const isSame =
      found.dev === seen.device &&
      found.ino === seen.inode &&
      found.uid === seen.uid &&
      found.gid === seen.gid &&
      (found.mode & 0o7777) === seen.mode;
    return isSame ? null : `${path} was changed since doctor examined it and stays unchanged`;
  };
}

/** @throws Error if the file is not the one that the plan found */
export function confirmSeen(path: string, seen: Precondition): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) {
    throw new Error(`${path} is a symlink, which is not followed`);
  }
  refuse(
    found === undefined
      ? `${path} was removed since doctor examined it`
      : unlessSeen(path, seen)(found),
  );
}

/** @throws Error if the file is not the one that a text was made from, or was changed */
export function confirmText(
  path: string,
  { seen, text }: { readonly seen: Precondition; readonly text: string },
): void {
  withOpen(path, CAREFULLY, (fd) => {
    const found = fstatSync(fd);
    const bytes = Buffer.from(text);
    const isSame = found.isFile() && found.size === bytes.length && readFileSync(fd).equals(bytes);
    refuse(
      unlessSeen(path, seen)(found) ??
        (isSame ? null : `${path} was changed since doctor examined it and stays unchanged`),
    );
  });
}

function refuse(why: string | null): void {
  if (why !== null) throw new Error(why);
}

/**
 * Removes the socket, pid file or lock of a dead daemon. Because time may have passed since the check, it first verifies again
 * that no daemon uses the file. The error is a sentence for users, and the file stays. Symlinks are removed, never
 * followed.
 */
export function removeStale(path: string): Result<true, string> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return ok(true);
  const kept = there.isSocket() ? socketInUse(path) : there.isFile() ? removeFile(path) : null;
  if (kept !== null) return err(`${path} stays: ${kept}`);
  if (!there.isFile()) rmSync(path, { force: true });
  return ok(true);
}

function socketInUse(path: string): string | null {
  const answer = posix().probeUnix(path);
  if (typeof answer !== "number") return `process ${answer.pid} listens on it`;
  const errno = errnoName(answer);
  if (errno === "EAGAIN") return "a process listens on it";
  if (errno === "EACCES" || errno === "EPERM")
    return "this user cannot determine whether a process listens on it";
  return null;
}

/**
 * A running tsv daemon locks its pid file and the lock beside its socket. This function also holds the lock until the file is
 * removed, so that no process can lock a file that is about to be removed. @returns why it stays
 */
function removeFile(path: string): string | null {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  return withOpen(path, flags, (fd) => {
    const opened = fstatSync(fd);
    // Before our own lock is in the table.
    if (isLocked(lockTable() ?? "", lockedFile(fd), ["POSIX", "OFDLCK"])) {
      return "a process has locked it";
    }
    const locked = posix().flock(fd);
    if (locked < 0 && errnoName(locked) === "EAGAIN") return "a running daemon holds it";
    if (!readPid(fd).isPlausible) return "it contains something other than a pid";
    if (!isSame(path, opened)) return "it was replaced meanwhile";
    unlinkSync(path);
    return null;
  });
}
