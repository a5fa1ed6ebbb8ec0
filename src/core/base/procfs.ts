// Locks on files, from /proc/locks (proc_locks(5)).

/** FLOCK is a daemon's own kind; POSIX and OFDLCK are those of fcntl(2). */
type LockKind = "FLOCK" | "POSIX" | "OFDLCK" | "LEASE";

const ALL_KINDS: readonly LockKind[] = ["FLOCK", "POSIX", "OFDLCK", "LEASE"];

/** A lock that a process holds. */
interface FileLock {
  readonly kind: string;
  readonly isExclusive: boolean;
  /** -1 for OFDLCK: no single process holds it. */
  readonly pid: number;
}

/** A file as the table names it. */
export interface LockedFile {
  readonly inode: number;
  /**
   * Device of its file system: "8:1". Small inode numbers are in use on every tmpfs of a host. Null if unknown, or if the
   * kernel may name another one: then the inode alone is compared, rather once too often.
   */
  readonly device: string | null;
}

/** `1: FLOCK  ADVISORY  WRITE 708 00:1a:2351 0 EOF`: the device is hexadecimal. `1: -> FLOCK …` waits for a lock. */
const LOCK =
  /^\d+: (?<kind>\w+) +\w+ +(?<access>\w+) +(?<pid>-?\d+) (?<major>[\da-f]+):(?<minor>[\da-f]+):(?<inode>\d+) /;

/** The locks on a file. */
export function locksOn(table: string, { inode, device }: LockedFile): readonly FileLock[] {
  return table.split("\n").flatMap((line) => {
    const found = LOCK.exec(line)?.groups;
    if (found === undefined || Number(found["inode"]) !== inode) return [];
    const { kind = "", access, pid, major = "", minor = "" } = found;
    const own = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`;
    if (device !== null && device !== own) return [];
    return [{ kind, isExclusive: access === "WRITE", pid: Number(pid) }];
  });
}

/** Whether a file is locked in one of these ways. */
export function isLocked(
  table: string,
  file: LockedFile,
  kinds: readonly LockKind[] = ALL_KINDS,
): boolean {
  return locksOn(table, file).some(({ kind }) => kinds.some((one) => one === kind));
}

// The mounts of a mount namespace, from /proc/self/mountinfo (proc_pid_mountinfo(5)).

export interface Mount {
  /** As `mnt_id` in /proc/PID/fdinfo. */
  readonly id: number;
  /** Device of the file system: "8:1". */
  readonly device: string;
  readonly point: string;
  /** "ext4", "tmpfs", "nfs4", "vfat". */
  readonly type: string;
  /** Of the mount and of its super block. */
  readonly options: readonly string[];
}

/** In the order of the table. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [id, , device, , point, options] = left.split(" ");
    const [type, , superOptions = ""] = right.split(" ");
    if (device === undefined || point === undefined || options === undefined) return [];
    if (type === undefined) return [];
    const all = new Set([...options.split(","), ...superOptions.split(",")]);
    // The option of the mount takes precedence: a bind mount may be read-only on a writable super block.
    if (options.split(",").includes("ro")) all.delete("rw");
    return [
      { id: Number(id), device, point: unescapeOctal(point), type, options: Array.from(all) },
    ];
  });
}

/**
 * The device that /proc/locks names for files of a mount.
 * @returns null for a union of file systems: before Linux 4.19, the device of a lower one is named
 */
export function lockDevice({ type, device }: Mount): string | null {
  return type === "overlay" || type === "aufs" ? null : device;
}

/** Spaces and backslashes are written as \040. */
function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
