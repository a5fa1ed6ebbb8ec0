// Compresses a backup of a log with Node's zlib, which runs on libuv's threads. Each piece is read, compressed and written
// before the next one, so that memory is bounded and the calling thread does not block.

import * as fs from "node:fs";
import type { Transform } from "node:stream";
import { err, ok, type Result } from "../../core/base/result.ts";
import type {
  CompressedCopy,
  CompressFailure,
  CompressOrder,
  Errno,
} from "../../ports/log-files.ts";
import { codeOf } from "../error-code.ts";
import { settle } from "./attempt.ts";
import {
  changeMode,
  changeOwner,
  changeTimes,
  closeFile,
  openFile,
  readFile,
  statOpen,
  unlinkFile,
  writeFile,
} from "./file-calls.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants;
const PIECE_BYTES = 256 * 1024;
/** A file with more bytes than this for each byte on the disk has holes; compression would save nothing. */
const MOST_PER_BYTE = 16;
/** Smaller files are always compressed: not every file system reports the space that a file takes. */
const SMALL_BYTES = 64 << 20;
/** The unit of st_blocks, stat(2). */
const BLOCK_BYTES = 512;

interface Zlib {
  createGzip(options: { readonly chunkSize: number }): Transform;
  createZstdCompress?(options: { readonly chunkSize: number }): Transform;
}

type Step = CompressFailure["step"];
type Outcome<T> = Result<T, CompressFailure>;

/** See `LogFiles.compress`. */
export async function compress(order: CompressOrder): Promise<Outcome<CompressedCopy>> {
  const { backup, temporary } = order;
  try {
    const made = await makeTemporary(temporary);
    if (!made.ok) return failed(made.error, "writing");
    const done = await compressInto(made.value, order);
    await closeFile(made.value);
    if (!done.ok) await unlinkFile(temporary);
    return done;
  } finally {
    await closeFile(backup.fd);
  }
}

function failed(errno: Errno, step: Step): Outcome<never> {
  return err({ errno, step });
}

async function makeTemporary(path: string): Promise<Result<number, Errno>> {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const opened = await openFile(path, { flags, mode: 0o600, isLocked: false });
  return opened.ok ? ok(opened.value.fd) : opened;
}

/** Compresses the backup into `fd`, then copies owner, mode and times of the original. */
async function compressInto(fd: number, order: CompressOrder): Promise<Outcome<CompressedCopy>> {
  const from = order.backup.fd;
  const facts = await statOpen(from);
  if (!facts.ok) return failed(facts.error, "reading");
  const { size, blocks } = facts.value;
  if (size > SMALL_BYTES && size > blocks * BLOCK_BYTES * MOST_PER_BYTE) {
    return failed("EFBIG", "sparse");
  }
  const coder = await createCoder(order.format);
  if (coder === null) return failed("ENOSYS", "compressing");
  const written = await copyThrough(new Coder(coder), fd, order, facts.value.size);
  coder.destroy();
  if (!written.ok) return written;
  const now = await statOpen(from);
  if (!now.ok) return failed(now.error, "reading");
  // Another process still writes to the backup; the copy lacks these bytes.
  if (now.value.size !== facts.value.size) return failed("EBUSY", "reading");
  const { uid, gid, mode, atimeMs, mtimeMs } = facts.value;
  const finishing = [
    () => changeOwner(fd, uid, gid),
    () => changeMode(fd, mode & 0o777),
    // Both in whole milliseconds: after an interruption, the same time identifies the copy of an original.
    () => changeTimes(fd, Math.floor(atimeMs), Math.floor(mtimeMs)),
    // On a thread of libuv's pool, because it takes long: other operations on the file system do not wait.
    () => settle((done) => fs.fsync(fd, done)),
  ];
  for (const step of finishing) {
    const finished = await step();
    if (!finished.ok) return failed(finished.error, "writing");
  }
  const copy = await statOpen(fd);
  if (!copy.ok) return failed(copy.error, "writing");
  const { dev, ino } = copy.value;
  return ok({ size: written.value, file: { dev, ino } });
}

/** @param size most bytes to read: the program's user may keep writing forever */
async function copyThrough(
  coder: Coder,
  to: number,
  { backup: { fd: from }, isCancelled }: CompressOrder,
  size: number,
): Promise<Outcome<number>> {
  const buffer = new Uint8Array(PIECE_BYTES);
  let [left, total] = [size, 0];
  for (;;) {
    const wanted = Math.min(PIECE_BYTES, left);
    const got = await readFile(from, buffer.subarray(0, wanted), null);
    if (!got.ok) return failed(got.error, "reading");
    left -= got.value;
    if (isCancelled()) return failed("ECANCELED", "compressing");
    const pieces = await coder.push(got.value === 0 ? null : buffer.subarray(0, got.value));
    if (!pieces.ok) return failed(pieces.error, "compressing");
    for (const piece of pieces.value) {
      const failure = await writeAll(to, piece);
      if (failure !== null) return failed(failure, "writing");
      total += piece.length;
    }
    if (got.value === 0) return ok(total);
  }
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<Errno | null> {
  for (let at = 0; at < bytes.length; ) {
    const wrote = await writeFile(fd, [bytes.subarray(at)]);
    if (!wrote.ok) return wrote.error;
    if (wrote.value === 0) return "EIO";
    at += wrote.value;
  }
  return null;
}

/** Null if this Node lacks the format: zstd needs 22.15. zlib is loaded when the first log is compressed. */
async function createCoder(format: CompressOrder["format"]): Promise<Transform | null> {
  const zlib: Zlib = await import("node:zlib");
  const create = format === "gzip" ? zlib.createGzip : zlib.createZstdCompress;
  return create?.({ chunkSize: PIECE_BYTES }) ?? null;
}

/** A transform that takes one piece at a time and returns the output so far. */
class Coder {
  readonly #stream: Transform;
  #pieces: Uint8Array[] = [];
  #failure: Errno | null = null;

  constructor(stream: Transform) {
    this.#stream = stream;
    stream.on("data", (piece: Uint8Array) => void this.#pieces.push(piece));
    stream.on("error", (error) => {
      this.#failure = codeOf(error);
    });
  }

  /** @param piece null for the end */
  push(piece: Uint8Array | null): Promise<Result<readonly Uint8Array[], Errno>> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      const over = (): void => {
        const pieces = this.#pieces;
        this.#pieces = [];
        resolve(this.#failure === null ? ok(pieces) : err(this.#failure));
      };
      stream.once("error", over);
      const done = (): void => {
        stream.removeListener("error", over);
        over();
      };
      if (piece === null) stream.end().once("end", done);
      else stream.write(piece, done);
    });
  }
}
