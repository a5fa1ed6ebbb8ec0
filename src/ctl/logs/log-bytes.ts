// Reads the bytes of a log from a position on, through all its files, decompressed. Files are read by their ID, so a rotation
// meanwhile does not matter. If a file is compressed meanwhile, reading continues at the same offset in the compressed file.

import { thrownMessage } from "../../core/base/result.ts";
import type { LogMark } from "../../core/logs/positions.ts";
import { isUnanswered, UnhandledFailure } from "../failure.ts";
import type { Hint } from "../report.ts";
import {
  isProblem,
  type ListedFile,
  type Listing,
  type LogReader,
  type Position,
} from "./log-reader.ts";

/** Consecutive bytes of a log, and the position of the first one. */
export interface Chunk extends Position {
  readonly bytes: Uint8Array;
}

/**
 * Reads from `from` up to, but not including, `to`.
 * @throws UnhandledFailure when the daemon does not answer
 */
export async function* chunksOf(
  reader: LogReader,
  listing: Listing,
  from: Position,
  to: Position,
): AsyncGenerator<Chunk> {
  for (let file = from.file; file <= to.file; file += 1) {
    const start = file === from.file ? from.offset : 0;
    const end = file === to.file ? to.offset : Number.POSITIVE_INFINITY;
    yield* fileChunks(reader, listing, { file, offset: start }, end);
  }
}

async function* fileChunks(
  reader: LogReader,
  listing: Listing,
  { file: index, offset: start }: Position,
  end: number,
): AsyncGenerator<Chunk> {
  const listed = listing.files[index];
  let offset = start;
  for (let file = listed ?? null; file !== null; ) {
    let isGone = false;
    try {
      for await (const bytes of contentOf(reader, file, offset)) {
        isGone = bytes === null;
        if (bytes === null) break;
        const part = bytes.subarray(0, Math.max(0, Math.min(bytes.length, end - offset)));
        const from = offset;
        // Before the yield: bytes that were read may be freed meanwhile.
        offset += part.length;
        if (part.length > 0) yield { file: index, offset: from, bytes: part };
        if (offset >= end) return;
      }
    } catch (error) {
      if (isUnanswered(error)) throw error;
      reader.deps.notice(unreadableText(reader, file, error));
      return;
    }
    if (!isGone) return;
    const gone: ListedFile = file;
    file = await compressedCopyOf(reader, listing, index, gone);
    if (file === null) reader.lost.set(gone.id, gone.index);
  }
}

function unreadableText({ log }: LogReader, { index }: ListedFile, error: unknown): string {
  const isFault = error instanceof UnhandledFailure && error.failure.kind === "fault";
  const reason = isFault ? "the daemon cannot read it" : thrownMessage(error);
  return `backup ${index} of the ${log.channel} log of ${log.name} cannot be read whole: ${reason}`;
}

/**
 * Finds the compressed copy of a file that is gone: the file at the same distance before the next newer file that still exists.
 * If no newer file exists, the file that starts at the same byte in the daemon's count.
 */
async function compressedCopyOf(
  reader: LogReader,
  listing: Listing,
  index: number,
  gone: ListedFile,
): Promise<ListedFile | null> {
  const now = await reader.list();
  if (isProblem(now)) return null;
  const newer = listing.files.slice(index + 1);
  const distance = newer.findIndex(({ id }) => now.files.some((file) => file.id === id));
  const next = now.files.findIndex(({ id }) => id === newer[distance]?.id);
  let found = next - distance - 1;
  const start = distance < 0 ? startOf(listing, index) : null;
  if (start !== null) {
    const mark = { epoch: listing.count?.epoch ?? "", offset: start };
    const position = await locateMark(reader, now, { mark, file: null });
    found = position?.missing === 0 && position.offset === 0 ? position.file : -1;
  }
  const file = now.files[found];
  // Compression makes a new file. A file that was listed before has other bytes.
  const isNew = file !== undefined && !listing.files.some(({ id }) => id === file.id);
  return isNew && file.compression !== gone.compression ? file : null;
}

/** The offset of the first byte of a file in the daemon's count; null when unknown: a file from there on is compressed. */
function startOf({ files, count }: Listing, index: number): number | null {
  const older = files.slice(index, -1);
  if (count === null || older.some(({ compression }) => compression !== null)) return null;
  return older.reduce((start, { size }) => start - size, count.start);
}

/** A position of a followed log: in the count of a daemon, and relative to a file. */
export interface FollowedPosition {
  readonly mark: LogMark;
  /** A file at or before the position, and the offset of its first byte in the same count; null when unknown. */
  readonly file: { readonly id: string; readonly start: number } | null;
}

