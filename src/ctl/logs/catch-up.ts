// Reads what a stream of a log does not give: what was written behind a place, from the files, those that are compressed by now
// too.

import type { LogMark } from "../../core/logs/mark.ts";
import { chunksOf } from "./chunks.ts";
import { fileOfCount } from "./counts.ts";
import { endOf } from "./listing.ts";
import { isProblem, type LogReader } from "./log-reader.ts";
import type { CountedBytes } from "./stream.ts";

/** Reads a log from a place on, as far as it is written now. What is gone is left out; nothing when the place is not known. */
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
