// Opens, renames and removes logs. As root, it does not follow symlinks of users, who could otherwise choose which file root
// writes, empties or reveals: see posix/guarded.c. A daemon that is not root can do no more than the owners of such symlinks.

import { close, constants as fs, fstat, type Stats } from "node:fs";
import { constants } from "node:os";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt } from "./attempt.ts";
import { O_PATH } from "./open-flags.ts";

/** An open file and what fstat(2) said of it, by Node's names. */
export interface OpenedLog {
  readonly fd: number;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly nlink: number;
}

/** How files are opened: as open(2) has it. */
export interface OpenWay {
  readonly flags: number;
  /** Of a file that is made. */
  readonly mode: number;
  /** The file is marked as in use, for `unlinkIdleLog`. */
  readonly isLocked: boolean;
}

const LOOK: OpenWay = { flags: O_PATH, mode: 0, isLocked: false };
/** Numbers that the addon returns for each file. */
const FIELDS = 5;

/** As open(2) for each path, in order, in one job. ELOOP: a link is not followed. No path has a NUL. */
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

/** The same for one path, for reading. */
export async function openForReading(path: string): Promise<Result<OpenedLog, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const way = { flags: fs.O_RDONLY | fs.O_NONBLOCK, mode: 0, isLocked: false };
  const [opened = err("ENOMEM")] = await openLogs([path], way);
  return opened;
}

/** Looks at the file that a path leads to without opening it, and asks about it by its descriptor. */
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

/** Looks at files themselves without opening them. A symlink is an error: ELOOP. */
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

/** Removes a regular file of our own. EBUSY: a daemon has it in use. EPERM: it is not ours. */
export async function unlinkIdleLog(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().unlinkIdleLog(path));
}

/** Makes the missing directories on the way to a file. ELOOP, EACCES: not there, see posix.ts. */
export async function makeLogWay(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().makeLogWay(path));
}

function answer(result: number): Result<true, Errno> {
  return result < 0 ? err(errnoName(result)) : ok(true);
}
