// A file without a name for another process, such as a snapshot. It holds passwords of the
// configuration: no other process can open it, and it does not reach a disk where that can be avoided.
//
// sync-ok(closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync): a file in
// memory without a name; where there is none, in /dev/shm or /run

import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { codeOf } from "../error-code.ts";
import { posix } from "../posix.ts";

/** @returns the descriptor, close-on-exec, which the caller closes @throws Error if no directory has room */
export function writeUnnamed(text: string): number {
  const fd = openNameless();
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; )
      at += writeSync(fd, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Writes over the beginning of such a file. */
export function overwrite(fd: number, text: string): void {
  writeSync(fd, text, 0);
}

/** Reads the whole file, independent of the file position. */
export function readUnnamed(fd: number): string {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) break;
    at += count;
  }
  return bytes.toString();
}

function openNameless(): number {
  const inMemory = posix().memoryFile();
  if (inMemory >= 0) return inMemory;
  let failure: unknown = null;
  for (const directory of ["/dev/shm", "/run", "/tmp", "/var/tmp"]) {
    try {
      return openUnlinked(directory);
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`cannot create an unnamed file: ${codeOf(failure)}`);
}

function openUnlinked(directory: string): number {
  const own = mkdtempSync(join(directory, ".tsv-"));
  try {
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    return openSync(join(own, "state"), O_RDWR | O_CREAT | O_EXCL, 0o600);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
