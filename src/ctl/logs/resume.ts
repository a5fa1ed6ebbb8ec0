// Picks a log up again after its stream broke. A server that says which place a stream begins at continues at the place that it
// is asked for. Of others a new stream begins with the end of the log, most of which was shown already: nothing is shown
// twice where that is certain, and nothing is lost where it is not.

import {
  LOG_MISSING_HEADER,
  LOG_PLACE_HEADER,
  type LogMark,
  parseMark,
} from "../../core/logs/mark.ts";

/** What a server sends first of a log that is followed, at most. */
const WINDOW_BYTES = 1024;

/** Remembers what was shown last. */
export interface LogResume {
  /** The next piece is the first one of a new stream. @returns the place to ask for; null when none is known */
  restart(): LogMark | null;
  /** What the head of the new stream says. @returns how many bytes are missing between it and what was shown */
  begins(headers: ReadonlyMap<string, string>): number;
  /** Bytes were shown that did not come by the stream. @param next the place behind them, at which the next stream begins */
  filled(bytes: Uint8Array, next: LogMark): void;
  /** @returns the part of a piece that was not shown yet */
  take(piece: Uint8Array): Uint8Array;
  /** Whether what was shown ends within a line. */
  isMidLine(): boolean;
}

/** What was shown of a log before its first stream. */
export interface ShownBefore {
  /** Behind its last byte; null when no server said it. */
  readonly place: LogMark | null;
  /** Its end. */
  readonly end: Uint8Array;
}

/** @param before null when nothing was shown yet */
export function createLogResume(before: ShownBefore | null = null): LogResume {
  let shown: Uint8Array = before?.end ?? new Uint8Array();
  let isFirst = false;
  /** Behind the last byte that was shown. */
  let place: LogMark | null = before?.place ?? null;
  return {
    restart: () => {
      isFirst = shown.length > 0;
      return place;
    },
    begins: (headers) => {
      const before = place;
      place = parseMark(headers.get(LOG_PLACE_HEADER.toLowerCase()) ?? "");
      if (before === null || place?.epoch !== before.epoch) return 0;
      const missing = Number(headers.get(LOG_MISSING_HEADER.toLowerCase()) ?? 0);
      // The server continues where it was asked to.
      if (place.offset === before.offset + missing) isFirst = false;
      return missing;
    },
    filled: (bytes, next) => {
      shown = lastBytes(shown, bytes);
      place = next;
    },
    take: (piece) => {
      const fresh = isFirst ? piece.subarray(overlapOf(shown, piece)) : piece;
      isFirst = false;
      if (place !== null) place = { ...place, offset: place.offset + piece.length };
      shown = lastBytes(shown, fresh);
      return fresh;
    },
    isMidLine: () => shown.length > 0 && shown.at(-1) !== 0x0a,
  };
}

/**
 * How many bytes at the start of `piece` were shown already.
 * @remarks A piece that fills the window ends a longer log: the largest overlap is the right one. A shorter piece is the
 * whole log, and perhaps a new one that begins alike. Then only a log that has grown beyond what was shown counts as
 * the same.
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
