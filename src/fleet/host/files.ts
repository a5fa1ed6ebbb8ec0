// Files of members of a fleet: whole or not at all, with their modes, and never through a symlink.

import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf, errnoText, quietly } from "../../host/error-code.ts";
import { claimLock } from "../../host/files/locks.ts";
import { directoryDistrust } from "../../host/files/new-file.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { monotonic } from "../../host/time/clock.ts";
import { startPause } from "../../host/time/pause.ts";
import { writeWhole } from "../../install/host/safe-files.ts";

/** Whose group may read a file; null for no other user. */
export interface FileReaders {
  readonly uid: number;
  readonly gid: number;
}

/** Permission bits of secrets, of files that one more user reads, and of files for all. */
export const MODE = { SECRET: 0o600, SHARED: 0o640, PUBLIC: 0o644 } as const;

/** The error is a clause with the path. */
export function writeFile(
  path: string,
  text: string,
  mode: number,
  gid: number | null = null,
): Result<true, string> {
  const distrust = directoryDistrust(dirname(path));
  if (distrust !== null) return err(`${path} was not written: ${distrust}`);
  const own = { uid: process.geteuid?.() ?? 0, gid: gid ?? process.getegid?.() ?? 0 };
  return attempt(`${path} was not written`, () =>
    writeWhole(path, Buffer.from(text), { mode, ...own }),
  );
}

/** Null for a file that does not exist. */
export function readFileText(path: string): Result<string | null, string> {
  try {
    return ok(readFileSync(path, "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return ok(null);
    return err(`${path} cannot be read: ${errnoText(codeOf(error))}`);
  }
}

/** Whether there is a plain file, perhaps behind a symlink. */
export function isFile(path: string): boolean {
  return quietly(() => statSync(path).isFile(), false);
}

/**
 * Makes a directory with those above it, if they are missing. One that other users can change is an error.
 * @param owner of the last one; null for this user
 * @returns whether it was missing
 */
export function makeDirectory(
  path: string,
  mode: number,
  owner: FileReaders | null = null,
): Result<boolean, string> {
  const isThere = quietly(() => lstatSync(path).isDirectory(), false);
  const distrust = isThere
    ? directoryDistrust(path, owner?.uid)
    : directoryDistrust(existingAbove(path));
  if (distrust !== null) return err(`${path} cannot be used: ${distrust}`);
  if (isThere) return ok(false);
  return attempt(`${path} was not made`, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    mkdirSync(path, { mode });
    if (owner !== null) chownSync(path, owner.uid, owner.gid);
  });
}

function existingAbove(path: string): string {
  const above = dirname(path);
  return existsSync(above) || above === path ? above : existingAbove(above);
}

export function removePath(path: string): Result<true, string> {
  return attempt(`${path} was not removed`, () => rmSync(path, { recursive: true, force: true }));
}

/** Removes a directory that has nothing in it. @returns whether it did */
export function removeEmpty(directory: string): boolean {
  return attempt(directory, () => rmdirSync(directory)).ok;
}

/** Of the files in a directory; none if it does not exist. The error is a clause with the path. */
export function namesIn(directory: string): Result<readonly string[], string> {
  try {
    return ok(readdirSync(directory));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return ok([]);
    return err(`${directory} cannot be read: ${errnoText(codeOf(error))}`);
  }
}

/** The ids of a user; null if there is none of that name. */
export function accountOf(name: string): FileReaders | null {
  const user = createAccounts().findUser(name);
  return user === null ? null : { uid: user.uid, gid: user.gid };
}

const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The path of a command, also for a user whose PATH lacks those of root; null if it is not installed. */
export function findCommand(name: string): string | null {
  return DIRECTORIES.map((each) => join(each, name)).find((path) => existsSync(path)) ?? null;
}

function attempt(what: string, action: () => void): Result<true, string> {
  try {
    action();
    return ok(true);
  } catch (error) {
    return err(`${what}: ${errnoText(codeOf(error))}`);
  }
}

const LOCK_MS = 30_000;
const LOCK_PAUSE_MS = 50;

/** Runs an action while no other process runs one with this lock. The error is a clause. */
export async function withLock<T>(
  path: string,
  action: () => Result<T, string>,
): Promise<Result<T, string>> {
  const end = monotonic() + LOCK_MS;
  for (;;) {
    const lock = claimLock(path, process.pid);
    if (lock.ok) {
      try {
        return action();
      } finally {
        lock.value.release();
      }
    }
    const { error } = lock;
    if (error.kind === "unusable") return err(error.reason);
    if (error.kind === "failed") return err(`${path}: ${errnoText(error.errno)}`);
    if (monotonic() > end) return err(`${path} is held by process ${error.pid ?? "unknown"}`);
    await startPause(LOCK_PAUSE_MS).over;
  }
}
