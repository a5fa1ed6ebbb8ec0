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
  lstat,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  stat,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { LONGEST_PID_TEXT, readPidText } from "../../core/base/ids.ts";
import type { LockedFile } from "../../core/base/procfs.ts";
import { lockDevice, parseMounts } from "../../core/base/procfs.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf, errnoOf, quietly } from "../error-code.ts";
import { daemonPid } from "../keeper/keeper.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt } from "./attempt.ts";
import { describeKind, describeOwner, userName } from "./describe-path.ts";

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
const OPEN_TO_OTHERS = 0o066;

/** Takes the lock at `path` without waiting, and writes a pid into it. */
export function claimLock(path: string, pid: number = daemonPid()): Result<Lock, LockProblem> {
  const claimed = claimPidFile(path, pid, { name: "lock file", mode: 0o600, isLocked: true });
  if (!claimed.ok) return claimed;
  const { fd } = claimed.value;
  return ok({ ...claimed.value, release: () => removeAndClose(path, fd) });
}

interface Claim {
  /** The file in messages. */
  readonly name: "lock file" | "pidfile";
  readonly mode: number;
  /** Locks the file. */
  readonly isLocked: boolean;
}

/** Creates or opens a file of ours without waiting, and writes a pid into it. */
export function claimPidFile(
  path: string,
  pid: number,
  claim: Claim,
): Result<Pick<Lock, "fd" | "cleared">, LockProblem> {
  const cleared = new Set<string>();
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const free = clearForeign(path, claim.name);
      if (!free.ok) return err({ kind: "unusable", ...free.error });
      if (free.value !== null) cleared.add(free.value);
      const fd = openOwn(path, claim.mode);
      if (fd === null) continue;
      const verdict = judge(path, fd, claim);
      if (verdict === "ours") {
        ftruncateSync(fd, 0);
        writeSync(fd, `${pid}\n`, 0);
        return ok({ fd, cleared: [...cleared] });
      }
      closeSync(fd);
      if (verdict !== "again") return err(verdict);
    }
    return err(notOurs(`another user keeps creating ${path}`));
  } catch (error) {
    return err({ kind: "failed", errno: codeOf(error) });
  }
}

/** The lock that the predecessor took in this process and that is still held. */
export function adoptLock(path: string, fd: number): Lock {
  return { fd, cleared: [], release: () => removeAndClose(path, fd) };
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

function judge(path: string, fd: number, claim: Claim): "ours" | "again" | LockProblem {
  const opened = fstatSync(fd);
  if (isForeign(path, opened)) return "again";
  const isLinked = opened.nlink > 1;
  // A hard link would make the daemon write its pid into another file.
  if (!opened.isFile() || (isLinked && !isInSharedDirectory(path))) {
    return notOurs(`${path} exists and is not a ${claim.name}; move it away`);
  }
  const written = readPid(fd);
  const locked = claim.isLocked ? posix().flock(fd) : 0;
  if (locked < 0) {
    const errno = errnoName(locked);
    return errno === "EAGAIN" ? { kind: "held", pid: written.pid } : { kind: "failed", errno };
  }
  if (!isSame(path, opened)) return "again";
  // Where hard links are not protected, another user may have linked one of our files to this name.
  if (isLinked) {
    unlinkSync(path);
    return "again";
  }
  if (!written.isPlausible) {
    const way = claim.name === "pidfile" ? "move it away or use another pidfile" : "move it away";
    return notOurs(`${path} contains something other than a pid; ${way}`);
  }
  const isOpen = claim.name === "lock file" && (opened.mode & OPEN_TO_OTHERS) !== 0;
  if (isOpen) fchmodSync(fd, claim.mode);
  return "ours";
}

function notOurs(reason: string): LockProblem {
  return { kind: "unusable", reason, errno: "EEXIST" };
}

/** Removes a file of ours if it is still at its path, then closes it, which releases its lock. */
export function removeAndClose(path: string, fd: number): void {
  // The directory may be removed or not writable by now. A leftover file is unlocked and will be reused.
  errnoOf(() => isSame(path, fstatSync(fd)) && unlinkSync(path));
  closeSync(fd);
}

/** Whether this is still the file at the path. */
export function isSame(path: string, ours: Pick<Stats, "dev" | "ino">): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

// An open file as /proc/locks names it: with the device of its mount, which is not always that of stat(2).
//
// sync-ok(fstatSync, readFileSync): procfs, and fstat of a lock file in a directory that was asked
// before (answers.ts)

/** The device is null where the kernel does not say which mount a descriptor belongs to. */
export function lockedFile(fd: number): LockedFile {
  return { inode: fstatSync(fd).ino, device: deviceOf(fd) };
}

/** The text of /proc/locks; null if it cannot be read. */
export function lockTable(): string | null {
  return readText("/proc/locks");
}

/** The device of a descriptor's mount, see proc_pid_fdinfo(5). */
function deviceOf(fd: number): string | null {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readText(`/proc/self/fdinfo/${fd}`) ?? "")?.[1];
  if (id === undefined) return null;
  const mounts = parseMounts(readText("/proc/self/mountinfo") ?? "");
  const mount = mounts.find((one) => one.id === Number(id));
  return mount === undefined ? null : lockDevice(mount);
}

