// Finds the position at which the last lines of a log begin, without reading the bytes before it: blocks are read backwards.
// Only a compressed file is read from its beginning.

import { chunksOf } from "./chunks.ts";
import { LineCutter } from "./line-cutter.ts";
import type { ListedFile, Listing, Place } from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

const FIRST_BLOCK = 16 * 1024;
/** A block without a line break is read again together with the bytes before it, unless it has at least this many bytes. */
const MOST_CARRIED = 64 * 1024;
const LINE_FEED = 0x0a;

/** Which lines count; null for all. */
export type Matches = ((line: Uint8Array) => boolean) | null;

/**
 * Finds the position of the last lines before `to`.
 * @param count number of lines
 * @param from lines before this position do not count
 */
export async function newestLines(
  reader: LogReader,
  listing: Listing,
  { count, from, to }: { readonly count: number; readonly from: Place; readonly to: Place },
  matches: Matches,
): Promise<Place> {
  let left = count;
  if (left <= 0) return to;
  for (let at = to.file; at >= from.file; at -= 1) {
    const file = listing.files[at];
    if (file === undefined) continue;
    const start = at === from.file ? from.offset : 0;
    const end = at === to.file ? to.offset : Number.POSITIVE_INFINITY;
    const part = { at, file, start, end };
    const found =
      file.compression === null
        ? await backwards(reader, part, left, matches)
        : await forwards(reader, listing, part, { left, matches });
    if (found.offset !== null) return { file: at, offset: found.offset };
    left -= found.count;
  }
  return from;
}

interface Part {
  readonly at: number;
  readonly file: ListedFile;
  readonly start: number;
  readonly end: number;
}

/** The number of lines that were found, and the offset of the first one if there were enough. */
interface Found {
  readonly count: number;
  readonly offset: number | null;
}

async function backwards(
  reader: LogReader,
  { file, start, end }: Part,
  left: number,
  matches: Matches,
): Promise<Found> {
  let count = 0;
  /** The offset after the last byte that is not examined yet. */
  let high = Math.min(end, file.size);
  let length = FIRST_BLOCK;
  while (high > start) {
    const low = Math.max(start, high - length);
    const block = await reader.read(file, low, high - low);
    if (block === null) return { count, offset: null };
    const seen = lineStarts(block, low === start);
    for (let index = seen.length - 1; index >= 0; index -= 1) {
      const from = seen[index] ?? 0;
      const to = lineEnd(block, seen[index + 1]);
      if (matches !== null && !matches(block.subarray(from, to))) continue;
      count += 1;
      if (count === left) return { count, offset: low + from };
    }
    const first = seen[0];
    // A block without a line break is part of a long line, and is read again together with the bytes before it.
    high = first === undefined ? (block.length >= MOST_CARRIED ? low : high) : low + first;
    length = Math.min(reader.deps.chunkBytes, Math.max(length * 2, MOST_CARRIED));
  }
  return { count, offset: null };
}

/** The offsets in a block at which lines begin. @param isFirst the block is at the start of the range */
function lineStarts(block: Uint8Array, isFirst: boolean): readonly number[] {
  const starts: number[] = isFirst ? [0] : [];
  for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, at + 1)) {
    if (at + 1 < block.length) starts.push(at + 1);
  }
  return starts;
}

function lineEnd(block: Uint8Array, next: number | undefined): number {
  if (next !== undefined) return next - 1;
  return block.at(-1) === LINE_FEED ? block.length - 1 : block.length;
}

/** Reads a compressed file from its start, and keeps the offsets of the last lines. */
async function forwards(
  reader: LogReader,
  listing: Listing,
  { at, start, end }: Part,
  { left, matches }: { readonly left: number; readonly matches: Matches },
): Promise<Found> {
  const places: number[] = [];
  let count = 0;
  const cutter = new LineCutter();
  const look = (
    lines: readonly { readonly bytes: Uint8Array; readonly offset: number }[],
  ): void => {
    for (const { bytes, offset } of lines) {
      if (matches !== null && !matches(bytes)) continue;
      places[count % left] = offset;
      count += 1;
    }
  };
  const from = { file: at, offset: start };
  for await (const chunk of chunksOf(reader, listing, from, { file: at, offset: end })) {
    look(cutter.push(chunk));
  }
  look(cutter.end());
  return count < left ? { count, offset: null } : { count, offset: places[count % left] ?? 0 };
}
