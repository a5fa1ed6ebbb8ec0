// Escapes text for the inside of a JSON string (RFC 8259 section 7), from bytes to bytes.

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** A name with control characters and quotes escaped. */
export function escapedText(name: string): string {
  const bytes = ENCODER.encode(name);
  const output = new Uint8Array(ESCAPED_BYTES * bytes.length);
  return DECODER.decode(output.subarray(0, escapeInto(bytes, 0, bytes.length, output, 0)));
}

/** Maximum output bytes per input byte. */
export const ESCAPED_BYTES = 6;

const COPIED = 0;
const ESCAPED = 1;
const ENCODED = 2;
const KINDS = new Uint8Array(256).map((_, byte) => {
  if (byte >= 0x80) return ENCODED;
  return byte < 0x20 || byte === 0x7f || byte === 0x22 || byte === 0x5c ? ESCAPED : COPIED;
});

const BACKSLASH = 0x5c;
/** The character after the backslash, for bytes that have a short form. */
const SHORT: Readonly<Record<number, number>> = {
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
  34: 0x22,
  92: 0x5c,
};
const HEX = ENCODER.encode("0123456789abcdef");
/** The first byte of a C1 control. */
const C1_LEAD = 0xc2;

/**
 * Escapes `bytes[from..to)` into `output` at `at`. The output must have room for `ESCAPED_BYTES` per byte. Invalid UTF-8 becomes
 * U+FFFD, one for each maximal subpart of a sequence, as in TextDecoder. Control characters are escaped, C1 and DEL too.
 * @returns the offset in `output` after the last byte written
 */
export function escapeInto(
  bytes: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  let next = at;
  let index = from;
  while (index < to) {
    const byte = bytes[index] ?? 0;
    const kind = KINDS[byte];
    if (kind === COPIED) {
      output[next] = byte;
      next += 1;
      index += 1;
    } else if (kind === ESCAPED) {
      next = putEscaped(byte, output, next);
      index += 1;
    } else {
      const length = characterLength(bytes, index, to);
      next =
        length > 0 ? putCharacter(bytes, index, length, output, next) : putUnknown(output, next);
      index += Math.abs(length);
    }
  }
  return next;
}

function putEscaped(byte: number, output: Uint8Array, at: number): number {
  const short = SHORT[byte];
  output[at] = BACKSLASH;
  if (short !== undefined) {
    output[at + 1] = short;
    return at + 2;
  }
  output[at + 1] = 0x75;
  output[at + 2] = 0x30;
  output[at + 3] = 0x30;
  output[at + 4] = HEX[byte >> 4] ?? 0;
  output[at + 5] = HEX[byte & 15] ?? 0;
  return at + 6;
}

function putCharacter(
  bytes: Uint8Array,
  from: number,
  length: number,
  output: Uint8Array,
  at: number,
): number {
  const second = bytes[from + 1] ?? 0;
  if (bytes[from] === C1_LEAD && second < 0xa0) return putEscaped(second, output, at);
  for (let index = 0; index < length; index += 1) output[at + index] = bytes[from + index] ?? 0;
  return at + length;
}

function putUnknown(output: Uint8Array, at: number): number {
  output[at] = 0xef;
  output[at + 1] = 0xbf;
  output[at + 2] = 0xbd;
  return at + 3;
}

/**
 * The length of the character at `from`, which is not ASCII. For an invalid sequence, the negative length of the bytes to
 * replace (Unicode, table 3-7, and the maximal subparts of its section 3.9).
 */
function characterLength(bytes: Uint8Array, from: number, to: number): number {
  const lead = bytes[from] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  let highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const byte = from + index < to ? (bytes[from + index] ?? 0) : 0;
    if (byte < lowest || byte > highest) return -index;
    lowest = 0x80;
    highest = 0xbf;
  }
  return length;
}
