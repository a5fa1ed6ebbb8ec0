// A position in the output of a log, from which a stream can resume. The offset counts bytes across rotations and clearing. A
// mark is valid as long as the daemon counts the log, also across an upgrade: the epoch identifies the count.

export interface LogMark {
  readonly epoch: string;
  /** Bytes of the log before the position. */
  readonly offset: number;
}

/** The number of bytes written to a log, and the range that can still be read. */
export interface LogCount {
  readonly epoch: string;
  readonly written: number;
  /** The offset from which the file and its backups have all bytes, without gaps; earlier bytes may be gone. */
  readonly kept: number;
}

/** Where a stream begins. */
interface StreamStart {
  /** Bytes of the end of the log to send first. */
  readonly back: number;
  /** Bytes between the requested position and the first byte sent. */
  readonly missing: number;
}

/** Maximum bytes of the end of the log that are sent to a stream that resumes. */
const CATCH_UP_BYTES = 512 * 1024;

/** Headers of a stream: the position of its first byte, and the number of bytes missing before it, if any. */
export const LOG_PLACE_HEADER = "Tsv-Log-Place";
export const LOG_MISSING_HEADER = "Tsv-Log-Missing";

/** Formats a mark for a header or a query. */
export function markText({ epoch, offset }: LogMark): string {
  return `${epoch}:${offset}`;
}

/** Parses a mark; null for any other text. */
export function parseMark(text: string): LogMark | null {
  const match = /^([A-Za-z0-9_]{1,32}):(\d{1,15})$/.exec(text);
  return match === null ? null : { epoch: match[1] ?? "", offset: Number(match[2]) };
}

/** The start of a stream that resumes after a mark; null when the mark does not belong to this count. */
export function startAfter(after: LogMark, count: LogCount): StreamStart | null {
  if (after.epoch !== count.epoch || after.offset > count.written) return null;
  const first = Math.max(after.offset, count.kept, count.written - CATCH_UP_BYTES);
  return { back: count.written - first, missing: first - after.offset };
}
