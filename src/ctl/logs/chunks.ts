// The bytes of a log from a place on, through all its files, decompressed. A rotation meanwhile does not matter: files are read by
// their identity, and one that was compressed since is continued where it was left.

import { thrownMessage } from "../../core/base/thrown.ts";
import type { ListedFile, Listing, Place } from "./listing.ts";
import { isProblem, type LogReader } from "./log-reader.ts";

/** Bytes of a log, one after another. */
export interface Chunk extends Place {
  readonly bytes: Uint8Array;
}

/** Reads up to `to`. @param from of the same listing */
export async function* chunksOf(
  reader: LogReader,
  listing: Listing,
  from: Place,
  to: Place,
): AsyncGenerator<Chunk> {
  for (let at = from.file; at <= to.file; at += 1) {
    const file = listing.files[at];
    if (file === undefined) return;
    const start = at === from.file ? from.offset : 0;
    const end = at === to.file ? to.offset : Number.POSITIVE_INFINITY;
    yield* fileChunks(reader, listing, { at, file, start, end });
  }
}

/** A part of a file, in bytes of what is decompressed. */
interface Part {
  readonly at: number;
  readonly file: ListedFile;
  readonly start: number;
  readonly end: number;
}

async function* fileChunks(
  reader: LogReader,
  listing: Listing,
  { at, file, start, end }: Part,
): AsyncGenerator<Chunk> {
  let offset = start;
  for (let present: ListedFile | null = file; present !== null; ) {
    const bytes =
      present.compression === null
        ? plain(reader, present, offset)
        : unpacked(reader, present, offset);
    let isGone = false;
    try {
      for await (const piece of bytes) {
        isGone = piece === null;
        if (piece === null) break;
        const part = piece.length > end - offset ? piece.subarray(0, end - offset) : piece;
        if (part.length > 0) yield { file: at, offset, bytes: part };
        offset += part.length;
        if (offset >= end) return;
      }
    } catch (error) {
      const { name, channel } = reader.log;
      const text = `backup ${present.index} of the ${channel} log of ${name} cannot be read whole`;
      reader.deps.notice(`${text}: ${thrownMessage(error)}`);
      return;
    }
    if (!isGone) return;
    present = await successorOf(reader, listing, at, present);
    if (present === null) reader.deps.notice(lostText(reader, file, offset));
  }
}

function lostText({ log: { name, channel } }: LogReader, file: ListedFile, offset: number): string {
  const bytes = file.compression === null ? `the last ${file.size - offset} bytes of ` : "";
  return `${bytes}a file of the ${channel} log of ${name} were removed while it was read`;
}

/** @returns null instead of bytes when the file is gone */
async function* plain(
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

async function* unpacked(
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

/** The file that now has the bytes of one that is gone: what is in front of the next one that is still there. */
async function successorOf(
  reader: LogReader,
  listing: Listing,
  at: number,
  gone: ListedFile,
): Promise<ListedFile | null> {
  const now = await reader.list();
  if (isProblem(now)) return null;
  const newer = listing.files.slice(at + 1);
  const distance = newer.findIndex(({ id }) => now.files.some((file) => file.id === id));
  if (distance < 0) return null;
  const next = now.files.findIndex(({ id }) => id === newer[distance]?.id);
  const found = now.files[next - distance - 1];
  // Only compression makes another file of one; any other file was there before.
  const isNew = found !== undefined && !listing.files.some(({ id }) => id === found.id);
  return isNew && found.compression !== gone.compression ? found : null;
}
