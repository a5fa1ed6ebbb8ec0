// Resumes a log after its stream broke. A server that reports the position of a stream continues at the requested position. A
// stream of another server begins with the end of the log, most of which was shown already. A certain overlap is removed; in
// doubt, bytes are shown twice rather than lost.

import { LOG_PLACE_HEADER, type LogMark, parseMark } from "../../core/logs/mark.ts";

/** Maximum bytes of the end of a log that a server sends first. */
const WINDOW_BYTES = 1024;
const LINE_FEED = 0x0a;

/** How a new stream relates to the bytes shown. */
interface Beginning {
  /** Bytes missing between the bytes shown and the stream. */
  readonly missing: number;
  /** Another daemon counts the log: how many bytes are missing is not known. */
  readonly isOther: boolean;
}

/** Keeps the position and the last bytes that were shown. */
export interface LogResume {
  /** Begins a new stream: the next piece is its first. @returns the position to request; null when none is known */
  restart(): LogMark | null;
  /** The position after the last byte shown; null when none is known. */
  readonly place: LogMark | null;
  /** The last bytes shown. */
  readonly end: Uint8Array;
  /** Reads the headers of the new stream. */
  begins(headers: ReadonlyMap<string, string>): Beginning;
  /** Bytes may be missing here: the next piece of a stream of another daemon begins with a whole line. */
  broken(): void;
  /**
   * Records bytes that were shown and are not from the stream.
   * @param next the position after them: the next stream begins there
   */
  filled(bytes: Uint8Array, next: LogMark): void;
  /** Records a piece of the stream. @returns the part of it that was not shown yet */
  take(piece: Uint8Array): Uint8Array;
  /** Whether what was shown ends within a line. */
  isMidLine(): boolean;
}

/** The end of a log as it was shown before the first stream. */
export interface ShownBefore {
  /** The position after the last byte shown; null when no server reported it. */
  readonly place: LogMark | null;
  /** The last bytes shown. */
  readonly end: Uint8Array;
  /** The log had no file: all bytes before the first stream are new. */
  readonly isNew?: boolean;
}

/** @param before null when nothing was shown yet */
export function createLogResume(before: ShownBefore | null = null): LogResume {
  let shown: Uint8Array = before?.end ?? new Uint8Array();
  let isFirst = false;
  let isBroken = false;
  let isNew = before?.isNew === true;
  /** The position after the last byte shown. */
  let place: LogMark | null = before?.place ?? null;
  return {
    get place() {
      return place;
    },
    get end() {
      return shown;
    },
    restart: () => {
      isFirst = shown.length > 0;
      return place;
    },
    begins: (headers) => {
      const before = place;
      place = parseMark(headers.get(LOG_PLACE_HEADER.toLowerCase()) ?? "");
      const isFresh = isNew;
      isNew = false;
      isBroken = false;
      if (before === null) return { missing: isFresh ? (place?.offset ?? 0) : 0, isOther: false };
      if (place?.epoch !== before.epoch) return { missing: 0, isOther: place !== null };
      const missing = Math.max(0, place.offset - before.offset);
      // The server continues at the requested position, so the first piece has no overlap.
      if (place.offset === before.offset + missing) isFirst = false;
      return { missing, isOther: false };
    },
    broken: () => {
      isBroken = true;
    },
    filled: (bytes, next) => {
      shown = lastBytes(shown, bytes);
      place = next;
    },
    take: (piece) => {
      const overlap = isFirst ? overlapOf(shown, piece) : 0;
      const isCut = isBroken && overlap === 0 && piece.length >= WINDOW_BYTES;
      const fresh = piece.subarray(isCut ? piece.indexOf(LINE_FEED) + 1 : overlap);
      isFirst = false;
      isBroken = false;
      if (place !== null) place = { ...place, offset: place.offset + piece.length };
      shown = lastBytes(shown, fresh);
      return fresh;
    },
    isMidLine: () => shown.length > 0 && shown.at(-1) !== LINE_FEED,
  };
}

/** The first byte of the log whose stream has begun; null when its server reports no positions. */
export function firstMark(headers: ReadonlyMap<string, string>): LogMark | null {
  const place = parseMark(headers.get(LOG_PLACE_HEADER.toLowerCase()) ?? "");
  return place === null ? null : { ...place, offset: 0 };
}

/**
 * How many bytes at the start of `piece` were shown already.
 * @remarks A piece that fills the window is the end of a longer log: the largest overlap is the right one. A shorter piece is
 * the whole log, and may be a new log with the same beginning. It counts as the same log only if it begins with all bytes
 * shown and is longer.
 */
export function overlapOf(shown: Uint8Array, piece: Uint8Array): number {
  if (piece.length < WINDOW_BYTES) {
    return piece.length > shown.length && endsWith(shown, piece, shown.length) ? shown.length : 0;
  }
  for (let length = Math.min(shown.length, piece.length); length > 0; length -= 1) {
    if (endsWith(shown, piece, length)) return length;
  }
  return 0;
}

/** Whether `shown` ends with the first `length` bytes of `piece`. */
function endsWith(shown: Uint8Array, piece: Uint8Array, length: number): boolean {
  const start = shown.length - length;
  for (let at = 0; at < length; at += 1) if (shown[start + at] !== piece[at]) return false;
  return true;
}

function lastBytes(before: Uint8Array, added: Uint8Array): Uint8Array {
  if (added.length >= WINDOW_BYTES) return added.slice(-WINDOW_BYTES);
  const kept = before.subarray(Math.max(0, before.length + added.length - WINDOW_BYTES));
  const both = new Uint8Array(kept.length + added.length);
  both.set(kept);
  both.set(added, kept.length);
  return both;
}
