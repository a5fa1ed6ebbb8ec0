// Echo of output in the activity log at level DEBG: as text if it is valid UTF-8, otherwise as Python prints bytes.

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** Bytes per call of `join`: the list of words stays short, and each call makes one flat string. */
const SLICE = 4096;

/** The representation of each byte between single quotes, and between double quotes. */
const SINGLE_QUOTED = Array.from({ length: 256 }, (_, byte) => reprByte(byte, "'"));
const DOUBLE_QUOTED = Array.from({ length: 256 }, (_, byte) => reprByte(byte, '"'));

/**
 * Python's `repr` of a bytes object, for example `b'\x88\n'`.
 * @remarks Not built by appending a string for each byte: such a string keeps sixty bytes of memory per byte.
 */
export function pyBytesRepr(bytes: Uint8Array): string {
  const isDouble = bytes.includes(SINGLE_QUOTE) && !bytes.includes(DOUBLE_QUOTE);
  const words = isDouble ? DOUBLE_QUOTED : SINGLE_QUOTED;
  const quote = isDouble ? '"' : "'";
  const slices = [`b${quote}`];
  for (let from = 0; from < bytes.length; from += SLICE) {
    const length = Math.min(SLICE, bytes.length - from);
    const slice = new Array<string>(length);
    for (let at = 0; at < length; at += 1) slice[at] = words[bytes[from + at] ?? 0] ?? "";
    slices.push(slice.join(""));
  }
  slices.push(quote);
  return slices.join("");
}

function reprByte(byte: number, quote: string): string {
  if (byte === 0x5c) return "\\\\";
  if (byte === 0x0a) return "\\n";
  if (byte === 0x0d) return "\\r";
  if (byte === 0x09) return "\\t";
  if (byte < 0x20 || byte > 0x7e) return `\\x${byte.toString(16).padStart(2, "0")}`;
  const character = String.fromCharCode(byte);
  return character === quote ? `\\${character}` : character;
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
