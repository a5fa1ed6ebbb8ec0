// Reads files of variables: the daemon on libuv's thread pool, in the lane of their file system; commands synchronously. Both
// open files by the rules of posix/guarded.c, and read to the end: a file of the kernel or of FUSE may report a size of 0 and
// have contents.
//
// sync-ok(openLogNow): when tsv run starts, in the process that reads for the daemon, and in
// commands; a start of a program reads in a lane

import { close, constants, read, stat } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { MOST_ENV_BYTES } from "../../core/config/limits.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt } from "./attempt.ts";
import { type OpenedLog, openForReading } from "./guarded-log.ts";
import { onPath } from "./lanes.ts";
import { readPlainFile } from "./read-plain.ts";

const { S_IFDIR, S_IFMT, S_IFREG } = constants;
/** Bytes per read of a file that does not report its size. */
const PIECE = 64 * 1024;
/** The error for a symlink loop, see `EnvironmentSources`. */
const CIRCLE: Errno = "EMLINK";

/** See `EnvironmentSources`. */
export async function readEnvFile(path: string): Promise<Result<Uint8Array, Errno>> {
  const answered = await onPath(path, () => openAndRead(path));
  return answered.ok ? answered.value : answered;
}

async function openAndRead(path: string): Promise<Result<Uint8Array, Errno>> {
  const opened = await openForReading(path);
  if (!opened.ok) return err(opened.error === "ELOOP" ? await whichLoop(path) : opened.error);
  try {
    return await readOpened(opened.value);
  } finally {
    await new Promise<void>((resolve) => close(opened.value.fd, () => resolve()));
  }
}

/** The kernel too fails at a symlink loop; only tsv fails at a symlink of another user. */
async function whichLoop(path: string): Promise<Errno> {
  const looked = await attempt((done) => stat(path, done));
  return !looked.ok && looked.error === "ELOOP" ? CIRCLE : "ELOOP";
}

async function readOpened({ fd, mode, size }: OpenedLog): Promise<Result<Uint8Array, Errno>> {
  const kind = mode & S_IFMT;
  if (kind !== S_IFREG) return err(kind === S_IFDIR ? "EISDIR" : "ESPIPE");
  if (size > MOST_ENV_BYTES) return err("EFBIG");
  const piece = Math.max(size + 1, PIECE);
  const parts: Buffer[] = [];
  let length = 0;
  while (length <= MOST_ENV_BYTES) {
    const buffer = Buffer.allocUnsafe(Math.min(piece, MOST_ENV_BYTES + 1 - length));
    const got = await attempt<number>((done) => read(fd, buffer, 0, buffer.length, null, done));
    if (!got.ok) return got;
    if (got.value === 0) return ok(Buffer.concat(parts));
    parts.push(buffer.subarray(0, got.value));
    length += got.value;
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
