// The file operations of the daemon: system calls that the addon runs on the thread of the file system, in order, so that a file
// system that does not answer delays only the operations on it (posix/lanes.c). Waiting operations are limited, not their time: a
// caller that needs an answer sets a time limit and abandons the operation.
//
// As root, a user's symlink on the way to a log is followed only to files of that user (ELOOP): see posix/guarded.c.

import { constants } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";

/** A descriptor that refers to a file without opening it; needs no read permission. The same number on x86 and ARM. */
export const O_PATH = 0o10000000;

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, S_IFMT, S_IFREG } = constants;

/** The thread of operations that wait for something else than a file system: more than any device number. */
export const LANES = {
  complaints: 2 ** 52 + 1,
  ofMemory: (place: number) => 2 ** 52 + 2 ** 33 + place,
  ofUser: (uid: number) => 2 ** 52 + 2 ** 34 + uid,
} as const;

/** What fstat(2) returns, by Node's names. */
export interface FileStats {
  readonly dev: number;
  readonly ino: number;
  /** Both halves: `ino` is not exact above 2^53. */
  readonly inode: readonly [high: number, low: number];
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  /** Of 512 bytes. */
  readonly blocks: number;
  /** Milliseconds since 1970, as the others. */
  readonly atimeMs: number;
  readonly mtimeMs: number;
  /** 0 where the file system does not record it. */
  readonly birthtimeMs: number;
}

export interface OpenedFile extends FileStats {
  readonly fd: number;
}

/** How a file is opened: the arguments of open(2). */
export interface OpenWay {
  readonly flags: number;
  /** The mode of a file that is created. */
  readonly mode: number;
  /** The file is marked as in use, for `unlinkIdleFile`. */
  readonly isLocked: boolean;
}

/** Opens a file; its descriptor is close-on-exec. */
export async function openFile(
  path: string,
  way: OpenWay,
  lane = OWN_LANE,
): Promise<Result<OpenedFile, Errno>> {
  const { flags, mode, isLocked } = way;
  const answer = await posix().openFile(path, flags, mode, isLocked ? 1 : 0, lane);
  const stats = statsOf(answer);
  return stats.ok ? ok({ ...stats.value, fd: Number((answer as readonly number[])[0]) }) : stats;
}

/** As `openFile`, for reading. Does not wait for the writer of a FIFO. */
export function openForReading(
  path: string,
  flags = 0,
  lane = OWN_LANE,
): Promise<Result<OpenedFile, Errno>> {
  return openFile(path, { flags: O_RDONLY | O_NONBLOCK | flags, mode: 0, isLocked: false }, lane);
}

/** stat(2): follows all symlinks. */
export async function statFile(path: string): Promise<Result<FileStats, Errno>> {
  return statsOf(await posix().examine(path, 0, 0));
}

/** stat(2) of a log. */
export async function statLog(path: string): Promise<Result<FileStats, Errno>> {
  return statsOf(await posix().examine(path, 0, 1));
}

/** lstat(2) of a log. */
export async function lstatLog(path: string): Promise<Result<FileStats, Errno>> {
  return statsOf(await posix().examine(path, O_NOFOLLOW, 1));
}

export async function statOpen(fd: number): Promise<Result<FileStats, Errno>> {
  return statsOf(await posix().examineOpen(fd));
}

/** As rename(2). */
export const renameFile = (from: string, to: string) => outcome(posix().renameFile(from, to));

/** As unlink(2). */
export const unlinkFile = (path: string) => outcome(posix().unlinkFile(path));

/** Removes a regular file of this user. EBUSY: a daemon uses the file. EPERM: the file belongs to another user. */
export const unlinkIdleFile = (path: string) => outcome(posix().unlinkIdleFile(path));

/** Creates the missing directories of a path. ELOOP, EACCES: none may be created there, see posix.ts. */
export const makeWay = (path: string) => outcome(posix().makeWay(path));

/** The names in a directory, following all symlinks. E2BIG: there are more than `most`. */
export async function listNames(
  directory: string,
  most: number,
): Promise<Result<readonly string[], Errno>> {
  const names = await posix().listNames(directory, most);
  return typeof names === "number" ? err(errnoName(names)) : ok(names.split("\0").slice(0, -1));
}

/** As pread(2). @param position null for the position of the descriptor. @returns bytes read, 0 at the end */
export function readFile(fd: number, into: Uint8Array, position: number | null, lane = OWN_LANE) {
  return count(posix().readFile(fd, [into], position ?? -1, lane));
}

/** As writev(2). @returns bytes written */
export function writeFile(fd: number, parts: readonly Uint8Array[], lane = OWN_LANE) {
  return count(posix().writeFile(fd, parts, -1, lane));
}

export async function closeFile(fd: number, lane = OWN_LANE): Promise<void> {
  await posix().closeFile(fd, lane);
}

export const changeOwner = (fd: number, uid: number, gid: number) =>
  outcome(posix().changeOwner(fd, uid, gid));

export const changeMode = (fd: number, mode: number) => outcome(posix().changeMode(fd, mode));

/** @param accessed whole milliseconds since 1970, as `changed` */
export const changeTimes = (fd: number, accessed: number, changed: number) =>
  outcome(posix().changeTimes(fd, accessed, changed));

export function isRegular({ mode }: Pick<FileStats, "mode">): boolean {
  return (mode & S_IFMT) === S_IFREG;
}

/** The lane of the descriptor's file system. */
const OWN_LANE = -1;

function statsOf(answer: readonly number[] | number): Result<FileStats, Errno> {
  if (typeof answer === "number") return err(errnoName(answer));
  const [, dev = 0, high = 0, low = 0, mode = 0, size = 0, uid = 0, gid = 0] = answer;
  const [nlink = 0, blocks = 0, atimeMs = 0, mtimeMs = 0, birthtimeMs = 0] = answer.slice(8);
  const ino = high * 2 ** 32 + low;
  const times = { atimeMs, mtimeMs, birthtimeMs };
  return ok({ dev, ino, inode: [high, low], mode, size, uid, gid, nlink, blocks, ...times });
}

async function outcome(call: Promise<number> | number): Promise<Result<true, Errno>> {
  const result = await call;
  return result < 0 ? err(errnoName(result)) : ok(true);
}

async function count(call: Promise<number> | number): Promise<Result<number, Errno>> {
  const result = await call;
  return result < 0 ? err(errnoName(result)) : ok(result);
}