/** Where a position is in a listing. */
interface LocatedMark extends Position {
  /** The position in the count of the listing. */
  readonly mark: LogMark;
  /** Bytes between the requested position and this one, which the files do not have. */
  readonly missing: number;
}

/**
 * Finds a position in the present files, from the newest back. The count of another daemon is converted to the present one by the
 * file that both know. The length of a compressed file is found by decompressing it.
 * @returns null if the daemon does not count the log, or has another count and not that file, or the file is shorter now
 */
export async function locateMark(
  reader: LogReader,
  { files, count }: Listing,
  { mark, file: known }: FollowedPosition,
): Promise<LocatedMark | null> {
  if (count === null) return null;
  let wanted = mark.epoch === count.epoch ? mark.offset : null;
  let start = count.start;
  const starts: { readonly file: number; readonly start: number }[] = [];
  for (let file = files.length - 1; file >= 0; file -= 1) {
    starts.push({ file, start });
    if (known !== null && files[file]?.id === known.id)
      wanted ??= start + mark.offset - known.start;
    const older = files[file - 1];
    if ((wanted !== null && start <= wanted) || older === undefined) break;
    const size = await contentSize(reader, older);
    if (size === null) break;
    start -= size;
  }
  const end = count.start + (files.at(-1)?.size ?? 0);
  if (wanted === null || wanted > end) return null;
  const least = Math.max(wanted, count.kept);
  const found = starts.find((each) => each.start <= least) ?? starts.at(-1);
  if (found === undefined) return null;
  const offset = Math.max(least, found.start);
  return {
    file: found.file,
    offset: offset - found.start,
    mark: { epoch: count.epoch, offset },
    missing: offset - wanted,
  };
}

/** The decompressed bytes of a file from an offset on. Yields null, and stops, when the file is gone. */
async function* contentOf(
  reader: LogReader,
  file: ListedFile,
  start: number,
): AsyncGenerator<Uint8Array | null> {
  if (file.compression === null) return yield* storedBytes(reader, file, start);
  let isGone = false;
  const stored = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of storedBytes(reader, file, 0)) {
      isGone = bytes === null;
      if (bytes === null) throw new Error("gone");
      yield bytes;
    }
  };
  let skip = start;
  try {
    for await (const bytes of reader.deps.decompress(file.compression, stored())) {
      const rest = bytes.subarray(Math.min(skip, bytes.length));
      skip -= bytes.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } catch (error) {
    if (!isGone) throw error;
    yield null;
  }
}

async function* storedBytes(
  reader: LogReader,
  file: ListedFile,
  start: number,
): AsyncGenerator<Uint8Array | null> {
  const request = (offset: number) => {
    const length = Math.min(reader.deps.chunkBytes, file.size - offset);
    const bytes = length > 0 ? reader.read(file, offset, length) : null;
    // The error is thrown when the bytes are awaited, if they ever are.
    bytes?.catch(() => undefined);
    return { offset, length, bytes };
  };
  let next = request(start);
  while (next.bytes !== null) {
    const { offset, length } = next;
    const bytes = await next.bytes;
    if (bytes === null) yield null;
    if (bytes === null || bytes.length === 0) return;
    // A server that serves a log as text may return a text with another length than the bytes of the range.
    // The next bytes are read while these are used.
    next = request(offset + (reader.isLimited ? length : bytes.length));
    yield bytes;
  }
}

/** The decompressed length of a file; null when it is gone or cannot be read to its end. @throws UnhandledFailure as `chunksOf` */
async function contentSize(reader: LogReader, file: ListedFile): Promise<number | null> {
  if (file.compression === null) return file.size;
  let size = 0;
  try {
    for await (const bytes of contentOf(reader, file, 0)) {
      if (bytes === null) return null;
      size += bytes.length;
    }
  } catch (error) {
    if (isUnanswered(error)) throw error;
    return null;
  }
  return size;
}

/** The message about the files of a log that were removed before they were read; null for none. */
export function lostFilesHint({ log, lost }: Pick<LogReader, "log" | "lost">): Hint | null {
  const indexes = [...lost.values()];
  if (indexes.length === 0) return null;
  const name = `the ${log.channel} log of ${log.name}`;
  const [first = 0] = indexes;
  const backups = indexes.filter((index) => index > 0).length;
  const steps = [[`Keep output longer: increase ${log.channel}_logfile_backups`, null]] as const;
  if (backups === 0) return { text: `${name} was removed while it was read`, steps: [] };
  if (indexes.length === 1) {
    return { text: `backup ${first} of ${name} was rotated away while it was read`, steps };
  }
  const files = `${indexes.length} ${backups < indexes.length ? "files" : "backups"}`;
  return { text: `${files} of ${name} were rotated away while they were read`, steps };
}
