// The document of a handover as a file without a name, which stays open when this process becomes another program. It holds
// passwords of the configuration: nobody else can open it, and nothing of it reaches a disk where that can be helped.

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

/** A document, and the descriptors that it speaks of: to be known also by whoever cannot read the rest. */
export interface DocumentFile {
  readonly document: string;
  readonly descriptors: readonly number[];
}

/** Writes a document. @returns its descriptor, close-on-exec, which the caller closes @throws when there is no room */
export function writeDocument({ document, descriptors }: DocumentFile): number {
  const fd = openNameless();
  try {
    const bytes = Buffer.from(`${descriptors.join(" ")}\n${document}`);
    for (let at = 0; at < bytes.length; )
      at += writeSync(fd, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
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
  const numbers = bytes
    .toString("latin1", 0, end)
    .split(" ")
    .filter((word) => word !== "");
  return { descriptors: numbers.map(Number), document: bytes.toString("utf8", end + 1) };
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
  throw new Error(`no place for the state of the daemon: ${codeOf(failure)}`);
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
