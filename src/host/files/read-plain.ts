// Reads small files that a user has named. Only regular files are read: a pipe would wait for a writer, and a device has no
// end.
//
// sync-ok(closeSync, fstatSync, openSync, readSync, statSync): at the first start, in the process
// that reads for the daemon, and in commands

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { describeKind } from "./describe-path.ts";

interface ReadFailure {
  /** Errno name; EFBIG for a file that is too large, EFTYPE for one that is not a plain file. */
  readonly code: string;
  /** For EFBIG and EFTYPE a clause about the file, else the system's message. */
  readonly detail: string;
}

/** Does not wait for a writer of a FIFO, and acquires no controlling terminal. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
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
