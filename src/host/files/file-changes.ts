// Changes of files that hold after a loss of power, as the desired configuration of a device needs them: each is atomic, none follows a
// symlink.

import { constants, promises as fs } from "node:fs";
import { dirname } from "node:path";
import { codeOf, errnoText } from "../error-code.ts";

/** Paths, all in one directory. */
export type PathChange =
  | { readonly op: "write"; readonly to: string; readonly text: string }
  | { readonly op: "link" | "move"; readonly from: string; readonly to: string }
  | { readonly op: "remove"; readonly from: string };

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_DIRECTORY } = constants;
const PRIVATE = 0o600;

/** Makes a change and brings it to the disk. Nothing to link, move or remove is no error. @returns the error as a clause; null for none */
export async function changePath(change: PathChange): Promise<string | null> {
  try {
    if (change.op === "write") await replace(change.to, change.text);
    else if (change.op === "remove") await fs.unlink(change.from);
    else if (change.op === "link") await fs.link(change.from, change.to);
    else await fs.rename(change.from, change.to);
    await syncDirectory(dirname(change.op === "remove" ? change.from : change.to));
    return null;
  } catch (error) {
    const errno = codeOf(error);
    const isAbsent = errno === "ENOENT" && change.op !== "write";
    const path = change.op === "remove" ? change.from : change.to;
    return isAbsent ? null : `${path}: ${errnoText(errno)}`;
  }
}

async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.tmp`;
  await fs.unlink(fresh).catch(() => null);
  try {
    const file = await fs.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
    try {
      await file.writeFile(text);
      await file.chmod(PRIVATE);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(fresh, path);
  } catch (error) {
    await fs.unlink(fresh).catch(() => null);
    throw error;
  }
}

/** Names of files are data of their directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await fs.open(path, O_RDONLY | O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The text of a plain file of this user, at most of this size. @returns null if there is none, or it cannot be read */
export async function readOwnFile(path: string, most: number): Promise<string | null> {
  try {
    const stats = await fs.lstat(path);
    if (!stats.isFile() || stats.uid !== process.geteuid?.() || stats.size > most) return null;
    return await fs.readFile(path, "utf8");
  } catch {
    return null;
  }
}
