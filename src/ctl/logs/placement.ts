// Places the files of a log in the daemon's count of its bytes, so that times are known that the daemon remembers. The daemon
// says where the newest file begins; of an older one, its length without compression says it. What cannot be placed was written
// between the last change of the file before it and its own.

import { GZIP_END, gzipSize, ZSTD_HEAD, zstdSize } from "../../core/logs/unpacked-size.ts";
import { unpackedSize } from "./file-bytes.ts";
import type { Bounds, ListedFile, Listing } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** The listing of one log, as far as its files are placed. */
export class Placement {
  readonly #reader: LogReader;
  #listing: Listing;
  /** How much may still be decompressed only to learn how long it is. */
  #left: number;

  constructor(reader: LogReader, listing: Listing) {
    this.#reader = reader;
    this.#listing = listing;
    this.#left = reader.deps.measuredBytes;
  }

  get listing(): Listing {
    return this.#listing;
  }

  /** Places the files from this one to the newest, as far as the daemon remembers times. @param file which of the listed files */
  async reach(file: number): Promise<void> {
    const { marks, kept, epoch } = this.#listing;
    const [, first] = marks;
    const files = [...this.#listing.files];
    let at = files.length - 1;
    let start = files[at]?.start ?? null;
    if (epoch === null || first === undefined || start === null) return;
    // What is older has no times, or is not in front of what is counted.
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

/** By what the file itself says; null when it says nothing. */
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
  // A clock that was set back says nothing about the beginning.
  return { from: from !== null && to !== null && from > to ? null : from, to };
}
