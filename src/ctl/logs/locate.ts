// Finds the position in a log at which a time begins: by the daemon's marks, by a binary search in a file whose lines have
// times, and by reading on from there.

import { chunksOf } from "./chunks.ts";
import { LineCutter } from "./line-cutter.ts";
import { LineTimes, type TimeDeps, type TimedLine } from "./line-times.ts";
import {
  comparePlaces,
  endOf,
  type ListedFile,
  type Listing,
  NO_BOUNDS,
  type Place,
} from "./listing.ts";
import type { LogReader } from "./log-reader.ts";

/** The position at which a time begins. */
export interface Located {
  readonly place: Place;
  /** No line before the position has a time: these lines may be later. */
  readonly isUncertain: boolean;
}

/** A range up to this many bytes is read, not searched. */
const SMALL = 128 * 1024;
/** Precision of modification times, in milliseconds: file systems round times down to a kernel tick, or to a second. */
const COARSE_MS = 1000;
/** Bytes that are read at each step of the search, to find a line with a time. */
const PROBE = 32 * 1024;

/** A time that divides a log. */
export interface Border {
  /** Milliseconds since 1970. */
  readonly moment: number;
  /** Whether a line whose time is known only roughly counts as later if it may be later. */
  readonly isGenerous: boolean;
}

/** Finds the first line that was written at a time or later. */
export async function locate(
  reader: LogReader,
  listing: Listing,
  border: Border,
  deps: TimeDeps,
): Promise<Located> {
  const { moment } = border;
  const end = endOf(listing);
  const file = firstFile(listing, moment);
  if (file < 0) return { place: end, isUncertain: false };
  const start = lineBefore(await startOf(reader, listing, { file, moment }, deps));
  const times = new LineTimes(reader.log.name, listing, deps);
  const cutter = new LineCutter();
  // The bytes before the first line break belong to a line that begins earlier.
  let isCut = start.place.offset > 0;
  let isUncertain = start.isUncertain;
  for await (const chunk of chunksOf(reader, listing, start.place, end)) {
    for (const line of cutter.push(chunk)) {
      const timed = times.timed(line);
      if (!isCut && isAtOrAfter(timed, border)) return { place: line, isUncertain };
      if (!isCut) isUncertain = timed.time === null && timed.latest === null;
      isCut = false;
    }
  }
  const [last] = cutter.end();
  if (last === undefined || isCut) return { place: end, isUncertain };
  const isFound = isAtOrAfter(times.timed(last), border);
  return { place: isFound ? last : end, isUncertain };
}

/** The oldest file that was last modified at a time or later: older files have only earlier lines. @returns -1 for none */
export function firstFile({ files }: Listing, moment: number): number {
  return files.findIndex(({ changed }) => changed === null || changed >= moment - COARSE_MS);
}

/** Moves a position back by one byte: if that byte is a line break, the line after it is complete. */
function lineBefore({ place, isUncertain }: Located): Located {
  const { file, offset } = place;
  return { place: { file, offset: Math.max(0, offset - 1) }, isUncertain };
}

function isAtOrAfter({ time, latest }: TimedLine, { moment, isGenerous }: Border): boolean {
  const known = isGenerous ? (latest ?? time) : time;
  return known !== null && known >= moment;
}

interface Wanted {
  readonly file: number;
  readonly moment: number;
}

/** A position before the requested time, as close to it as the marks or a binary search can tell. */
async function startOf(
  reader: LogReader,
  listing: Listing,
  wanted: Wanted,
  deps: TimeDeps,
): Promise<Located> {
  const beginning = { file: wanted.file, offset: 0 };
  const marked = markedPlace(listing, wanted.moment);
  if (marked !== null) {
    const place = comparePlaces(marked, beginning) > 0 ? marked : beginning;
    return { place, isUncertain: false };
  }
  const file = listing.files[wanted.file];
  const first = placeOf(listing, listing.marks[1]);
  if (file === undefined || file.compression !== null || file.size <= SMALL) {
    return { place: beginning, isUncertain: false };
  }
  const offset = await halve(reader, listing, { ...wanted, size: file.size }, deps);
  if (offset !== null) return { place: { file: wanted.file, offset }, isUncertain: false };
  // No line in the file has a time: skip the bytes that were written before the daemon's first mark.
  const isLater = first !== null && comparePlaces(first, beginning) > 0;
  return isLater ? { place: first, isUncertain: true } : { place: beginning, isUncertain: false };
}

/** The position of the last mark at or before a time; null when the marks do not go back that far. */
function markedPlace(listing: Listing, moment: number): Place | null {
  const { marks } = listing;
  let count: number | undefined;
  for (let at = 0; at < marks.length && (marks[at] ?? 0) <= moment; at += 2) count = marks[at + 1];
  return placeOf(listing, count);
}

/** The position of a byte by its offset in the daemon's count; null when unknown. */
function placeOf({ files }: Listing, count: number | undefined): Place | null {
  if (count === undefined) return null;
  const file = files.findLastIndex(({ start }) => start !== null && start <= count);
  const { start = null, size = 0 } = files[file] ?? {};
  return start === null ? null : { file, offset: Math.min(count - start, size) };
}

/**
 * Binary search in a file, by the times in its lines, until `SMALL` bytes are left.
 * @returns an offset before the requested time; null when the lines have no times
 */
async function halve(
  reader: LogReader,
  listing: Listing,
  { file: at, moment, size }: Wanted & { readonly size: number },
  deps: TimeDeps,
): Promise<number | null> {
  const file: ListedFile | undefined = listing.files[at];
  let low = 0;
  let high = size;
  let isKnown = false;
  while (file !== undefined && high - low > SMALL) {
    const middle = Math.floor((low + high) / 2);
    const bytes = await reader.read(file, middle, PROBE);
    if (bytes === null) break;
    const times = new LineTimes(
      reader.log.name,
      { ...listing, marks: [], bounds: NO_BOUNDS },
      deps,
    );
    const [, ...lines] = new LineCutter().push({ file: at, offset: middle, bytes });
    const first = lines.map((line) => times.timed(line)).find(({ time }) => time !== null);
    // Lines without times cannot guide the search.
    if (first === undefined) break;
    isKnown = true;
    if ((first.time ?? 0) < moment) low = middle;
    else high = middle;
  }
  return isKnown ? low : null;
}
