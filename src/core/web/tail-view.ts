// The end of a log as a page shows it: how much of it, and bytes as text.

/** Least and most bytes of one look; Supervisor knows only the least. */
export const LEAST_TAIL = 1024;
export const MOST_TAIL = 256 * 1024;

/** The `limit` parameter; what is no number means the least. */
export function tailLimit(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) return LEAST_TAIL;
  return Math.min(MOST_TAIL, Math.max(LEAST_TAIL, Number(text)));
}

/** Without the bytes of a character that begins before the first one. */
export function fromCharacterStart(bytes: Uint8Array): Uint8Array {
  let skip = 0;
  while (skip < 3 && ((bytes[skip] ?? 0) & 0xc0) === 0x80) skip++;
  return bytes.subarray(skip);
}

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** Without terminal sequences; other control characters become the pictures that Unicode has for them. */
export function plainText(text: string): string {
  return text.replace(ESCAPES, "").replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code === 0x7f ? "\u2421" : String.fromCharCode(0x2400 + code);
  });
}

/**
 * The end of a log, without a first line that has lost its beginning, unless nothing follows that line.
 * @param bytes the last `limit + 1` bytes of the log, or all that it has: the byte before the limit may end a line
 */
export function endOfLog(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length <= limit) return bytes;
  const end = bytes.indexOf(0x0a);
  const isOneLine = end < 0 || end === bytes.length - 1;
  return isOneLine ? fromCharacterStart(bytes.subarray(1)) : bytes.subarray(end + 1);
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The same as a page shows it. */
export function endText(bytes: Uint8Array, limit: number): string {
  return plainText(DECODER.decode(endOfLog(bytes, limit)));
}

/** The last lines that say something, oldest first, each of a bounded length. */
export function lastLines(text: string, most: number, longest: number): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-most)
    .map((line) => line.slice(0, longest));
}
