// Which link of a user's root has not followed, for messages: what decides is posix/guarded.c, which looked before.

import { promises as fs, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";

const MOST_LINKS = 40;

export interface ForeignLink {
  readonly path: string;
  readonly uid: number;
  /** What it leads to, as far as that exists. */
  readonly target: string;
}

/** The first link on the way to an absolute path that belongs to a user and leads to what does not; null for none. */
export async function foreignLink(path: string): Promise<ForeignLink | null> {
  const pending = parts(path);
  let at = "/";
  for (let links = 0; pending.length > 0 && links <= MOST_LINKS; ) {
    const name = pending.shift() ?? ".";
    const next = resolve(at, name);
    const found = await quietly(fs.lstat(next));
    if (found?.isSymbolicLink() !== true) {
      at = next;
      continue;
    }
    links += 1;
    const text = (await quietly(fs.readlink(next))) ?? "";
    if (found.uid !== 0 && !(await isOwners(next, found, pending.length === 0))) {
      const target = (await quietly(fs.realpath(next))) ?? resolve(at, text);
      return { path: next, uid: found.uid, target };
    }
    if (text.startsWith("/")) at = "/";
    pending.unshift(...parts(text));
  }
  return null;
}

async function isOwners(path: string, { uid }: Stats, isLast: boolean): Promise<boolean> {
  const found = await quietly(fs.stat(path));
  if (found?.uid === uid) return true;
  if (!isLast || (found !== null && !found.isFile())) return false;
  const real = await quietly(fs.realpath(path));
  const text = (await quietly(fs.readlink(path))) ?? "";
  return (await quietly(fs.stat(dirname(real ?? resolve(dirname(path), text)))))?.uid === uid;
}

function parts(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

async function quietly<T>(question: Promise<T>): Promise<T | null> {
  try {
    return await question;
  } catch {
    return null;
  }
}
