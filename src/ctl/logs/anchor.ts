// Relates the counts of two daemons. Each daemon begins its own count of the bytes of a log, but the files of the log stay. An
// anchor is a file and its start in the count of one daemon. Where the same file starts in the count of the next daemon gives
// the difference of both.

import type { LogMark } from "../../core/logs/mark.ts";
import { chunksOf } from "./chunks.ts";
import { fileOfCount } from "./counts.ts";
import { unpackedSize } from "./file-bytes.ts";
import type { Listing } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** Bytes shown until the anchor is renewed: its file may be compressed or removed at some time. */
const RENEW_BYTES = 1024 * 1024;

interface Anchor {
  readonly epoch: string;
  /** The ID of the file, and the offset of its first byte in the count. */
  readonly id: string;
  readonly start: number;
}

export class LogAnchor {
  readonly #reader: LogReader;
  #anchor: Anchor | null = null;
  /** The position at which the anchor was renewed last. */
  #renewed: LogMark | null = null;
  #isBusy = false;

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** Takes the file of a position. A compressed file is none: its ID is that of a copy. */
  async take(listing: Listing, place: LogMark): Promise<void> {
    if (listing.epoch !== place.epoch) return;
    this.#renewed = place;
    const counted = await fileOfCount(this.#reader, listing, place.offset);
    const file = counted === null ? undefined : listing.files[counted.file];
    const start = counted?.starts.get(counted.file);
    if (file === undefined || start === undefined || file.compression !== null) return;
    this.#anchor = { epoch: place.epoch, id: file.id, start };
  }

  /** Renews the anchor, if a position is of another count, or far from where that was done last. */
  async reached(place: LogMark): Promise<void> {
    const last = this.#renewed;
    const isNear = last?.epoch === place.epoch && place.offset - last.offset < RENEW_BYTES;
    if (isNear || this.#isBusy) return;
    this.#isBusy = true;
    this.#renewed = place;
    try {
      const listing = await this.#reader.listFiles();
      if (listing !== null) await this.take(listing, place);
    } catch {
      // The connection was lost: the anchor stays.
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * Finds a position of the former count in the count of a listing.
   * @param end the last bytes before the position: if the log has others there, it is another log
   * @returns the offset; null when it cannot be found
   */
  async find(listing: Listing, former: LogMark, end: Uint8Array): Promise<number | null> {
    const anchor = this.#anchor;
    if (anchor === null || anchor.epoch !== former.epoch) return null;
    const start = await this.#startOf(listing, anchor.id);
    if (start === null) return null;
    const offset = start + former.offset - anchor.start;
    return (await this.#hasBefore(listing, offset, end)) ? offset : null;
  }

  /** Where a file starts in the count of a listing; null when the listing does not have it. */
  async #startOf(listing: Listing, id: string): Promise<number | null> {
    const at = listing.files.findIndex((file) => file.id === id);
    const newest = listing.files.at(-1)?.start ?? null;
    if (at < 0 || newest === null) return null;
    let start = newest;
    for (const file of listing.files.slice(at, -1)) {
      const size = await unpackedSize(this.#reader, file);
      if (size === null) return null;
      start -= size;
    }
    return start;
  }

  /** Whether a log has an offset, and these bytes before it, as far as they are in the same file. */
  async #hasBefore(listing: Listing, offset: number, end: Uint8Array): Promise<boolean> {
    const counted = await fileOfCount(this.#reader, listing, offset);
    const start = counted?.starts.get(counted.file);
    if (counted === null || start === undefined || offset < start) return false;
    const { file } = counted;
    const length = Math.min(end.length, offset - start);
    const to = { file, offset: offset - start };
    const from = { file, offset: to.offset - length };
    const parts: Uint8Array[] = [];
    for await (const { bytes } of chunksOf(this.#reader, listing, from, to)) parts.push(bytes);
    return Buffer.concat(parts).equals(end.subarray(end.length - length));
  }
}
