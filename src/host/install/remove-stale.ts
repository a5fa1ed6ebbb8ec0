// Removes what a daemon left that is gone: a socket, a pid file, a lock. Some time may have passed since somebody looked, so
// it is proved at this moment that no daemon has it.

import { closeSync, constants, lstatSync, openSync, rmSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { errnoName, posix } from "../posix.ts";

/** The error is a sentence for people; the file is still there then. Links are removed, never followed. */
export function removeStale(path: string): Result<true, string> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return ok(true);
  const inUse = there.isSocket() ? socketInUse(path) : there.isFile() ? fileInUse(path) : null;
  if (inUse !== null) return err(`${path} stays: ${inUse}`);
  rmSync(path, { force: true });
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

/** A daemon of tsv holds the lock of its pid file and of the lock beside its socket for as long as it lives. */
function fileInUse(path: string): string | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const locked = posix().flock(fd);
    return locked < 0 && errnoName(locked) === "EAGAIN" ? "a daemon that lives holds it" : null;
  } finally {
    closeSync(fd);
  }
}
