// How the activity log echoes output at level DEBG: as text when it is valid UTF-8, else the way Python prints bytes.

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** Python's `repr` of a bytes object, for example `b'\x88\n'`. */
export function pyBytesRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(SINGLE_QUOTE) && !bytes.includes(DOUBLE_QUOTE) ? '"' : "'";
  let text = `b${quote}`;
  for (const byte of bytes) text += reprByte(byte, quote);
  return text + quote;
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

/** The text of bytes, or null when they are not valid UTF-8 (a character cut at a chunk's border counts). */
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
