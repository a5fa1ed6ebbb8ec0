// A file that the daemon replaces as a whole: see ports/kept-file.ts. It is used in the lane of its file system. Only a plain
// file of the daemon's own user is read or replaced, never through a symlink, in a directory that no other user can change.
// fsync(2) alone runs on a thread of libuv: it may take seconds, and logs in the same lane must not wait for it.

import * as fs from "node:fs";
import { dirname } from "node:path";
import type { Result } from "../../core/base/result.ts";
import type { KeptFile } from "../../ports/kept-file.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoText } from "../error-code.ts";
import { settle } from "./attempt.ts";
import {
  changeMode,
  closeFile,
  type FileStats,
  isRegular,
  makeWay,
  openFile,
  openForReading,
  readFile,
  renameFile,
  statLog,
  unlinkIdleFile,
  writeFile,
} from "./file-calls.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, S_IFDIR, S_IFMT } = fs.constants;
const WRITABLE_BY_OTHERS = 0o022;
const MODE = 0o600;

export function createKeptFile(path: string): KeptFile {
  return {
    path,
    read: (sizes, take) => readOwn(path, sizes, take),
    async replace(parts, head, isOurs) {
      const directory = await directoryProblem(path);
      if (directory !== null) return directory;
      let begin: Uint8Array = new Uint8Array(0);
      const problem = await readOwn(path, { head, each: 0 }, (piece) => {
        begin = piece;
        return false;
      });
      if (problem !== null) return problem;
      if (!isOurs(begin)) return `${path} is no file of tsv: move it away`;
      const error = await write(`${path}.new`, path, parts);
      return error === null ? null : `${path} cannot be written: ${errnoText(error)}`;
    },
  };
}

/** Makes the directory if it is missing. @returns why nothing is written there */
async function directoryProblem(path: string): Promise<string | null> {
  const directory = dirname(path);
  const made = await makeWay(path);
  if (!made.ok) return `${directory} cannot be made: ${errnoText(made.error)}`;
  const stats = await statLog(directory);
  if (!stats.ok) return `${directory} cannot be examined: ${errnoText(stats.error)}`;
  const { mode, uid } = stats.value;
  if ((mode & S_IFMT) !== S_IFDIR) return `${directory} is not a directory`;
  if (!isOwn(uid) && uid !== 0) return `${directory} belongs to another user`;
  if ((mode & WRITABLE_BY_OTHERS) === 0) return null;
  return `another user can change ${directory}: chmod go-w ${directory}`;
}

function isOwn(uid: number): boolean {
  return uid === process.geteuid?.();
}

async function readOwn(
  path: string,
  { head, each }: Parameters<KeptFile["read"]>[0],
  take: Parameters<KeptFile["read"]>[1],
): Promise<string | null> {
  const opened = await openForReading(path, O_NOFOLLOW);
  if (!opened.ok) {
    if (opened.error === "ENOENT") take(new Uint8Array(0));
    if (opened.error === "ENOENT") return null;
    if (opened.error === "ELOOP") return `${path} is a symlink: remove it`;
    return `${path} cannot be read: ${errnoText(opened.error)}`;
  }
  const { fd } = opened.value;
  try {
    const problem = distrust(path, opened.value);
    if (problem !== null) return problem;
    for (let at = 0, length = head; length > 0; at += length, length = each) {
      const piece = await readPiece(fd, at, length);
      if (!piece.ok) return `${path} cannot be read: ${errnoText(piece.error)}`;
      if (!take(piece.value) || piece.value.length < length) break;
    }
    return null;
  } finally {
    await closeFile(fd);
  }
}

function distrust(path: string, stats: FileStats): string | null {
  if (!isRegular(stats)) return `${path} is not a plain file: move it away`;
  if (!isOwn(stats.uid)) return `${path} belongs to another user: move it away`;
  if (stats.nlink > 1) return `${path} has another name (a hard link): move it away`;
  if ((stats.mode & WRITABLE_BY_OTHERS) === 0) return null;
  return `another user can change ${path}: chmod go-w ${path}`;
}

/** @returns less at the end of the file */
async function readPiece(
  fd: number,
  from: number,
  length: number,
): Promise<Result<Uint8Array, Errno>> {
  const piece = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const got = await readFile(fd, piece.subarray(filled), from + filled);
    if (!got.ok) return got;
    if (got.value === 0) break;
    filled += got.value;
  }
  return { ok: true, value: piece.subarray(0, filled) };
}

async function write(
  fresh: string,
  path: string,
  parts: Iterable<Uint8Array>,
): Promise<Errno | null> {
  // Of a write that a power cut has ended.
  const left = await unlinkIdleFile(fresh);
  if (!left.ok && left.error !== "ENOENT") return left.error;
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const opened = await openFile(fresh, { flags, mode: MODE, isLocked: false });
  if (!opened.ok) return opened.error;
  const { fd } = opened.value;
  let error = await writeParts(fd, parts);
  await closeFile(fd);
  if (error === null) {
    const renamed = await renameFile(fresh, path);
    error = renamed.ok ? null : renamed.error;
  }
  if (error !== null) await unlinkIdleFile(fresh);
  return error;
}

async function writeParts(fd: number, parts: Iterable<Uint8Array>): Promise<Errno | null> {
  const changed = await changeMode(fd, MODE);
  if (!changed.ok) return changed.error;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const written = await writeFile(fd, [part.subarray(at)]);
      if (!written.ok) return written.error;
      at += written.value;
    }
  }
  const synced = await settle((done) => fs.fsync(fd, done));
  return synced.ok ? null : synced.error;
}
