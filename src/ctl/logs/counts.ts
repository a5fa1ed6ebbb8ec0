// Finds the file of a byte by the daemon's count of the bytes of a log. A compressed file is decompressed to learn its length.

import { unpackedSize } from "./file-bytes.ts";
import type { Listing } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** The file that contains a byte, or the oldest file whose start in the count is known. */
export interface CountedFile {
  /** Index in `Listing.files`. */
  readonly file: number;
  /** The count at the first byte of this file and of each newer file, by index. */
  readonly starts: ReadonlyMap<number, number>;
}

/** Searches from the newest file back. @returns null when the daemon does not count this log */
export async function fileOfCount(
  reader: LogReader,
  listing: Listing,
  count: number,
): Promise<CountedFile | null> {
  let file = listing.files.length - 1;
  let start = listing.files[file]?.start ?? null;
  if (start === null) return null;
  const starts = new Map([[file, start]]);
  for (; start > count && file > 0; file -= 1) {
    const older = listing.files[file - 1];
    const size = older === undefined ? null : await unpackedSize(reader, older);
    if (size === null) break;
    start -= size;
    starts.set(file - 1, start);
  }
  return { file, starts };
}
