// Reads the bytes of a log that a stream left out: those after a position, from the files of the log. Files may have been
// compressed meanwhile, and another daemon may count the log.

import type { LogMark } from "../../core/logs/mark.ts";
import type { LogAnchor } from "./anchor.ts";
import { chunksOf } from "./chunks.ts";
import { fileOfCount } from "./counts.ts";
import type { CountedBytes } from "./following.ts";
import { endOf, type Listing } from "./listing.ts";
import { isProblem, type LogReader } from "./log-reader.ts";

/** The end of what was shown of a log. */
export interface ShownEnd {
  readonly place: LogMark;
  /** The last bytes before the position. */
  readonly end: Uint8Array;
}

/**
 * Reads a log from a mark to its present end. Removed bytes are skipped. Yields nothing if the position of the mark is unknown.
 * If another daemon counts the log, the position in its count comes first, without bytes.
 */
export async function* catchUp(
  reader: LogReader,
  anchor: LogAnchor,
  from: ShownEnd,
): AsyncGenerator<CountedBytes> {
  const listing = await reader.list();
  if (isProblem(listing)) return;
  const { epoch } = listing;
  if (epoch === from.place.epoch) {
    const kept = listing.kept ?? listing.files.at(-1)?.start ?? 0;
    yield* bytesFrom(reader, listing, Math.max(from.place.offset, kept));
    return;
  }
  if (epoch === null) return;
  const found = await anchor.find(listing, from.place, from.end);
  const offset = found ?? firstWritten(listing);
  // The next restart may come before the anchor is renewed.
  await anchor.take(listing, { epoch, offset });
  yield { epoch, offset, bytes: new Uint8Array(0), isUnsure: found === null };
  yield* bytesFrom(reader, listing, offset);
}

/** The first byte that the present daemon wrote, as far as it is known; the end when it wrote nothing. */
function firstWritten({ marks, files }: Listing): number {
  const newest = files.at(-1);
  return marks[1] ?? (newest?.start ?? 0) + (newest?.size ?? 0);
}

async function* bytesFrom(
  reader: LogReader,
  listing: Listing,
  target: number,
): AsyncGenerator<CountedBytes> {
  const counted = await fileOfCount(reader, listing, target);
  if (counted === null) return;
  const { file, starts } = counted;
  const place = { file, offset: Math.max(0, target - (starts.get(file) ?? 0)) };
  for await (const { file: at, offset, bytes } of chunksOf(
    reader,
    listing,
    place,
    endOf(listing),
  )) {
    yield { offset: (starts.get(at) ?? 0) + offset, bytes };
  }
}
