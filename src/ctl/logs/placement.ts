// Finds the start of each file of a log in the daemon's count of its bytes, so that the daemon's marks give the times of its
// lines. The daemon reports the start of the newest file. The start of an older file follows from its decompressed length. A
// file that cannot be placed was written between the last change of the file before it and its own last change.

import { GZIP_END, gzipSize, ZSTD_HEAD, zstdSize } from "../../core/logs/unpacked-size.ts";
import { unpackedSize } from "./file-bytes.ts";
import type { Bounds, ListedFile, Listing } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** The listing of one log, with the starts of files that are known so far. */
export class Placement {
  readonly #reader: LogReader;
  #listing: Listing;
  /** Compressed bytes that may still be read only to learn their decompressed length. */
  #left: number;

  constructor(reader: LogReader, listing: Listing) {
    this.#reader = reader;
    this.#listing = listing;
    this.#left = reader.deps.measuredBytes;
  }

  get listing(): Listing {
    return this.#listing;
  }

  /**
   * Finds the starts of the files from this one to the newest, as far back as there are marks.
   * @param file index in `Listing.files`
   */
  async reach(file: number): Promise<void> {
    const { marks, kept, epoch } = this.#listing;
    const [, first] = marks;
    const files = [...this.#listing.files];
    let at = files.length - 1;
    let start = files[at]?.start ?? null;
    if (epoch === null || first === undefined || start === null) return;
    // Older bytes have no marks, or are not contiguous with the newer ones.
    const least = Math.max(first, kept ?? first);
    for (; at > file && start > least; at -= 1) {
      const older = files[at - 1];
      const size = older === undefined ? null : await this.#sizeOf(at - 1, older);
      if (older === undefined || size === null) break;
      start -= size;
      files[at - 1] = { ...older, start };
    }
    const bounds = new Map(this.#listing.bounds);
    if (start > first) {
      for (let rest = at - 1; rest >= file; rest -= 1) {
        if (files[rest]?.start === null) bounds.set(rest, boundsOf(files, rest));
      }
    }
    this.#listing = { ...this.#listing, files, bounds };
  }

  async #sizeOf(at: number, file: ListedFile): Promise<number | null> {
    const next = this.#listing.files[at + 1]?.start ?? null;
    if (file.start !== null && next !== null) return next - file.start;
    if (this.#listing.bounds.has(at)) return null;
    const noted = await notedSize(this.#reader, file);
    if (noted !== null) return noted;
    if (file.size > this.#left) return null;
    this.#left -= file.size;
    return await unpackedSize(this.#reader, file);
  }
}

/** The decompressed length that a file records in its header or trailer; null when it records none. */
async function notedSize(reader: LogReader, file: ListedFile): Promise<number | null> {
  const { compression, size } = file;
  if (compression === null) return size;
  const isGzip = compression === "gzip";
  const offset = isGzip ? Math.max(0, size - GZIP_END) : 0;
  const bytes = await reader.read(file, offset, isGzip ? GZIP_END : ZSTD_HEAD);
  if (bytes === null) return null;
  return isGzip ? gzipSize(bytes, size) : zstdSize(bytes, size);
}

function boundsOf(files: readonly ListedFile[], at: number): Bounds {
  const to = files[at]?.changed ?? null;
  const from = files[at - 1]?.changed ?? null;
  // If the clock was set back, the last change of the file before is no lower bound.
  return { from: from !== null && to !== null && from > to ? null : from, to };
}
