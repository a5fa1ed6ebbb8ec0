// Removes the socket, pid file or lock of a dead daemon. Because time may have passed since the check, it first verifies again
// that no daemon uses the file.

import { closeSync, constants, fstatSync, lstatSync, openSync, rmSync, unlinkSync } from "node:fs";
import { isLocked } from "../../core/base/procfs.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isSame, lockedFile, lockTable, readPid } from "../../host/files/locks.ts";
import { errnoName, posix } from "../../host/posix.ts";

/** The error is a sentence for users, and the file stays. Symlinks are removed, never followed. */
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
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
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
  } finally {
    closeSync(fd);
  }
}