function readText(path: string): string | null {
  return quietly(() => readFileSync(path, "utf8"), null);
}

// Reads an open pid or lock file.
//
// sync-ok(readSync): a pid or lock file that is open already

/** Reads from offset 0, independent of the file position. */
export function readPid(fd: number): ReturnType<typeof readPidText> {
  const buffer = new Uint8Array(LONGEST_PID_TEXT + 1);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return readPidText(new TextDecoder().decode(buffer.subarray(0, length)));
}

// Files of other users at the paths of the daemon's files. In a world-writable directory, any user can create the lock, the
// pid file, the socket or the log of a daemon before the daemon does. Such a file is neither used nor waited for: it is moved
// aside if it may contain a user's data, and removed otherwise.
//
// sync-ok(closeSync, fstatSync, lstatSync, openSync, renameSync, rmdirSync, statSync, unlinkSync): places of
// locks, sockets and the pid file, in directories that were asked before (answers.ts)

const WRITABLE_BY_OTHERS = 0o022;
const WRITABLE_BY_ALL = 0o002;

type Owned = Pick<Stats, "uid" | "mode">;

/** Whether users other than root and this one can create and rename entries of the directory that holds `path`. */
export function isInSharedDirectory(path: string): boolean {
  return isShared(statSync(dirname(path)));
}

/** Whether `uid` is root or this process's user: neither needs these files to do harm. */
export function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/**
 * Whether an entry belongs to another user: neither root nor this one. In a directory that only its owner can write to, the
 * owner's entries are trusted: a daemon of that user has left them, and users cannot be kept out of their own directories.
 */
export function isForeign(path: string, { uid }: Pick<Owned, "uid">): boolean {
  if (isTrusted(uid)) return false;
  const directory = statSync(dirname(path));
  return directory.uid !== uid || (directory.mode & WRITABLE_BY_OTHERS) !== 0;
}

/** Why another user's file remains: an error name, and a clause with the command that removes the file. */
interface Stuck {
  readonly errno: string;
  readonly reason: string;
}

/**
 * Removes or moves another user's file at `path`.
 * @param name the daemon's file at this path, in messages, such as "lock file"
 * @returns a message for the activity log, null if nothing was done; or the reason of a failure, with the command to run
 */
