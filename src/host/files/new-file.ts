// Files that a command makes beside others, and removes again: never over another file, never through a symlink.

import { constants, promises as fs } from "node:fs";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf, errnoText } from "../error-code.ts";
import { distrustDirectory } from "./path-trust.ts";
import { randomName } from "./random-name.ts";

/** Mode and owner of a new file. */
export interface FileOwner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Bits of a mode that a configuration may have. */
const MODE = 0o666;

/** Mode and owner of the first of these paths that is a plain file; null if none is. */
export async function ownerOf(paths: readonly string[]): Promise<FileOwner | null> {
  for (const path of paths) {
    const stats = await fs.lstat(path).catch(() => null);
    if (stats?.isFile() === true) {
      return { mode: stats.mode & MODE, uid: stats.uid, gid: stats.gid };
    }
  }
  return null;
}

/**
 * Why root must not write into a directory, because another user could choose what is written or read there; null if it may.
 * @param uid of a user who may
 */
export function directoryDistrust(directory: string, uid = 0): string | null {
  return process.geteuid?.() === 0 ? distrustDirectory(directory, uid) : null;
}

/**
 * Makes a file with all of its text at once. An existing file is an error.
 * @param owner only root can give a file away: for other users it is their own
 * @returns the reason as a clause; null for none
 */
export async function createFile(
  path: string,
  text: string,
  { mode, uid, gid }: FileOwner,
): Promise<string | null> {
  // The name begins with a dot, so that no pattern of [include] finds it.
  const fresh = `${dirname(path)}/.${randomName()}.tsv-new`;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    const file = await fs.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(text);
      if (process.geteuid?.() === 0) await file.chown(uid, gid);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike rename(2), link(2) fails where there is a file.
    await fs.link(fresh, path);
    return null;
  } catch (error) {
    return errnoText(codeOf(error));
  } finally {
    await fs.unlink(fresh).catch(() => null);
  }
}

/**
 * Removes a plain file that still has this text. @returns the text and what is needed to make it again; the error is a clause
 */
export async function removeFile(path: string, text: string): Promise<Result<FileOwner, string>> {
  try {
    const owner = await ownerOf([path]);
    if (owner === null) return err("it is not a plain file");
    if ((await fs.readFile(path, "utf8")) !== text) return err("it has changed meanwhile");
    await fs.unlink(path);
    return ok(owner);
  } catch (error) {
    return err(errnoText(codeOf(error)));
  }
}
