// The bytes of one file of a log, as they are on the disk or decompressed.

import type { ListedFile } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** @returns null instead of bytes when the file is gone */
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
    // Text of another server may have another length than its bytes.
    offset += reader.isLimited ? length : bytes.length;
  }
}

/** Thrown through the decompressor. */
class Gone extends Error {}

/** Decompressed. @returns null instead of bytes when the file is gone */
export async function* unpacked(
  reader: LogReader,
  file: ListedFile,
  start: number,
): AsyncGenerator<Uint8Array | null> {
  const { compression } = file;
  if (compression === null) return;
  let isGone = false;
  const packed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of plain(reader, file, 0)) {
      isGone = bytes === null;
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
    if (!isGone) throw error;
    yield null;
  }
}

/** How long a file is when it is decompressed; null when it is gone, or cannot be read whole. */
export async function unpackedSize(reader: LogReader, file: ListedFile): Promise<number | null> {
  if (file.compression === null) return file.size;
  let size = 0;
  try {
    for await (const bytes of unpacked(reader, file, 0)) {
      if (bytes === null) return null;
      size += bytes.length;
    }
  } catch {
    return null;
  }
  return size;
}
