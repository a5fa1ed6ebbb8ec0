// The files of a log as the daemon listed them.

import { fieldOf, numberOf, textOf } from "../../core/xmlrpc/fields.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Compression } from "../../ports/decompress.ts";

/** One file of a log. */
export interface ListedFile {
  readonly id: string;
  /** 0 for the log itself, n for its backup n. */
  readonly index: number;
  /** Bytes on the disk. */
  readonly size: number;
  /** When it was written last, milliseconds since 1970; null when that is not known. */
  readonly changed: number | null;
  readonly compression: Compression | null;
  /** The offset of its first byte in the daemon's count of the bytes of the log; null when unknown. */
  readonly start: number | null;
}

/** When a file was written, by modification times of files alone. */
export interface Bounds {
  /** At this time or later; null when that is not known. */
  readonly from: number | null;
  /** At this time or earlier. */
  readonly to: number | null;
}

/** The files of a log, and the daemon's count of its bytes. */
export interface Listing {
  /** Oldest first. */
  readonly files: readonly ListedFile[];
  /** Identifies the daemon's count; null when the daemon does not count this log. */
  readonly epoch: string | null;
  /** The offset in the count from which the files have all bytes, without gaps; null when unknown. */
  readonly kept: number | null;
  /** See `TimeMarks.pairs`. */
  readonly marks: readonly number[];
  /** By index: bounds of files that the daemon's marks may cover, but whose start in the count cannot be determined. */
  readonly bounds: ReadonlyMap<number, Bounds>;
  /** Whether the daemon formats the lines. Daemons that do not say so may. */
  readonly isFormatted: boolean;
}

export const NO_BOUNDS: ReadonlyMap<number, Bounds> = new Map();
export const NO_FILES: Listing = {
  ...{ files: [], epoch: null, kept: null, marks: [] },
  bounds: NO_BOUNDS,
  isFormatted: true,
};

/** A position in a log. */
export interface Place {
  /** Index in `Listing.files`. */
  readonly file: number;
  /** In decompressed bytes; Infinity for the end of a file of unknown length. */
  readonly offset: number;
}

/** Negative when `a` is before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.file !== b.file) return a.file - b.file;
  return a.offset === b.offset ? 0 : a.offset - b.offset;
}

/** The position after the last listed byte. A removed log ends with its newest backup, which may be compressed. */
export function endOf({ files }: Listing): Place {
  const file = Math.max(0, files.length - 1);
  const newest = files[file];
  const isPacked = newest !== undefined && newest.compression !== null;
  return { file, offset: isPacked ? Number.POSITIVE_INFINITY : (newest?.size ?? 0) };
}

/** Reads the answer of `tsv.getLogFiles`. */
export function readListing(value: XmlRpcValue): Listing {
  const epoch = textOf(fieldOf(value, "epoch"));
  const newestFirst = listOf(fieldOf(value, "files"));
  let start = epoch === "" ? null : doubleOf(fieldOf(value, "start"));
  const files: ListedFile[] = [];
  for (const [at, each] of newestFirst.entries()) {
    const size = doubleOf(fieldOf(each, "size"));
    const compression = compressionOf(textOf(fieldOf(each, "compression")));
    // The decompressed length of a compressed file is unknown here, and so are its start and older starts: see `Placement`.
    if (at > 0 && start !== null) start = compression === null ? start - size : null;
    files.unshift({
      id: textOf(fieldOf(each, "id")),
      index: numberOf(fieldOf(each, "index")),
      ...{ size, compression, start },
      changed: doubleOf(fieldOf(each, "changed_ms")),
    });
  }
  const kept = fieldOf(value, "kept") === null ? null : doubleOf(fieldOf(value, "kept"));
  return {
    files,
    epoch: epoch === "" ? null : epoch,
    kept,
    marks: marksOf(value),
    bounds: NO_BOUNDS,
    isFormatted: fieldOf(value, "formatted") !== false,
  };
}

/** Output that is in no file: the daemon keeps its newest bytes. */
export interface KeptOutput {
  readonly epoch: string;
  /** The offset of the oldest byte in the daemon's count; `written` is the offset after the newest byte. */
  readonly start: number;
  readonly written: number;
  /** See `TimeMarks.pairs`. */
  readonly marks: readonly number[];
}

/** Reads the answer of `tsv.getLogFiles` for output without a file; null when there is a file, or nothing is kept. */
export function readKeptOutput(value: XmlRpcValue): KeptOutput | null {
  const epoch = textOf(fieldOf(value, "epoch"));
  if (epoch === "" || listOf(fieldOf(value, "files")).length > 0) return null;
  const start = doubleOf(fieldOf(value, "start"));
  return { epoch, start, written: doubleOf(fieldOf(value, "written")), marks: marksOf(value) };
}

function marksOf(value: XmlRpcValue): readonly number[] {
  return listOf(fieldOf(value, "marks")).map(doubleOf);
}

function listOf(value: XmlRpcValue | null): readonly XmlRpcValue[] {
  return Array.isArray(value) ? value : [];
}

function doubleOf(value: XmlRpcValue | null): number {
  if (typeof value === "number") return value;
  const number = fieldOf(value, "value");
  return typeof number === "number" ? number : 0;
}

function compressionOf(text: string): Compression | null {
  return text === "gzip" || text === "zstd" ? text : null;
}
