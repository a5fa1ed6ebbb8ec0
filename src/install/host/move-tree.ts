// Moves a directory to another name beside it. The kernel refuses that for one whose files are in the lower layer of an
// overlay, as those of an image are (EXDEV): then its entries are moved one by one.

import {
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
} from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../host/error-code.ts";
import { isThere, lookAtAccess, syncDirectory, withOpen } from "./safe-files.ts";

/**
 * Moves a directory, also into one that a move in part has left. Files that exist there stay.
 * @param name of `from`, in messages
 * @throws Error if something stays
 */
export function moveTree(from: string, to: string, name: string): void {
  moveEntry(from, to, name);
  syncDirectory(dirname(to));
}

function moveEntry(from: string, to: string, name: string): void {
  const isNew = !isThere(to);
  if (isNew && rename(from, to, name)) return;
  if ([from, to].some((path) => isThere(path) && lookAtAccess(path).kind !== "directory")) {
    throw new Error(`${name} stays: another one was created in its place`);
  }
  // A user who owns the directory above may replace both paths with symlinks.
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  withOpen(from, flags, (source) => {
    if (isNew) mkdirSync(to, { mode: 0o700 });
    withOpen(to, flags, (target) => {
      for (const entry of readdirSync(`/proc/self/fd/${source}`)) {
        const [old, next] = [source, target].map((fd) => `/proc/self/fd/${fd}/${entry}`);
        moveEntry(old ?? "", next ?? "", `${name}/${entry}`);
      }
      const { mode, uid, gid } = fstatSync(source);
      if (isNew) fchownSync(target, uid, gid);
      if (isNew) fchmodSync(target, mode & 0o7777);
      fsyncSync(target);
    });
  });
  rmdirSync(from);
}

/** @returns whether the kernel allows it */
function rename(from: string, to: string, name: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EXDEV") return false;
    throw new Error(
      code === "EBUSY" ? `${name}: it is a mount point; unmount it` : `${name}: ${code}`,
    );
  }
}
