// Describes the file at a path and its owner, for error messages.
//
// sync-ok(findUser, lstatSync): texts of errors about paths that answered a moment ago; asks the
// name service for a name, which may wait: see the ADR, what is left

import { lstatSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { octalMode } from "../../core/base/file-mode.ts";
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
