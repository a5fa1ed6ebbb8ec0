// Files that other users put in the place of ours. In a world-writable directory, any user can create the lock, the pid
// file, the socket or the log of a daemon before the daemon does. Such a file is neither used nor waited for: it is removed
// if it is empty, and moved aside if it may contain a user's data.

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

/** Whether others than root and this user may make and rename entries of the directory that holds `path`. */
export function isInSharedDirectory(path: string): boolean {
  return isShared(statSync(dirname(path)));
}

/** Whether this user is root or the daemon's own, who need no harm from here. */
export function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/**
 * Whether an entry belongs to another user: neither root nor us. Where only one other user can write, that user's entries are
 * trusted: a daemon of that user has left them, and a user cannot be kept out of their own directory.
 */
export function isStrangers(path: string, { uid }: Pick<Owned, "uid">): boolean {
  if (isTrusted(uid)) return false;
  const directory = statSync(dirname(path));
  return directory.uid !== uid || (directory.mode & WRITABLE_BY_OTHERS) !== 0;
}

/** Why another user's file stays: an error name, and a clause with the command that removes it. */
interface Stuck {
  readonly errno: string;
  readonly reason: string;
}

/**
 * Removes or moves another user's file at `path`.
 * @param name what messages call the file that belongs there, such as "lock file"
 * @returns what was done, for the activity log, null for nothing; or why it cannot be done, and the command that can
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
 * Frees the path of a log of what would keep root from opening it, or would give it to others to read and change: also a
 * plain file in a world-writable directory. Elsewhere a plain file of another user is what logrotate(8) or an earlier daemon
 * has left.
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

/** A mount of a user refuses even root: fuse(4). Other errors are reported where the file is opened. */
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

/** It may have become something else since it was looked at: so it is neither followed nor waited for. */
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

/** Only where others may write: elsewhere it was put there on purpose, and the path is a mistake. */
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

/** Eight hexadecimal digits. Not secret: node:crypto would take 10 ms of each start of the daemon to load. */
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
