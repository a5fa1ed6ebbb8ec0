// Paths that lead where they say: inside the root of an image, whose symlinks never point to the host that builds it, and
// past other users, who could redirect a path between two system calls.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { codeOf } from "../../host/error-code.ts";
import { O_PATH } from "../../host/files/file-calls.ts";
import { quietly } from "./safe-files.ts";

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;
/** No descriptor has this number: all operations there fail with ENOENT. */
const NOWHERE = "/proc/self/fd/-1";

/** For the paths of one step. Needed only for root; for other users, the paths stay unchanged. */
export function createAnchors(uid = process.geteuid?.() ?? 0) {
  const open: number[] = [];
  const names = new Map<string, string>();
  return {
    /**
     * The path to use instead of a named one; the same path if only root can redirect it.
     * @throws Error that names the symlink that is not followed
     */
    at(path: string): string {
      if (uid !== 0 || isSafe(dirname(path))) return path;
      const fd = openDirectory(dirname(path));
      if (fd !== null) open.push(fd);
      // With the dot, lstat(2) returns the directory itself, not the kernel's symlink to it.
      const place = fd === null ? NOWHERE : `/proc/self/fd/${fd}/.`;
      const at = `${place}/${basename(path)}`;
      names.set(at, path);
      names.set(place, dirname(path));
      return at;
    },
    /** A system message with the named paths. */
    inWords: (message: string): string =>
      Array.from(names).reduce((text, [at, path]) => text.replaceAll(at, path), message),
    /** Releases the paths. */
    close(): void {
      for (const fd of open.splice(0)) closeSync(fd);
      names.clear();
    },
  };
}

/** Whether only root can replace a component of a directory's path. Paths with symlinks are walked. */
function isSafe(directory: string): boolean {
  for (let path = directory; ; path = dirname(path)) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isDirectory() || !isRootsAlone(stats)) return false;
    if (path === "/") return true;
  }
}

function isRootsAlone({ uid, mode }: Stats): boolean {
  return uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** null: there is no such directory. */
function openDirectory(directory: string): number | null {
  const way = new LinkWalk(directory);
  let fd = openSync("/", O_PATH | constants.O_DIRECTORY);
  try {
    while (way.next() !== null) {
      const next = `/proc/self/fd/${fd}/${way.name}`;
      const step = openSync(next, O_PATH | constants.O_NOFOLLOW);
      const found = fstatSync(step);
      if (!found.isSymbolicLink()) {
        closeSync(fd);
        fd = step;
        continue;
      }
      closeSync(step);
      const holder = fstatSync(fd);
      const isFixed = isRootsAlone(holder) || (holder.uid === 0 && (holder.mode & STICKY) !== 0);
      const target = readlinkSync(next);
      if (found.uid !== 0 || !isFixed || !way.follow(target)) {
        throw new Error(
          `${way.name} in the path of ${directory} is a symlink that users other than root can change: it is not followed`,
        );
      }
      if (!target.startsWith("/")) continue;
      closeSync(fd);
      fd = openSync("/", O_PATH | constants.O_DIRECTORY);
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw error;
  }
}

/**
 * The path on this host of a path in the image. The last component is not followed: it may be the symlink in question.
 * @throws Error for a loop of symlinks
 */
export function pathInRoot(root: string, path: string): string {
  if (root === "/") return path;
  return join(root, resolveParents(root, normalize(path)));
}

/** The same with a symlink as the last component followed, too. */
export function followedInRoot(root: string, path: string): string {
  return root === "/" ? path : dirname(pathInRoot(root, join(path, "x")));
}

function resolveParents(root: string, path: string): string {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    if (walk.isLast) return next;
    const target = quietly(() => readlinkSync(join(root, next)));
    if (target !== null && !walk.follow(target)) {
      throw new Error(`${path} in ${root}: too many levels of symbolic links`);
    }
  }
  return walk.at;
}
