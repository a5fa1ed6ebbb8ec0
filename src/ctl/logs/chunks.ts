// Reads the bytes of a log from a position on, through all its files, decompressed. A rotation meanwhile does not matter: files
// are read by their ID. If a file is compressed meanwhile, reading continues at the same offset in the compressed file.

import { thrownMessage } from "../../core/base/thrown.ts";
import { isUnanswered, UnhandledFailure } from "../failure.ts";
import { fileOfCount } from "./counts.ts";
import { plain, unpacked } from "./file-bytes.ts";
import type { ListedFile, Listing, Place } from "./listing.ts";
import { isProblem, type LogReader } from "./log-reader.ts";

/** Consecutive bytes of a log, and the position of the first one. */
export interface Chunk extends Place {
  readonly bytes: Uint8Array;
}

/**
 * Reads from `from` up to, but not including, `to`.
 * @param from a position in `listing`, as `to`
 * @throws UnhandledFailure when the daemon does not answer
 */
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

/** A range of a file, in decompressed bytes. */
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
      if (isUnanswered(error)) throw error;
      reader.deps.notice(unreadableText(reader, present, error));
      return;
    }
    if (!isGone) return;
    present = await successorOf(reader, listing, at, present);
    if (present === null) reader.lost.add(file);
  }
}

function unreadableText({ log }: LogReader, { index }: ListedFile, error: unknown): string {
  const isFault = error instanceof UnhandledFailure && error.failure.kind === "fault";
  const why = isFault ? "the daemon cannot read it" : thrownMessage(error);
  return `backup ${index} of the ${log.channel} log of ${log.name} cannot be read whole: ${why}`;
}

/**
 * Finds the file that now has the bytes of a file that is gone: the file at the same distance before the next newer file that
 * still exists. If no newer file exists, the file that starts at the same byte in the daemon's count.
 */
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
  const next = now.files.findIndex(({ id }) => id === newer[distance]?.id);
  const found =
    distance < 0
      ? await sameStart(reader, { before: listing, now }, gone)
      : now.files[next - distance - 1];
  // Only compression turns a file into a new one, with a new ID. A file that was listed before has other bytes.
  const isNew = found !== undefined && !listing.files.some(({ id }) => id === found.id);
  return isNew && found.compression !== gone.compression ? found : null;
}

async function sameStart(
  reader: LogReader,
  { before, now }: { readonly before: Listing; readonly now: Listing },
  { start }: ListedFile,
): Promise<ListedFile | undefined> {
  if (start === null || now.epoch !== before.epoch) return undefined;
  const counted = await fileOfCount(reader, now, start);
  const isSame = counted !== null && counted.starts.get(counted.file) === start;
  return isSame ? now.files[counted.file] : undefined;
}
