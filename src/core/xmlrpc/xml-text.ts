// The bytes of a request to text. UTF-8, whatever the document declares, as Supervisor reads it; and ISO-8859-1 where it
// is declared and the bytes are no UTF-8, since PHP's clients write it.

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const DECLARES_LATIN1 = /^<\?xml[^>]{0,80}\sencoding\s*=\s*["'](?:iso-8859-1|latin-?1)["']/i;
/** Where a declaration ends at the latest. */
const MAX_DECLARATION = 120;
/** Fewer than what a call takes as arguments. */
const CHUNK = 4096;

/** The text, or null when the bytes are neither. */
export function decodeXmlText(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    const start = latin1(bytes.subarray(0, MAX_DECLARATION));
    return DECLARES_LATIN1.test(start) ? latin1(bytes) : null;
  }
}

/** @remarks Not by TextDecoder: what it calls iso-8859-1 is windows-1252, and not in every build of Node. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}
