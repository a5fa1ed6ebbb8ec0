// Positions and ranges in the output of a log.

/**
 * A position from which a stream can resume. The offset counts bytes across rotations and clearing. A mark is valid as long as
 * the daemon counts the log, also across an upgrade.
 */
export interface LogMark {
  /** Identifies the count. */
  readonly epoch: string;
  /** Bytes of the log before the position. */
  readonly offset: number;
}

/** A part of a log by offsets in its present file. Those below 0 are in the backups: -1 is the last byte of the newest. */
export interface LogPart {
  readonly from: number;
  /** After its last byte. */
  readonly to: number;
  /** Bytes in the present file. */
  readonly size: number;
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

/** A range of a file to read; `length` may reach past its end. Selected exactly as in Supervisor (options.py, readFile, tailFile). */
interface ReadRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes that readLog and readProcess*Log select; null for arguments that are a BAD_ARGUMENTS fault.
 * @remarks A negative offset counts from the end and takes no length; length 0 means up to the end.
 */
export function readRange(size: number, offset: number, length: number): ReadRange | null {
  if (offset < 0) {
    if (length !== 0) return null;
    const start = Math.max(0, size + offset);
    return { start, length: size - start };
  }
  if (length < 0) return null;
  const left = Math.max(0, size - offset);
  // Math.max also turns -0 into 0: some clients send -0 for `tail -0`.
  return { start: Math.max(0, offset), length: length === 0 ? left : Math.min(length, left) };
}

/** The range that a tailProcess*Log call selects, and the rest of its answer. */
interface TailRange extends ReadRange {
  /** The offset to request next: the size of the file. */
  readonly nextOffset: number;
  readonly overflow: boolean;
}

/**
 * The bytes that tailProcess*Log selects. For a short file, the range may begin before the requested offset, as clients of
 * Supervisor expect.
 */
export function tailRange(size: number, offset: number, length: number): TailRange {
  let start = offset;
  let wanted = length;
  const overflow = size > offset + length;
  if (overflow) start = size - 1;
  if (start + wanted > size) {
    if (start > size - 1) wanted = 0;
    start = size - wanted;
  }
  start = Math.max(0, start);
  wanted = Math.min(Math.max(0, wanted), Math.max(0, size - start));
  return { start, length: wanted, nextOffset: size, overflow };
}

/** All parts in one array. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
