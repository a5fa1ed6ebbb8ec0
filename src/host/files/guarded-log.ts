// Opening, renaming and removing logs. As root not through the links of users, who would choose then which file root
// writes to, empties or gives to read: see posix/guarded.c. Who is not root can do no more than those links' owners.

import * as fs from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt, settle } from "./attempt.ts";

/** As open(2). ELOOP: a link is not followed. */
export async function openForLog(
  path: string,
  flags: number,
  mode = 0,
): Promise<Result<number, Errno>> {
  if (!isRoot()) return attempt((done) => fs.open(path, flags, mode, done));
  return answer(await posix().openLog(path, flags, mode));
}

/** As rename(2). */
export async function renameLog(from: string, to: string): Promise<Result<true, Errno>> {
  if (!isRoot()) return settle((done) => fs.rename(from, to, done));
  const renamed = answer(await posix().renameLog(from, to));
  return renamed.ok ? ok(true) : renamed;
}

/** As unlink(2). */
export async function unlinkLog(path: string): Promise<Result<true, Errno>> {
  if (!isRoot()) return settle((done) => fs.unlink(path, done));
  const removed = answer(await posix().unlinkLog(path));
  return removed.ok ? ok(true) : removed;
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

function answer(result: number): Result<number, Errno> {
  return result < 0 ? err(errnoName(result)) : ok(result);
}
