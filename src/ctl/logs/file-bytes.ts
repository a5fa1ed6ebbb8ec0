// Reads the bytes of one file of a log, as they are on the disk or decompressed.

import { isUnanswered } from "../failure.ts";
import type { ListedFile } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** Reads a file as it is on the disk, from an offset to its end. Yields null, and stops, when the file is gone. */
export async function* plain(
  reader: LogReader,
  file: ListedFile,
  start: number,
): AsyncGenerator<Uint8Array | null> {
  const { chunkBytes } = reader.deps;
  for (let offset = start; offset < file.size; ) {
    const length = Math.min(chunkBytes, file.size - offset);
    const bytes = await reader.read(file, offset, length);
    if (bytes === null) yield null;
    if (bytes === null || bytes.length === 0) return;
    yield bytes;
    // A server that serves a log as text may return a text with another length than the bytes of the range.
    offset += reader.isLimited ? length : bytes.length;
  }
}

/** Thrown through the decompressor when the file is gone. */
class Gone extends Error {}

/**
 * Decompresses a file, and skips its first `start` bytes. Yields null, and stops, when the file is gone.
 * @throws for data that cannot be decompressed, and what `LogReader.read` throws
 */
export async function* unpacked(
  reader: LogReader,
  file: ListedFile,
  start: number,
): AsyncGenerator<Uint8Array | null> {
  const { compression } = file;
  if (compression === null) return;
  const packed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of plain(reader, file, 0)) {
      if (bytes === null) throw new Gone("gone");
      yield bytes;
    }
  };
  let skip = start;
  try {
    for await (const bytes of reader.deps.decompress(compression, packed())) {
      const rest = bytes.subarray(Math.min(skip, bytes.length));
      skip -= bytes.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    yield null;
  }
}

/**
 * The decompressed length of a file, in bytes; null when the file is gone or cannot be read to its end.
 * @throws UnhandledFailure when the daemon does not answer
 */
export async function unpackedSize(reader: LogReader, file: ListedFile): Promise<number | null> {
  if (file.compression === null) return file.size;
  let size = 0;
  try {
    for await (const bytes of unpacked(reader, file, 0)) {
      if (bytes === null) return null;
      size += bytes.length;
    }
  } catch (error) {
    if (isUnanswered(error)) throw error;
    return null;
  }
  return size;
}
