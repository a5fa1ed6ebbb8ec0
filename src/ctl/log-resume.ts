// Picks a log up again after its stream broke: a new stream begins with the end of the log, most of which was shown
// already. Shows nothing twice where that is certain, and loses nothing where it is not.

/** What a server sends first of a log that is followed, at most. */
const WINDOW_BYTES = 1024;

/** Remembers what was shown last. */
export interface LogResume {
  /** The next piece is the first one of a new stream. */
  restart(): void;
  /** @returns the part of a piece that was not shown yet */
  take(piece: Uint8Array): Uint8Array;
  /** Whether what was shown ends within a line. */
  isMidLine(): boolean;
}

/** Nothing shown yet. */
export function createLogResume(): LogResume {
  let shown: Uint8Array = new Uint8Array();
  let isFirst = false;
  return {
    restart: () => {
      isFirst = shown.length > 0;
    },
    take: (piece) => {
      const fresh = isFirst ? piece.subarray(overlapOf(shown, piece)) : piece;
      isFirst = false;
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
