// How long a compressed file is without its compression, by what gzip and zstd note in it. Nothing is decompressed for that.

/** The length of the end of a gzip file that `gzipSize` reads (ISIZE, RFC 1952, 2.3.1). */
export const GZIP_END = 4;
/** The length of the beginning of a zstd file that `zstdSize` reads, at most (Frame_Header, RFC 8878, 3.1.1.1). */
export const ZSTD_HEAD = 18;

/** ISIZE counts modulo this. */
const WRAP = 2 ** 32;
/** No text shrinks more by deflate. */
const MOST_BY_DEFLATE = 1032;
/** Logs rarely shrink more. */
const MOST_OF_LOGS = 50;
/** Headers, with the name of a file, and check sums. */
const FRAMING = 1024;
const ZSTD_MAGIC = 0xfd2fb528;

/**
 * The size of what a gzip file contains; null when its end does not tell: the file has several members, or may contain 4 GB.
 * @param size bytes of the file
 */
export function gzipSize(end: Uint8Array, size: number): number | null {
  if (end.length !== GZIP_END) return null;
  const noted = view(end).getUint32(0, true);
  const isPossible = noted <= size * MOST_BY_DEFLATE && size * MOST_OF_LOGS < WRAP;
  return isPossible && isLongEnough(noted, size) ? noted : null;
}

/**
 * The size of what a zstd file contains; null when its header does not tell.
 * @param head the first bytes, `ZSTD_HEAD` or all there are
 * @param size bytes of the file
 */
export function zstdSize(head: Uint8Array, size: number): number | null {
  const bytes = view(head);
  if (head.length < 6 || bytes.getUint32(0, true) !== ZSTD_MAGIC) return null;
  const flags = bytes.getUint8(4);
  const isSingle = (flags & 0x20) !== 0;
  const length = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const at = 5 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][flags & 3] ?? 0);
  if (length === 0 || at + length > head.length) return null;
  const noted = contentSize(bytes, at, length);
  return isLongEnough(noted, size) ? noted : null;
}

function contentSize(bytes: DataView, at: number, length: number): number {
  if (length === 1) return bytes.getUint8(at);
  // Two bytes count from where one byte ends.
  if (length === 2) return bytes.getUint16(at, true) + 256;
  if (length === 4) return bytes.getUint32(at, true);
  return Number(bytes.getBigUint64(at, true));
}

/** What cannot be compressed becomes hardly longer. A file that is much longer has another part. */
function isLongEnough(noted: number, size: number): boolean {
  return Number.isSafeInteger(noted) && size <= noted + noted / 1000 + FRAMING;
}

function view({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
