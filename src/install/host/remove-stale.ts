// Removes what a daemon left that is gone: a socket, a pid file, a lock. Some time may have passed since somebody looked, so
// it is proved at this moment that no daemon has it.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
} from "node:fs";
import { isLocked } from "../../core/base/file-locks.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isSame } from "../../host/files/locks.ts";
import { readPid } from "../../host/files/read-pid.ts";
import { errnoName, posix } from "../../host/posix.ts";

/** The error is a sentence for people; the file is still there then. Links are removed, never followed. */
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
  if (typeof answer !== "number") return `process ${answer.pid} listens on it by now`;
  const errno = errnoName(answer);
  if (errno === "EAGAIN") return "somebody listens on it by now";
  if (errno === "EACCES" || errno === "EPERM")
    return "this user cannot tell whether somebody listens on it";
  return null;
}

/**
 * A daemon of tsv holds the lock of its pid file and of the lock beside its socket for as long as it lives. So does this,
 * until the file is gone: in this order nobody can lock a file that is about to go. @returns why it stays
 */
function removeFile(path: string): string | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const opened = fstatSync(fd);
    // Before ours is among them.
    if (isLocked(lockTable(), opened.ino, ["POSIX", "OFDLCK"])) return "somebody has it locked";
    const locked = posix().flock(fd);
    if (locked < 0 && errnoName(locked) === "EAGAIN") return "a daemon that lives holds it";
    if (!readPid(fd).isPlausible) return "it holds something else than a pid";
    if (!isSame(path, opened)) return "it was replaced at that moment";
    unlinkSync(path);
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Empty where there is none to see. */
function lockTable(): string {
  try {
    return readFileSync("/proc/locks", "utf8");
  } catch {
    return "";
  }
}
