// Gives what is there another owner and mode, by descriptor: a link that somebody puts there is not followed, and what has
// taken the place of what was looked at is left alone.

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
} from "node:fs";
import { O_PATH } from "../../host/files/open-flags.ts";
import type { Access, Witness } from "../plan/steps.ts";

/** A pipe would hold us up, and a terminal become ours. */
const CAREFULLY =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** What becomes of something else than was expected: null where it is as it should be, else why it stays. */
type Objection = (found: Stats) => string | null;

/** @throws Error with errno, or with why it is not changed */
export function changeAccess(
  path: string,
  { mode, uid, gid }: Access,
  objection: Objection = () => null,
): void {
  const fd = openSync(path, CAREFULLY);
  try {
    const before = fstatSync(fd);
    refuse(objection(before));
    // Whoever may write to a directory can hard-link somebody else's file into it, and would be given that file.
    if (before.isFile() && before.nlink > 1 && (before.uid !== uid || before.gid !== gid)) {
      throw new Error(
        `${path} has another name too (${before.nlink} hard links): it is not given away`,
      );
    }
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same for a socket, which cannot be opened. @throws Error also when there is something else by now */
export function changeSocket(
  path: string,
  { mode, uid, gid }: Access,
  objection: Objection = () => null,
): void {
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    refuse(
      found.isSocket() ? objection(found) : `${path} is no socket any more: it stays as it is`,
    );
    chownSync(`/proc/self/fd/${fd}`, uid, gid);
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}

/** For what a plan is about: nothing else is changed, and nothing that somebody has changed meanwhile. */
export function unlessSeen(path: string, seen: Witness): Objection {
  return (found) => {
    const isSame =
      found.dev === seen.device &&
      found.ino === seen.inode &&
      found.uid === seen.uid &&
      found.gid === seen.gid &&
      (found.mode & 0o7777) === seen.mode;
    return isSame ? null : `${path} has changed since doctor looked: it stays as it is`;
  };
}

/** @throws Error where what is at the path is not what the plan saw */
export function confirmSeen(path: string, seen: Witness): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) {
    throw new Error(`${path} is in the way: it is a link, which is not followed`);
  }
  refuse(
    found === undefined ? `${path} is gone since doctor looked` : unlessSeen(path, seen)(found),
  );
}

/** @throws Error where the file is not the one that a text was made from, or has another text by now */
export function confirmText(
  path: string,
  { seen, text }: { readonly seen: Witness; readonly text: string },
): void {
  const fd = openSync(path, CAREFULLY);
  try {
    const found = fstatSync(fd);
    const bytes = Buffer.from(text);
    const isSame = found.isFile() && found.size === bytes.length && readFileSync(fd).equals(bytes);
    refuse(
      unlessSeen(path, seen)(found) ??
        (isSame ? null : `${path} has changed since doctor looked: it stays as it is`),
    );
  } finally {
    closeSync(fd);
  }
}

function refuse(why: string | null): void {
  if (why !== null) throw new Error(why);
}
