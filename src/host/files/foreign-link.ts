// Names the user-owned symlink that root refused to follow, for error messages. posix/guarded.c makes the decision.

import { promises as fs } from "node:fs";
import { dirname, resolve } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { type Refusal, refusalOf } from "../../core/logs/guarded-links.ts";

interface ForeignLink {
  readonly path: string;
  readonly uid: number;
  /** The file that the symlink leads to; its text, made absolute, if that file does not exist. */
  readonly target: string;
  readonly why: Refusal;
}

/** The first symlink on the way to an absolute path that root does not follow; null for none. */
export async function foreignLink(path: string): Promise<ForeignLink | null> {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const found = await quietly(fs.lstat(next));
    if (found?.isSymbolicLink() !== true) continue;
    const { uid } = found;
    const text = (await quietly(fs.readlink(next))) ?? "";
    const target = (await quietly(fs.realpath(next))) ?? resolve(walk.at, text);
    const led = await quietly(fs.stat(next));
    const why = refusalOf({
      uid,
      holder: await quietly(fs.stat(walk.at)),
      led: led === null ? null : { uid: led.uid, isFile: led.isFile() },
      ledIn: (await quietly(fs.stat(dirname(target))))?.uid ?? null,
      isLast: walk.isLast,
    });
    if (why !== null) return { path: next, uid, target, why };
    if (!walk.follow(text)) return null;
  }
  return null;
}

async function quietly<T>(question: Promise<T>): Promise<T | null> {
  try {
    return await question;
  } catch {
    return null;
  }
}
