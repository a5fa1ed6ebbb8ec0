// The file of decisions of operators (core/config/decisions.ts): read in every process that reads a configuration, written by the
// process that reads for the daemon. It is trusted only if no other user could have written it, and never a symlink.
//
// sync-ok(accessSync, chmodSync, closeSync, fchmodSync, fstatSync, fsyncSync, lstatSync): outside the daemon
// sync-ok(mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync): in the process that reads
// for the daemon, at the first start, and in commands

import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf, errnoOf, errnoText, quietly } from "../error-code.ts";
import { describeOwner, userName } from "./describe-path.ts";
import { distrustDirectory } from "./path-trust.ts";

const MOST_BYTES = 1024 * 1024;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
/** No file, or no directory. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** See `ConfigWorld`. */
export function readDecisions(path: string, uid: number): Result<string | null, string> {
  let fd = -1;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const problem = distrustFile(path, fstatSync(fd), uid) ?? distrustDirectory(dirname(path), uid);
    return problem === null ? ok(readFileSync(fd, "utf8")) : err(problem);
  } catch (error) {
    const errno = codeOf(error);
    if (ABSENT.has(errno) || (errno === "EACCES" && isOutOfReach(path))) return ok(null);
    return err(
      errno === "ELOOP" ? `${path} is a symlink` : `${path} cannot be read: ${errnoText(errno)}`,
    );
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** Its directory is another user's, as with a HOME of root: this user has decided nothing there. */
function isOutOfReach(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return codeOf(error) === "EACCES";
  }
}

function distrustFile(path: string, stats: Stats, uid: number): string | null {
  if (!stats.isFile()) return `${path} is not a file`;
  if (stats.size > MOST_BYTES) return `${path} is larger than ${MOST_BYTES / 1024 / 1024} MB`;
  const isOurs = stats.uid === 0 || stats.uid === uid;
  if (isOurs && (stats.mode & 0o022) === 0) return null;
  const fix = isOurs ? `chmod go-w ${path}` : `chown ${userName(uid)} ${path}`;
  return `${path} is ${describeOwner(stats)}, so another user can change it: ${fix}`;
}

/**
 * Replaces the file atomically, and makes its directory if that is missing.
 * @returns the error with its reason and a fix; null for none
 */
export function writeDecisions(path: string, text: string): string | null {
  const directory = dirname(path);
  const uid = process.geteuid?.() ?? 0;
  const fix = "or set state_directory= of [supervisord] to another directory";
  const missing = missingDirectory(directory, uid);
  if (missing !== null) return `${missing}; correct that, ${fix}`;
  const problem = distrustDirectory(directory, uid);
  if (problem !== null) return `${problem}; ${fix}`;
  const errno = errnoOf(() => replace(path, text));
  if (errno === null) return null;
  return `cannot write ${path}: ${errnoText(errno)}; correct that, ${fix}`;
}

/** See `ConfigWorld`. A missing directory is made where the one above it allows that. */
export function unwritable(directory: string, uid: number): string | null {
  if (errnoOf(() => lstatSync(directory)) !== null) {
    const above = dirname(directory);
    return above === directory ? `${directory} is missing` : unwritable(above, uid);
  }
  const problem = distrustDirectory(directory, uid);
  // Of another user, only the owner is known.
  if (problem !== null || process.geteuid?.() !== uid) return problem;
  const errno = errnoOf(() => accessSync(directory, constants.W_OK | constants.X_OK));
  return errno === null ? null : `${directory} cannot be written: ${errnoText(errno)}`;
}

/** Makes a missing directory, and those above it. @returns why it cannot be made; null if it is there */
function missingDirectory(path: string, uid: number): string | null {
  if (errnoOf(() => lstatSync(path)) === null) return null;
  const above = dirname(path);
  const missing = above === path ? null : missingDirectory(above, uid);
  if (missing !== null) return missing;
  const problem = distrustDirectory(above, uid);
  if (problem !== null) return `${path} is missing, and ${problem}`;
  const errno = errnoOf(() => {
    mkdirSync(path, 0o755);
    // Whatever the umask is.
    chmodSync(path, 0o755);
  });
  return errno === null || errno === "EEXIST" ? null : `cannot make ${path}: ${errnoText(errno)}`;
}

function replace(path: string, text: string): void {
  const fresh = `${path}.new`;
  quietly(() => unlinkSync(fresh), undefined);
  const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    writeFileSync(fd, text);
    fchmodSync(fd, 0o644);
    fsyncSync(fd);
  } catch (error) {
    quietly(() => unlinkSync(fresh), undefined);
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, path);
}
