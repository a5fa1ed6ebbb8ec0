// Bytes as characters, one for each.

/** In parts, because the arguments of a call are few. */
const CHUNK = 4096;

/**
 * Bytes as a text with one character for each.
 * @remarks Not by TextDecoder: its iso-8859-1 is windows-1252, and not in every build of Node.
 */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}
