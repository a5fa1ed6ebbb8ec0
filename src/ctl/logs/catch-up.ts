// Reads the bytes of a log that a stream left out: those after a position, from the files of the log. Files may have been
// compressed meanwhile.

import type { LogMark } from "../../core/logs/mark.ts";
import { chunksOf } from "./chunks.ts";
import { fileOfCount } from "./counts.ts";
import { endOf } from "./listing.ts";
import { isProblem, type LogReader } from "./log-reader.ts";
import type { CountedBytes } from "./stream.ts";

/**
 * Reads a log from a mark to its present end. Removed bytes are skipped. Yields nothing if the position of the mark is unknown.
 */
export async function* catchUp(reader: LogReader, from: LogMark): AsyncGenerator<CountedBytes> {
  const listing = await reader.list();
  if (isProblem(listing) || listing.epoch !== from.epoch) return;
  const kept = listing.kept ?? listing.files.at(-1)?.start ?? 0;
  const target = Math.max(from.offset, kept);
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
