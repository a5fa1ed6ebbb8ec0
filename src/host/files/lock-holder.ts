// Whether a lock on a file that other users can open is held by a daemon. flock(2) requires only a descriptor that is open
// for reading: any user can hold the lock on a file that any user can read.
//
// sync-ok(fstatSync, readFileSync, readdirSync, readlinkSync, statSync): procfs, and a lock file in
// a directory that was asked before (answers.ts)

import { fstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { locksOn } from "../../core/base/file-locks.ts";
import { lockedFile, lockTable } from "./locked-file.ts";
import { isTrusted } from "./strangers.ts";

/**
 * Whether `pid`, which the file names, is a process of root or of this user that holds the file open. Its three standard
 * descriptors do not count: they come from the process that started it, which may be a user's sudo(8).
 * @param fd the file
 * @remarks Without /proc (macOS), every lock counts as held by a daemon.
 */
export function isHeldByDaemon(pid: number | null, fd: number): boolean {
  if (process.platform !== "linux") return true;
  if (pid === null || !isTrustedProcess(pid)) return false;
  const file = fstatSync(fd);
  try {
    const name = basename(readlinkSync(`/proc/self/fd/${fd}`));
    return readdirSync(`/proc/${pid}/fd`).some(
      (own) => Number(own) > 2 && isOpenAs(`/proc/${pid}/fd/${own}`, name, file),
    );
  } catch {
    // Only root can read the descriptors of a process that has dropped privileges. All users can read its locks.
    return isInTable(pid, fd);
  }
}

/** Real, effective and saved ids must all be trusted: in another user's setuid program, only some are. */
function isTrustedProcess(pid: number): boolean {
  try {
    const ids = /^Uid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return (
      ids
        ?.trim()
        .split(/\s+/)
        .every((id) => isTrusted(Number(id))) === true
    );
  } catch {
    return false;
  }
}

/** Calls stat(2) only for a file of that name: other files may be on a disk that never answers. */
function isOpenAs(link: string, name: string, file: Stats): boolean {
  try {
    if (basename(readlinkSync(link)) !== name) return false;
    const theirs = statSync(link);
    return theirs.ino === file.ino && theirs.dev === file.dev;
  } catch {
    return false;
  }
}

function isInTable(pid: number, fd: number): boolean {
  return locksOn(lockTable() ?? "", lockedFile(fd)).some(
    (lock) => lock.kind === "FLOCK" && lock.isExclusive && lock.pid === pid,
  );
}
