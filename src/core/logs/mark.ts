// A place in the output of a log, from which a stream can resume. It counts bytes across rotations and clearing, and is
// valid as long as the log is counted, also over an upgrade: the epoch names that.

export interface LogMark {
  readonly epoch: string;
  /** Bytes of the log in front of the place. */
  readonly offset: number;
}

/** How far a log is written, and what of it can still be read. */
export interface LogCount {
  readonly epoch: string;
  readonly written: number;
  /** What was written from here on is in the file and its backups, one after another; earlier bytes may be gone. */
  readonly kept: number;
}

/** Where a stream begins. */
interface StreamStart {
  /** Bytes of the end of the log to send first. */
  readonly back: number;
  /** Bytes between the place that was asked for and what is sent. */
  readonly missing: number;
}

/** Most bytes that are read back for a stream that continues. */
const CATCH_UP_BYTES = 512 * 1024;

/** Of a stream: the place of its first byte, and how many bytes are missing in front of it, if any are. */
export const LOG_PLACE_HEADER = "Tsv-Log-Place";
export const LOG_MISSING_HEADER = "Tsv-Log-Missing";

/** How a mark is written in a header and in a query. */
export function markText({ epoch, offset }: LogMark): string {
  return `${epoch}:${offset}`;
}

/** Reads a mark; null for anything else. */
export function parseMark(text: string): LogMark | null {
  const match = /^([A-Za-z0-9_]{1,32}):(\d{1,15})$/.exec(text);
  return match === null ? null : { epoch: match[1] ?? "", offset: Number(match[2]) };
}

/** Where a stream begins that continues after a mark; null when the mark says nothing about this log. */
export function startAfter(after: LogMark, count: LogCount): StreamStart | null {
  if (after.epoch !== count.epoch || after.offset > count.written) return null;
  const first = Math.max(after.offset, count.kept, count.written - CATCH_UP_BYTES);
  return { back: count.written - first, missing: first - after.offset };
}
