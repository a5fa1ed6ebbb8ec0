// Processes that hold file locks, from /proc/locks (proc(5)).

/** FLOCK is a daemon's own kind; POSIX and OFDLCK are those of fcntl(2). */
type LockKind = "FLOCK" | "POSIX" | "OFDLCK" | "LEASE";

/** Whether a file is locked in one of these ways. Inodes alone are compared: rather once too often. */
export function isLocked(
  table: string,
  inode: number,
  kinds: readonly LockKind[] = ["FLOCK", "POSIX", "OFDLCK", "LEASE"],
): boolean {
  const own = new RegExp(`:${inode}\\b`);
  return table
    .split("\n")
    .some((line) => own.test(line) && kinds.some((kind) => line.includes(` ${kind} `)));
}
