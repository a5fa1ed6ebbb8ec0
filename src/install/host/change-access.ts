// Changes owner and mode of a file by descriptor: a symlink is not followed, and a file that has replaced the examined one
// stays unchanged.

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
import { O_PATH } from "../../host/files/guarded-log.ts";
import type { Access, Precondition } from "../plan/steps.ts";

/** Non-blocking for pipes, and without acquiring a terminal. */
const CAREFULLY =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Checks the precondition: null if the file is as expected, otherwise why it stays. */
type Objection = (found: Stats) => string | null;

/** @throws Error with errno, or with the reason why it is not changed */
export function changeAccess(
  path: string,
  { mode, uid, gid }: Access,
  objection: Objection = () => null,
): void {
  const fd = openSync(path, CAREFULLY);
  try {
    const before = fstatSync(fd);
    refuse(objection(before));
    // A user with write permission on a directory could hard-link another user's file into it, and would get that file.
    if (before.isFile() && before.nlink > 1 && (before.uid !== uid || before.gid !== gid)) {
      throw new Error(`${path} has ${before.nlink} hard links: its owner is not changed`);
    }
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same for a socket, which cannot be opened. @throws Error also if it was replaced */
export function changeSocket(
  path: string,
  { mode, uid, gid }: Access,
  objection: Objection = () => null,
): void {
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    refuse(
      found.isSocket() ? objection(found) : `${path} is not a socket any more and stays unchanged`,
    );
    chownSync(`/proc/self/fd/${fd}`, uid, gid);
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}

/** The precondition for the file of a plan: it was neither replaced nor changed. */
export function unlessSeen(path: string, seen: Precondition): Objection {
  return (found) => {
    const isSame =
      found.dev === seen.device &&
      found.ino === seen.inode &&
      found.uid === seen.uid &&
      found.gid === seen.gid &&
      (found.mode & 0o7777) === seen.mode;
    return isSame ? null : `${path} was changed since doctor examined it and stays unchanged`;
  };
}

/** @throws Error if the file is not the one that the plan found */
export function confirmSeen(path: string, seen: Precondition): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) {
    throw new Error(`${path} is a symlink, which is not followed`);
  }
  refuse(
    found === undefined
      ? `${path} was removed since doctor examined it`
      : unlessSeen(path, seen)(found),
  );
}

/** @throws Error if the file is not the one that a text was made from, or was changed */
export function confirmText(
  path: string,
  { seen, text }: { readonly seen: Precondition; readonly text: string },
): void {
  const fd = openSync(path, CAREFULLY);
  try {
    const found = fstatSync(fd);
    const bytes = Buffer.from(text);
    const isSame = found.isFile() && found.size === bytes.length && readFileSync(fd).equals(bytes);
    refuse(
      unlessSeen(path, seen)(found) ??
        (isSame ? null : `${path} was changed since doctor examined it and stays unchanged`),
    );
  } finally {
    closeSync(fd);
  }
}

function refuse(why: string | null): void {
  if (why !== null) throw new Error(why);
}
