// Selects the bytes of a log that an RPC reads, exactly as Supervisor does (options.py, readFile and tailFile).

/** A range of a file to read; `length` may reach past its end. */
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
