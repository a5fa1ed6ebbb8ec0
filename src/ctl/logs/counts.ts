// Finds a byte by the count of the daemon in the files of a log. Only those that are decompressed for it tell how long they are.

import { unpackedSize } from "./file-bytes.ts";
import type { Listing } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** A file in which a byte is, or the oldest one for which the count is known. */
export interface CountedFile {
  /** Which of the listed files. */
  readonly file: number;
  /** The counts of the first bytes of this file and of all that are newer. */
  readonly starts: ReadonlyMap<number, number>;
}

/** Looks from the newest file on. @returns null when the daemon does not count this log */
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
