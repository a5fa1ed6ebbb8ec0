// Files of other users at the paths of the daemon's files. In a world-writable directory, any user can create the lock, the
// pid file, the socket or the log of a daemon before the daemon does. Such a file is neither used nor waited for: it is moved
// aside if it may contain a user's data, and removed otherwise.
//
// sync-ok(closeSync, fstatSync, lstatSync, openSync, renameSync, rmdirSync, statSync, unlinkSync): places of
// locks, sockets and the pid file, in directories that were asked before (answers.ts)

import {
  closeSync,
  constants,
  fstatSync,
  lstat,
  lstatSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  stat,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { attempt } from "./attempt.ts";
import { describeKind, describeOwner, userName } from "./describe-path.ts";
import { readPid } from "./read-pid.ts";

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
export function isStrangers(path: string, { uid }: Pick<Owned, "uid">): boolean {
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
export function clearStrangers(path: string, name: string): Result<string | null, Stuck> {
  let there: Stats | undefined;
  try {
    there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined || !isStrangers(path, there)) return ok(null);
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
 * @returns as `clearStrangers`
 */
export async function clearStrangersLog(path: string): Promise<Result<string | null, Stuck>> {
  const there = await attempt<Stats>((done) => lstat(path, done));
  if (!there.ok) return unreadable(path, there.error);
  if (isTrusted(there.value.uid)) return ok(null);
  const directory = await attempt<Stats>((done) => stat(dirname(path), done));
  if (!directory.ok) return ok(null);
  const { mode } = directory.value;
  const isLure = there.value.isFile() ? (mode & WRITABLE_BY_ALL) !== 0 : isShared(directory.value);
  return isLure ? clearStrangers(path, "log") : ok(null);
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
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return fstatSync(fd).isFile() && readPid(fd).isPlausible;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
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
