// Writes files of an installation: atomically, with owner and mode from the start, never through a symlink of another user,
// and synced to disk before the next step.

import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Access, FoundFile } from "../plan/steps.ts";

const CHUNK = 1 << 20;

/** The answer to a question; null if a path cannot be examined. */
export function quietly<T>(question: () => T): T | null {
  try {
    return question();
  } catch {
    return null;
  }
}

/** Whether a path exists, including a dangling symlink. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The file at a path; a path that cannot be examined is "other", with the reason. */
export function lookAt(path: string, hash = hashFile): FoundFile {
  try {
    const stat = lstatSync(path);
    const { uid, gid } = stat;
    const mode = stat.mode & 0o7777;
    if (stat.isSymbolicLink()) return { kind: "link", target: readlinkSync(path) };
    if (stat.isDirectory()) return { kind: "directory", mode, uid, gid };
    if (stat.isFile()) return { kind: "file", sha256: hash(path), mode, uid, gid };
    return { kind: "other", detail: stat.isSocket() ? "a socket" : "a device or pipe" };
  } catch (error) {
    const { code = "EIO" } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR"
      ? { kind: "missing" }
      : { kind: "other", detail: `a path that cannot be read (${code})` };
  }
}

/** The same without reading the contents of a file, which may be endless: for owner and mode. */
export function lookAtAccess(path: string): FoundFile {
  return lookAt(path, () => "");
}

/** Opens a file for an action, and closes it. */
export function withOpen<T>(path: string, flags: number, action: (fd: number) => T): T {
  const fd = openSync(path, flags);
  try {
    return action(fd);
  } finally {
    closeSync(fd);
  }
}

/** SHA-256 in hexadecimal. An executable has a hundred megabytes: it is read in pieces. */
export function hashFile(path: string): string {
  return withOpenFile(path, (fd) => {
    const hash = createHash("sha256");
    for (const chunk of chunksOf(fd)) hash.update(chunk);
    return hash.digest("hex");
  });
}

/** Non-blocking: a pipe that has replaced the file would block. */
function withOpenFile<T>(path: string, action: (fd: number) => T): T {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  return withOpen(path, flags, (fd) => {
    if (!fstatSync(fd).isFile()) throw new Error(`${path} is not a regular file`);
    return action(fd);
  });
}

function* chunksOf(fd: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) {
    yield chunk.subarray(0, size);
  }
}

/** SHA-256 of a text as UTF-8. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Writes a file atomically: a temporary file beside it is renamed over it.
 * @throws Error with errno if the directory does not allow it
 */
export function writeWhole(path: string, bytes: Uint8Array, access: Access): void {
  replaceBy(path, access, (fd) => writeAll(fd, bytes));
}

/**
 * The same with the bytes and times of another file, to restore it exactly.
 * @throws Error also if the hash of the bytes differs
 */
export function copyWhole(from: string, path: string, access: Access, sha256: string): void {
  withOpenFile(from, (source) => {
    replaceBy(path, access, (fd) => {
      const hash = createHash("sha256");
      for (const chunk of chunksOf(source)) {
        hash.update(chunk);
        writeAll(fd, chunk);
      }
      if (hash.digest("hex") !== sha256) throw new Error(`${from} has changed meanwhile`);
      const { atime, mtime } = fstatSync(source);
      futimesSync(fd, atime, mtime);
    });
  });
}

function replaceBy(path: string, { mode, uid, gid }: Access, fill: (fd: number) => void): void {
  const fresh = freshName(path);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(fresh, flags, 0o600);
  try {
    fill(fd);
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode);
    fsyncSync(fd);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  syncDirectory(dirname(path));
}

/** Creates a symlink, also over an existing file. */
export function linkWhole(path: string, target: string): void {
  const fresh = freshName(path);
  symlinkSync(target, fresh);
  try {
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

const FRESH = ".tsv-new-";

/** In the same directory, so that it can be renamed; `removeFresh` finds it. */
function freshName(path: string): string {
  return join(dirname(path), `.${basename(path)}${FRESH}${randomBytes(6).toString("hex")}`);
}

/** Removes temporary files of an installer that was killed while it wrote this file. */
export function removeFresh(path: string): void {
  const directory = dirname(path);
  if (lookAt(directory).kind !== "directory") return;
  for (const file of readdirSync(directory)) {
    if (file.startsWith(`.${basename(path)}${FRESH}`)) rmSync(join(directory, file));
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** A rename survives a power failure only if its directory is synced, too. */
export function syncDirectory(path: string): void {
  withOpen(path, constants.O_RDONLY | constants.O_DIRECTORY, fsyncSync);
}

/** Text of a file, or null when it is not UTF-8 text or cannot be read. */
export function readTextFile(path: string): string | null {
  return quietly(() => new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)));
}

/** Whether only this user can have written the contents of a directory, unless the directory itself was moved there. */
export function isOwnDirectory(path: string): boolean {
  const found = lookAt(path);
  return (
    found.kind === "directory" && found.uid === process.geteuid?.() && (found.mode & 0o77) === 0
  );
}

/** Writes a document as JSON, atomically, readable only by this user. */
export function writeOwnDocument(path: string, document: unknown): Result<true, string> {
  const access = { mode: 0o600, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  try {
    writeWhole(path, Buffer.from(`${JSON.stringify(document)}\n`), access);
    return ok(true);
  } catch (error) {
    return err(`${path} cannot be written: ${(error as Error).message}`);
  }
}
