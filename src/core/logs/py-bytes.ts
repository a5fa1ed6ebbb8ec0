// Echo of output in the activity log at level DEBG: as text if it is valid UTF-8, otherwise as Python prints bytes.

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** Bytes that are represented at a time. */
const SLICE = 64 * 1024;
/** A byte takes four characters at most: `\\xff`. Kept, so that a flood of such bytes leaves only texts to collect. */
const SCRATCH = new Uint8Array(4 * SLICE);

const HEX = new TextEncoder().encode("0123456789abcdef");
const BACKSLASH = 0x5c;
const X = 0x78;
/** Bytes with an escape of their own, and the letter behind its backslash. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [BACKSLASH, BACKSLASH],
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
]);

/** Python's `repr` of a bytes object, for example `b'\x88\n'`. */
export function pyBytesRepr(bytes: Uint8Array): string {
  const isDouble = bytes.includes(SINGLE_QUOTE) && !bytes.includes(DOUBLE_QUOTE);
  const quote = isDouble ? DOUBLE_QUOTE : SINGLE_QUOTE;
  const mark = String.fromCharCode(quote);
  let text = `b${mark}`;
  for (let from = 0; from < bytes.length; from += SLICE) {
    const length = represent(bytes.subarray(from, from + SLICE), quote);
    text += DECODER.decode(SCRATCH.subarray(0, length));
  }
  return text + mark;
}

/** Writes the representation into `SCRATCH`. @returns its length */
function represent(bytes: Uint8Array, quote: number): number {
  let at = 0;
  for (const byte of bytes) {
    const letter = byte === quote ? byte : ESCAPES.get(byte);
    if (letter !== undefined) {
      SCRATCH[at++] = BACKSLASH;
      SCRATCH[at++] = letter;
    } else if (byte >= 0x20 && byte <= 0x7e) {
      SCRATCH[at++] = byte;
    } else {
      SCRATCH[at++] = BACKSLASH;
      SCRATCH[at++] = X;
      SCRATCH[at++] = HEX[byte >> 4] ?? 0;
      SCRATCH[at++] = HEX[byte & 15] ?? 0;
    }
  }
  return at;
}

/** The text of bytes; null when they are not valid UTF-8, which includes a character cut at a chunk border. */
export function decodeStrict(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes);
  } catch {
    return null;
  }
}

/** The data part of an echo. */
export function echoText(bytes: Uint8Array): string {
  return decodeStrict(bytes) ?? `Undecodable: ${pyBytesRepr(bytes)}`;
}
