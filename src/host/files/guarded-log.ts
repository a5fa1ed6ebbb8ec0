// Opening, renaming and removing logs. As root not through the links of users, who would choose then which file root
// writes to, empties or gives to read: see posix/guarded.c. Who is not root can do no more than those links' owners.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";

/** An open file and what fstat(2) said of it, by Node's names. */
export interface OpenedLog {
  readonly fd: number;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly nlink: number;
}

/** As open(2). ELOOP: a link is not followed. @param lock marks the file as in use, for `unlinkIdleLog` */
export async function openForLog(
  path: string,
  flags: number,
  mode = 0,
  lock = false,
): Promise<Result<OpenedLog, Errno>> {
  const opened = await posix().openLog(path, flags, mode, lock);
  if (typeof opened === "number") return err(errnoName(opened));
  const [fd, fileMode, size, uid, nlink] = opened;
  return ok({ fd, mode: fileMode, size, uid, nlink });
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

function answer(result: number): Result<true, Errno> {
  return result < 0 ? err(errnoName(result)) : ok(true);
}