export function clearForeign(path: string, name: string): Result<string | null, Stuck> {
  let there: Stats | undefined;
  try {
    there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined || !isForeign(path, there)) return ok(null);
  } catch (error) {
    return unreadable(path, codeOf(error));
  }
  const what = `${path} was ${describeKind(there)} (${describeOwner(there)}), at the path of the ${name}`;
  if (mayHoldData(path, there)) return moveAside(path, there, { what, name });
  try {
    (there.isDirectory() ? rmdirSync : unlinkSync)(path);
    return ok(`${what}: removed`);
  } catch (error) {
    const errno = codeOf(error);
    if (errno === "ENOENT") return ok(null);
    return errno === "ENOTEMPTY" || errno === "EEXIST"
      ? moveAside(path, there, { what, name })
      : refuse(path, there, { name, errno });
  }
}

/**
 * Clears the path of a log of another user's file that would keep root from opening the log, or that others could read and
 * change. That includes a plain file in a world-writable directory; elsewhere, a plain file of another user was left by
 * logrotate(8) or an earlier daemon, and is kept.
 * @returns as `clearForeign`
 */
export async function clearForeignLog(path: string): Promise<Result<string | null, Stuck>> {
  const there = await attempt<Stats>((done) => lstat(path, done));
  if (!there.ok) return unreadable(path, there.error);
  if (isTrusted(there.value.uid)) return ok(null);
  const directory = await attempt<Stats>((done) => stat(dirname(path), done));
  if (!directory.ok) return ok(null);
  const { mode } = directory.value;
  const isLure = there.value.isFile() ? (mode & WRITABLE_BY_ALL) !== 0 : isShared(directory.value);
  return isLure ? clearForeign(path, "log") : ok(null);
}

/** A FUSE mount of a user denies access even to root: fuse(4). Other errors are reported when the file is opened. */
function unreadable(path: string, errno: string): Result<null, Stuck> {
  if (process.geteuid?.() !== 0 || (errno !== "EACCES" && errno !== "ENOTCONN")) return ok(null);
  const reason = `${path} cannot be examined: ${errno}. If a user has mounted a file system there: umount -l ${path}`;
  return err({ errno, reason });
}

function isShared({ uid, mode }: Owned): boolean {
  return !isTrusted(uid) || (mode & WRITABLE_BY_OTHERS) !== 0;
}

function mayHoldData(path: string, stats: Stats): boolean {
  return stats.isFile() && stats.size > 0 && !holdsPid(path);
}

/** Another file may have replaced this one since lstat(2): no symlink is followed, no FIFO waited for. */
function holdsPid(path: string): boolean {
  return quietly(() => {
    const fd = openSync(path, constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return fstatSync(fd).isFile() && readPid(fd).isPlausible;
    } finally {
      closeSync(fd);
    }
  }, false);
}

interface Words {
  readonly what: string;
  readonly name: string;
}

/** Renames the file where other users can write. Elsewhere the file was put there on purpose, and the path is wrong. */
function moveAside(path: string, stats: Stats, { what, name }: Words): Result<string, Stuck> {
  if (!isInSharedDirectory(path)) {
    const reason = `${path} is ${describeKind(stats)} (${describeOwner(stats)}) with other contents; move it away or use another ${name}`;
    return err({ errno: "EEXIST", reason });
  }
  const aside = `${path}.moved-${anyName()}`;
  try {
    renameSync(path, aside);
    return ok(`${what}: moved to ${aside}`);
  } catch (error) {
    return refuse(path, stats, { name, errno: codeOf(error) });
  }
}

/** Eight hexadecimal digits, not secret. Loading node:crypto would add 10 ms to each start of the daemon. */
function anyName(): string {
  return Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
}

function refuse(
  path: string,
  stats: Stats,
  { name, errno }: { readonly name: string; readonly errno: string },
): Result<never, Stuck> {
  const us = userName(process.geteuid?.() ?? 0);
  const mount = errno === "EBUSY" ? `umount -l ${path}; ` : "";
  const reason = `${path} is ${describeKind(stats)} (${describeOwner(stats)}), where other users can create files, and user ${us} has no permission to remove it. Remove it as its owner or root (${mount}rm -r ${path}), or use another ${name} in a separate directory`;
  return err({ errno, reason });
}
