// Paths that nobody can lead elsewhere between two system calls. Where others than root may rename directories on the way,
// as in homes and in log directories of programs, the way is walked once, without their links, and held by a descriptor.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  type Stats,
} from "node:fs";
import { basename, dirname } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { codeOf } from "../../host/error-code.ts";
import { O_PATH } from "../../host/files/open-flags.ts";

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;
/** No descriptor has this number: whatever is done there fails with ENOENT. */
const NOWHERE = "/proc/self/fd/-1";

export interface Anchors {
  /**
   * The path to use in place of one that was named; the same where nobody but root can change where it leads.
   * @throws Error that says which link is not followed
   */
  at(path: string): string;
  /** A message of the system in terms of the paths that were named. */
  inWords(message: string): string;
  /** The paths are not used any more. */
  close(): void;
}

/** For the paths of one step. Only root has anything to lose: for others the paths stay as they are. */
export function createAnchors(uid = process.geteuid?.() ?? 0): Anchors {
  const open: number[] = [];
  const names = new Map<string, string>();
  return {
    at(path) {
      if (uid !== 0 || isSafe(dirname(path))) return path;
      const fd = openDirectory(dirname(path));
      if (fd !== null) open.push(fd);
      // With the dot it is the directory itself to lstat(2), and not the kernel's link to it.
      const place = fd === null ? NOWHERE : `/proc/self/fd/${fd}/.`;
      const at = `${place}/${basename(path)}`;
      names.set(at, path);
      names.set(place, dirname(path));
      return at;
    },
    inWords: (message) =>
      Array.from(names).reduce((text, [at, path]) => text.replaceAll(at, path), message),
    close() {
      for (const fd of open.splice(0)) closeSync(fd);
      names.clear();
    },
  };
}

/** Whether nobody but root can put something else on the way to a directory. Links are looked at the long way. */
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
          `${way.name}, on the way to ${directory}, is a link that others than root can change: it is not followed`,
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
