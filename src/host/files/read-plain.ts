// Reads small files that a user has named, and files of variables: the daemon on the thread of their file system; commands
// synchronously. Only regular files are read: a pipe would wait for a writer, and a device has no end. A file of
// the kernel or of FUSE may report a size of 0 and have contents. Files of variables are opened by the rules of posix/guarded.c.
//
// sync-ok(closeSync, fstatSync, openLogNow, openSync, readSync, statSync): at the first start, when tsv run starts, in the process
// that reads for the daemon, and in commands; a start of a program reads on another thread

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { MOST_ENV_BYTES } from "../../core/config/limits.ts";
import type { Errno } from "../../ports/log-files.ts";
import { codeOf } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { describeKind } from "./describe-path.ts";
import { closeFile, type OpenedFile, openForReading, readFile, statFile } from "./file-calls.ts";

interface ReadFailure {
  /** Errno name; EFBIG for a file that is too large, EFTYPE for one that is not a plain file. */
  readonly code: string;
  /** For EFBIG and EFTYPE a clause about the file, else the system's message. */
  readonly detail: string;
}

/** Does not wait for a writer of a FIFO, and acquires no controlling terminal. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Bytes per read of a file that does not report its size. */
const PIECE = 64 * 1024;

/**
 * Reads the bytes of a plain file.
 * @param most bytes; checked while reading too, because a file of the kernel reports no size
 * @param open returns a descriptor, or throws
 */
export function readPlainFile(
  path: string,
  most: number,
  open: (path: string, flags: number) => number = openSync,
): Result<Buffer, ReadFailure> {
  let fd: number | null = null;
  try {
    // Opening a device may already have an effect.
    const before = statSync(path);
    if (!isReadable(before)) return err(notPlain(before));
    fd = open(path, FLAGS);
    const stats = fstatSync(fd);
    if (!isReadable(stats)) return err(notPlain(stats));
    if (stats.size > most) return err(tooLarge(most));
    return readAll(fd, Math.max(stats.size + 1, PIECE), most);
  } catch (error) {
    return err({ code: codeOf(error), detail: thrownMessage(error) });
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** A directory passes this check: reading it fails with the system's error, which users know. */
function isReadable(stats: Stats): boolean {
  return stats.isFile() || stats.isDirectory();
}

function readAll(fd: number, piece: number, most: number): Result<Buffer, ReadFailure> {
  const parts: Buffer[] = [];
  let length = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(piece);
    const count = readSync(fd, buffer, 0, piece, null);
    if (count === 0) return ok(Buffer.concat(parts));
    parts.push(buffer.subarray(0, count));
    length += count;
    if (length > most) return err(tooLarge(most));
  }
}

function notPlain(stats: Stats): ReadFailure {
  return { code: "EFTYPE", detail: `it is ${describeKind(stats)}, not a plain file` };
}

function tooLarge(most: number): ReadFailure {
  return { code: "EFBIG", detail: `it is larger than ${most / 1024 / 1024} MB` };
}

// Files of variables.

const { S_IFDIR, S_IFMT, S_IFREG } = constants;
/** The error for a symlink loop, see `EnvironmentSources`. */
const CIRCLE: Errno = "EMLINK";

/** See `EnvironmentSources`. */
export async function readEnvFile(path: string): Promise<Result<Uint8Array, Errno>> {
  const opened = await openForReading(path);
  if (!opened.ok) return err(opened.error === "ELOOP" ? await whichLoop(path) : opened.error);
  try {
    return await readOpened(opened.value);
  } finally {
    void closeFile(opened.value.fd);
  }
}

/** The kernel too fails at a symlink loop; only tsv fails at a symlink of another user. */
async function whichLoop(path: string): Promise<Errno> {
  const looked = await statFile(path);
  return !looked.ok && looked.error === "ELOOP" ? CIRCLE : "ELOOP";
}

async function readOpened({ fd, mode, size }: OpenedFile): Promise<Result<Uint8Array, Errno>> {
  const kind = mode & S_IFMT;
  if (kind !== S_IFREG) return err(kind === S_IFDIR ? "EISDIR" : "ESPIPE");
  if (size > MOST_ENV_BYTES) return err("EFBIG");
  const piece = size > 0 ? size + 1 : PIECE;
  const parts: Buffer[] = [];
  let length = 0;
  while (length <= MOST_ENV_BYTES) {
    const buffer = Buffer.allocUnsafe(Math.min(piece, MOST_ENV_BYTES + 1 - length));
    const got = await readFile(fd, buffer, null);
    if (!got.ok) return got;
    if (got.value === 0) return ok(Buffer.concat(parts));
    parts.push(buffer.subarray(0, got.value));
    length += got.value;
    // There was room for more, and there was none.
    if (length === size) return ok(Buffer.concat(parts));
  }
  return err("EFBIG");
}

/** As `readEnvFile`, but blocks: see `ConfigWorld`. */
export function readEnvFileNow(path: string): Result<Uint8Array, Errno> {
  if (path.includes("\0")) return err("EINVAL");
  let isRefused = false;
  const bytes = readPlainFile(path, MOST_ENV_BYTES, (file, flags) => {
    const fd = posix().openLogNow(file, flags);
    if (fd >= 0) return fd;
    isRefused = true;
    throw Object.assign(new Error("open"), { code: errnoName(fd) });
  });
  if (bytes.ok) return ok(bytes.value);
  // ELOOP of stat(2), before the file was opened, means a symlink loop: the kernel follows all other symlinks.
  return err(bytes.error.code === "ELOOP" && !isRefused ? CIRCLE : bytes.error.code);
}

// Files of secrets.

/** Bytes of the first line. */
const LONGEST_SECRET = 4096;
const READABLE_BY_ALL = 0o004;

/**
 * Reads the first line of a file, which not all users can read.
 * @returns the line; the error is a clause for people that names the file
 */
export async function readSecret(path: string): Promise<Result<string, string>> {
  const opened = await openForReading(path);
  if (!opened.ok) return err(`${path} cannot be read: ${opened.error}`);
  try {
    if ((opened.value.mode & READABLE_BY_ALL) !== 0) {
      return err(`all users can read ${path}: run chmod o-r ${path}`);
    }
    const read = await readOpened(opened.value);
    if (!read.ok) return err(`${path} cannot be read: ${read.error}`);
    const [line = ""] = Buffer.from(read.value).toString("latin1").split("\n");
    const secret = line.trim();
    if (secret === "") return err(`the first line of ${path} is empty`);
    return /^[!-~]+$/.test(secret) && secret.length <= LONGEST_SECRET
      ? ok(secret)
      : err(`the first line of ${path} has blanks or is too long`);
  } finally {
    void closeFile(opened.value.fd);
  }
}
