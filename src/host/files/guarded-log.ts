// Opens, renames and removes logs. As root, it does not follow symlinks of users, who could otherwise choose which file root
// writes, truncates or reveals: see posix/guarded.c. A daemon that is not root can do no more than the owners of such symlinks.

import { close, constants as fs, fstat, type Stats } from "node:fs";
import { constants } from "node:os";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt } from "./attempt.ts";
import { O_PATH } from "./open-flags.ts";

/** An open file and its facts from fstat(2), by Node's names. */
export interface OpenedLog {
  readonly fd: number;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly nlink: number;
}

/** How files are opened: the arguments of open(2). */
export interface OpenWay {
  readonly flags: number;
  /** The mode of a file that is created. */
  readonly mode: number;
  /** The file is marked as in use, for `unlinkIdleLog`. */
  readonly isLocked: boolean;
}

const LOOK: OpenWay = { flags: O_PATH, mode: 0, isLocked: false };
/** Numbers that the addon returns for each file. */
const FIELDS = 5;

/** Opens each path as open(2), in order, in one job. ELOOP: a symlink is not followed. Paths must not contain a NUL. */
export async function openLogs(
  paths: readonly string[],
  { flags, mode, isLocked }: OpenWay,
): Promise<readonly Result<OpenedLog, Errno>[]> {
  const names = paths.map((path) => `${path}\0`).join("");
  const told = await posix().openLogs(names, paths.length, flags, mode, isLocked ? 1 : 0);
  return paths.map((_path, index) => {
    const [fd = -constants.errno.ENOMEM, fileMode = 0, size = 0, uid = 0, nlink = 0] =
      told?.slice(index * FIELDS, (index + 1) * FIELDS) ?? [];
    return fd < 0 ? err(errnoName(fd)) : ok({ fd, mode: fileMode, size, uid, nlink });
  });
}

/** As `openLogs`, for reading one path. */
export async function openForReading(path: string): Promise<Result<OpenedLog, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const way = { flags: fs.O_RDONLY | fs.O_NONBLOCK, mode: 0, isLocked: false };
  const [opened = err("ENOMEM")] = await openLogs([path], way);
  return opened;
}

/** Examines the file that a path leads to without opening it: calls `ask` with a descriptor of O_PATH. */
export async function lookAtLog<T>(
  path: string,
  ask: (fd: number) => Promise<Result<T, Errno>>,
): Promise<Result<T, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const [opened = err("ENOMEM")] = await openLogs([path], LOOK);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  const answer = await ask(fd);
  await new Promise<void>((resolve) => close(fd, () => resolve()));
  return answer;
}

/** fstat(2) of files without opening them. A symlink at the end of a path is an error: ELOOP. */
export async function lookAtLogs(
  paths: readonly string[],
): Promise<readonly Result<Stats, Errno>[]> {
  if (paths.some((path) => path.includes("\0"))) return paths.map(() => err("EINVAL"));
  const looked: Result<Stats, Errno>[] = [];
  for (const opened of await openLogs(paths, { ...LOOK, flags: O_PATH | fs.O_NOFOLLOW })) {
    if (!opened.ok) {
      looked.push(opened);
      continue;
    }
    const { fd } = opened.value;
    looked.push(await attempt<Stats>((done) => fstat(fd, done)));
    await new Promise<void>((resolve) => close(fd, () => resolve()));
  }
  return looked;
}

/** As rename(2). */
export async function renameLog(from: string, to: string): Promise<Result<true, Errno>> {
  return answer(await posix().renameLog(from, to));
}

/** As unlink(2). */
export async function unlinkLog(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().unlinkLog(path));
}

/** Removes a regular file of this user. EBUSY: a daemon uses the file. EPERM: the file belongs to another user. */
export async function unlinkIdleLog(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().unlinkIdleLog(path));
}

/** Creates the missing directories of a path. ELOOP, EACCES: none may be created there, see posix.ts. */
export async function makeLogWay(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().makeLogWay(path));
}

function answer(result: number): Result<true, Errno> {
  return result < 0 ? err(errnoName(result)) : ok(true);
}
