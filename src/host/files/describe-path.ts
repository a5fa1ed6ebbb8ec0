// Describes the file at a path and its owner, for error messages.
//
// sync-ok(findUser, lstatSync): texts of errors about paths that answered a moment ago; asks the
// name service for a name, which may wait: see the ADR, what is left

import { promises as fs, lstatSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { octalMode } from "../../core/base/permission-words.ts";
import { type Refusal, refusalOf } from "../../core/logs/log-path.ts";
import { posix } from "../posix.ts";

/** `root (0)`. */
export function userName(uid: number): string {
  const user = posix().findUser(uid);
  return typeof user === "number" ? `${uid}` : `${user.name} (${uid})`;
}

/** `owned by root (0), mode 0755`. */
export function describeOwner(stats: Pick<Stats, "uid" | "mode">): string {
  return `owned by ${userName(stats.uid)}, mode ${octalMode(stats.mode)}`;
}

/** The kind of a file, with its article. */
export function describeKind(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFile()) return "a plain file";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** Why nothing can be created at `path`: names the first missing directory on the way, or the directory that denies it. */
export function describeDirectory(path: string, errno: string): string {
  const us = userName(process.geteuid?.() ?? 0);
  if (errno === "ENOENT" || errno === "ENOTDIR") return describeMissing(path);
  const directory = dirname(path);
  const stats = lstatQuietly(directory);
  const owner = stats === null ? "which cannot be examined" : describeOwner(stats);
  if (errno === "EROFS") return `${path} is on a read-only file system; choose another path.`;
  if (errno === "EACCES" || errno === "EPERM") {
    return `User ${us} has no permission to create ${path} in ${directory}, ${owner}. Choose a directory of that user, or run tsv as another user.`;
  }
  return `${path} cannot be created in ${directory}, ${owner}: ${errno}.`;
}

function describeMissing(path: string): string {
  const directory = dirname(path);
  let missing = directory;
  while (dirname(missing) !== missing && lstatQuietly(dirname(missing)) === null) {
    missing = dirname(missing);
  }
  const stats = lstatQuietly(missing);
  if (stats === null) {
    const from = missing === directory ? "" : ` (nor does ${missing})`;
    return `The directory ${directory} does not exist${from}: create it, or choose another path.`;
  }
  if (stats.isDirectory()) {
    // A file system of the kernel, such as /proc.
    return `${path} cannot be created: ${directory} accepts no new files. Choose another path.`;
  }
  return `${missing} is ${describeKind(stats)}, not a directory: choose another path.`;
}

function lstatQuietly(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null; // ENOTDIR, EACCES on the way: missing, as far as a message is concerned
  }
}

// Names the user-owned symlink that root refused to follow, for error messages. posix/guarded.c makes the decision.

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
