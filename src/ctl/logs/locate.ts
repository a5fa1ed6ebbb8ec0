// Finds the place in a log at which a time begins: by the times that the daemon remembers, by halving a file whose lines have
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

/** Where a time begins. */
export interface Located {
  readonly place: Place;
  /** No line in front of the place has a time: they may be later. */
  readonly isUncertain: boolean;
}

/** Files up to this size are read, not halved. */
const SMALL = 128 * 1024;
/** File systems keep times to a tick of the kernel, or to a second: a file may be younger than its time says. */
const COARSE_MS = 1000;
/** Read to find a line with a time. */
const PROBE = 32 * 1024;

/** A moment that divides a log. */
export interface Border {
  /** Milliseconds since 1970. */
  readonly moment: number;
  /** Lines of which the time is known roughly: whether one that may be later counts as later. */
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
  // What stands in front of the first line break belongs to a line that begins earlier.
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

/** The oldest file with lines of a time or later: what was written last before that has only earlier ones. @returns -1 for none */
export function firstFile({ files }: Listing, moment: number): number {
  return files.findIndex(({ changed }) => changed === null || changed >= moment - COARSE_MS);
}

/** One byte further in front: if that is a line break, the line behind it is whole. */
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

/** A place in front of the one that is looked for, and not far from it where that can be found out. */
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
  // Nothing in it has a time: what was written before the daemon counted is passed over.
  const isLater = first !== null && comparePlaces(first, beginning) > 0;
  return isLater ? { place: first, isUncertain: true } : { place: beginning, isUncertain: false };
}

/** By what the daemon remembers; null when it does not go back that far. */
function markedPlace(listing: Listing, moment: number): Place | null {
  const { marks } = listing;
  let count: number | undefined;
  for (let at = 0; at < marks.length && (marks[at] ?? 0) <= moment; at += 2) count = marks[at + 1];
  return placeOf(listing, count);
}

/** Of a byte as the daemon counts them. */
function placeOf({ files }: Listing, count: number | undefined): Place | null {
  if (count === undefined) return null;
  const file = files.findLastIndex(({ start }) => start !== null && start <= count);
  const { start = null, size = 0 } = files[file] ?? {};
  return start === null ? null : { file, offset: Math.min(count - start, size) };
}

/** Halves a file until little of it is left, by the times in its lines. @returns null when they have none */
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
    // Lines without times do not help to decide.
    if (first === undefined) break;
    isKnown = true;
    if ((first.time ?? 0) < moment) low = middle;
    else high = middle;
  }
  return isKnown ? low : null;
}
