// The document of a snapshot as a file without a name, which stays open when this process becomes another program. It holds
// passwords of the configuration: no other process can open it, and it does not reach a disk where that can be avoided.

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

/** A snapshot, and its descriptors: readable also by a version that cannot read the rest. */
interface DocumentFile {
  readonly document: string;
  readonly descriptors: readonly number[];
  /**
   * The executable that becomes this process, by a name such as /proc/self/fd/7: what opens that itself, as an emulator of
   * binfmt_misc does, needs the descriptor beyond execve(2). The successor closes it. Null for none.
   */
  readonly executed: number | null;
}

/** Writes a document. @returns its descriptor, close-on-exec, which the caller closes @throws when there is no room */
export function writeDocument(
  file: Omit<DocumentFile, "executed"> & Partial<DocumentFile>,
): number {
  const { document, descriptors, executed = null } = file;
  const fd = openNameless();
  try {
    const words = executed === null ? descriptors : [...descriptors, `x${executed}`];
    const bytes = Buffer.from(`${words.join(" ")}\n${document}`);
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
 * Why a descriptor is not believed to hold a document that this process has written before it became another program: only
 * this user could have made a file without a name that is this user's. Null when it is believed.
 */
export function distrustDocument(fd: number): string | null {
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

/** Reads the whole file, from its beginning wherever its position is. */
export function readDocument(fd: number): DocumentFile {
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
    document: bytes.toString("utf8", end + 1),
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
  throw new Error(`cannot store the state of the daemon: ${codeOf(failure)}`);
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
