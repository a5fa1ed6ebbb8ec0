// Finds positions in a log without reading all of it: where a time begins, and where the last lines begin.

import { LineCutter, LineTimes, type LogLine, type TimeDeps } from "./lines.ts";
import { chunksOf } from "./log-bytes.ts";
import {
  endOf,
  type ListedFile,
  type Listing,
  type LogReader,
  type Position,
} from "./log-reader.ts";

/** A range up to this many bytes is read, not searched. */
const SMALL = 128 * 1024;
/** Precision of modification times, in milliseconds: file systems round times down to a kernel tick, or to a second. */
const COARSE_MS = 1000;
/** Bytes that are read at each step of the search, to find a line with a time. */
const PROBE = 32 * 1024;

/** A time that divides a log. */
interface Border {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Whether lines that may have been written before the time count as older; otherwise, lines that may be later count as later. */
  readonly isEnd: boolean;
}

/** Finds the first line that was written at a time or later. */
export async function findTime(
  reader: LogReader,
  listing: Listing,
  { time, isEnd }: Border,
  deps: TimeDeps,
): Promise<Position> {
  const end = endOf(listing);
  // Older files have only earlier lines.
  const file = listing.files.findIndex(
    ({ changed }) => changed === null || changed >= time - COARSE_MS,
  );
  if (file < 0) return end;
  const times = new LineTimes(reader.log.name, listing, deps);
  // One byte before: if it is a line break, the line after it is complete.
  const offset = Math.max(0, (await bisect(reader, file, times, { listing, time })) - 1);
  // The bytes before the first line break belong to a line that begins earlier.
  let isCut = offset > 0;
  const isLater = (line: LogLine): boolean => {
    const timed = times.timed(line);
    const isFound = !isCut && (isEnd ? timed.earliest : timed.time) >= time;
    isCut = false;
    return isFound;
  };
  const cutter = new LineCutter();
  for await (const chunk of chunksOf(reader, listing, { file, offset }, end)) {
    const found = cutter.push(chunk).find(isLater);
    if (found !== undefined) return found;
  }
  return cutter.end().find(isLater) ?? end;
}

/**
 * Binary search in a file, by the times in its lines, until `SMALL` bytes are left.
 * @returns an offset before the requested time; 0 when the lines have no times, or the file is compressed
 */
async function bisect(
  reader: LogReader,
  index: number,
  times: LineTimes,
  { listing, time }: { readonly listing: Listing; readonly time: number },
): Promise<number> {
  const file = listing.files[index];
  if (file === undefined || file.compression !== null) return 0;
  let low = 0;
  let high = file.size;
  while (high - low > SMALL) {
    const middle = Math.floor((low + high) / 2);
    const bytes = await reader.read(file, middle, PROBE);
    if (bytes === null) break;
    const [, ...lines] = new LineCutter().push({ file: index, offset: middle, bytes });
    const first = lines.map((line) => times.timeIn(line)).find((each) => each !== null);
    // Lines without times cannot guide the search.
    if (first === undefined || first === null) break;
    if (first < time) low = middle;
    else high = middle;
  }
  return low;
}

const FIRST_BLOCK = 16 * 1024;
/** A block without a line break is read again together with the bytes before it, unless it has at least this many bytes. */
const LARGE_BLOCK = 64 * 1024;
const LINE_FEED = 0x0a;

/** Selects lines; null for all. */
type LineFilter = ((line: Uint8Array) => boolean) | null;

/** A range of a file, and how many lines of it are wanted. */
interface Part {
  readonly index: number;
  readonly file: ListedFile;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** The number of lines that were found, and the offset of the first one if there were enough. */
interface Found {
  readonly count: number;
  readonly offset: number | null;
}

/**
 * Finds the position of the last `count` lines between two positions, without reading the bytes before it. Only a compressed file
 * is read from its beginning.
 */
export async function findNewest(
  reader: LogReader,
  listing: Listing,
  { count, from, to }: { readonly count: number; readonly from: Position; readonly to: Position },
  filter: LineFilter,
): Promise<Position> {
  let left = count;
  if (left <= 0) return to;
  for (let index = to.file; index >= from.file; index -= 1) {
    const file = listing.files[index];
    if (file === undefined) continue;
    const start = index === from.file ? from.offset : 0;
    const end = index === to.file ? to.offset : Number.POSITIVE_INFINITY;
    const part = { index, file, start, end, count: left };
    const found =
      file.compression === null
        ? await backwards(reader, part, filter)
        : await forwards(reader, listing, part, filter);
    if (found.offset !== null) return { file: index, offset: found.offset };
    left -= found.count;
  }
  return from;
}

async function backwards(
  reader: LogReader,
  { file, start, end, count: wanted }: Part,
  filter: LineFilter,
): Promise<Found> {
  let count = 0;
  /** The offset after the last byte that is not examined yet. */
  let high = Math.min(end, file.size);
  let length = FIRST_BLOCK;
  while (high > start) {
    const low = Math.max(start, high - length);
    const block = await reader.read(file, low, high - low);
    if (block === null) break;
    const starts = lineStarts(block, low === start);
    for (let index = starts.length - 1; index >= 0; index -= 1) {
      const from = starts[index] ?? 0;
      const to = lineEnd(block, starts[index + 1]);
      if (filter !== null && !filter(block.subarray(from, to))) continue;
      count += 1;
      if (count === wanted) return { count, offset: low + from };
    }
    const first = starts[0];
    if (first !== undefined) high = low + first;
    else if (block.length >= LARGE_BLOCK) high = low;
    length = Math.min(reader.deps.chunkBytes, Math.max(length * 2, LARGE_BLOCK));
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
  { index: file, start, end, count: wanted }: Part,
  filter: LineFilter,
): Promise<Found> {
  const offsets: number[] = [];
  let count = 0;
  const note = (lines: readonly LogLine[]): void => {
    for (const { bytes, offset } of lines) {
      if (filter !== null && !filter(bytes)) continue;
      offsets[count % wanted] = offset;
      count += 1;
    }
  };
  const cutter = new LineCutter();
  const from = { file, offset: start };
  for await (const chunk of chunksOf(reader, listing, from, { file, offset: end })) {
    note(cutter.push(chunk));
  }
  note(cutter.end());
  return { count, offset: count < wanted ? null : (offsets[count % wanted] ?? 0) };
}
