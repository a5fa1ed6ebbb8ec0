// A file without a name for another process or for the successor in this one, such as a snapshot. It holds passwords of the
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
  type Stats,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { codeOf } from "../error-code.ts";
import { posix } from "../posix.ts";

interface UnnamedFile {
  readonly text: string;
  /** Descriptors that the reader inherits: readable also by a version that cannot read the text. */
  readonly descriptors: readonly number[];
  /**
   * The executable that becomes this process, by a name such as /proc/self/fd/7: a program that opens that path itself, as an
   * emulator of binfmt_misc does, needs the descriptor beyond execve(2). The successor closes it. Null for none.
   */
  readonly executed: number | null;
}

/** @returns the descriptor, close-on-exec, which the caller closes @throws Error if no directory has room */
export function writeUnnamed(
  text: string,
  descriptors: readonly number[] = [],
  executed: number | null = null,
): number {
  const fd = openNameless();
  try {
    const words = executed === null ? descriptors : [...descriptors, `x${executed}`];
    const bytes = Buffer.from(`${words.join(" ")}\n${text}`);
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

/**
 * Why a descriptor cannot be a file that this process wrote before it became another program: only this user or root can
 * create an unnamed file that belongs to them. Null if it can.
 */
export function unnamedProblem(fd: number): string | null {
  let stats: Stats;
  try {
    stats = fstatSync(fd);
  } catch (error) {
    return `descriptor ${fd}: ${codeOf(error)}`;
  }
  const isOurs = stats.uid === process.geteuid?.() || stats.uid === 0;
  if (stats.isFile() && stats.nlink === 0 && isOurs) return null;
  return `descriptor ${fd} is not an unnamed file of this user`;
}

/** Reads the whole file, independent of the file position. */
export function readUnnamed(fd: number): UnnamedFile {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) break;
    at += count;
  }
  const end = Math.max(0, bytes.indexOf("\n"));
  const words = bytes.toString("latin1", 0, end).split(" ");
  const executed = words.find((word) => /^x\d{1,9}$/.test(word));
  return {
    descriptors: words.filter((word) => /^\d{1,9}$/.test(word)).map(Number),
    executed: executed === undefined ? null : Number(executed.slice(1)),
    text: bytes.toString("utf8", end + 1),
  };
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
