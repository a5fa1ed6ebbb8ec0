// Reads the decompressed size of a file from its gzip trailer or its zstd header, without decompressing it.

/** Bytes at the end of a gzip file that `gzipSize` reads (ISIZE, RFC 1952, 2.3.1). */
export const GZIP_END = 4;
/** Maximum bytes at the beginning of a zstd file that `zstdSize` reads (Frame_Header, RFC 8878, 3.1.1.1). */
export const ZSTD_HEAD = 18;

/** ISIZE counts modulo this. */
const WRAP = 2 ** 32;
/** The maximum compression ratio of deflate. */
const MOST_BY_DEFLATE = 1032;
/** A compression ratio that logs rarely exceed. */
const MOST_OF_LOGS = 50;
/** Maximum bytes of headers, with the name of a file, and checksums. */
const FRAMING = 1024;
const ZSTD_MAGIC = 0xfd2fb528;

/**
 * The decompressed size of a gzip file; null when its trailer is not enough: the file has several members, or may contain 4 GB.
 * @param end the last `GZIP_END` bytes
 * @param size bytes of the file
 */
export function gzipSize(end: Uint8Array, size: number): number | null {
  if (end.length !== GZIP_END) return null;
  const noted = view(end).getUint32(0, true);
  const isPossible = noted <= size * MOST_BY_DEFLATE && size * MOST_OF_LOGS < WRAP;
  return isPossible && isLongEnough(noted, size) ? noted : null;
}

/**
 * The decompressed size of a zstd file; null when its header does not record it, or the file has more than one frame.
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
  // A value of two bytes is offset by 256.
  if (length === 2) return bytes.getUint16(at, true) + 256;
  if (length === 4) return bytes.getUint32(at, true);
  return Number(bytes.getBigUint64(at, true));
}

/** Incompressible data becomes hardly longer. A file that is much longer than its recorded size has another member or frame. */
function isLongEnough(noted: number, size: number): boolean {
  return Number.isSafeInteger(noted) && size <= noted + noted / 1000 + FRAMING;
}

function view({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
