// The bytes of a request to text, in pieces. UTF-8, whatever the document declares, as Supervisor reads it; and ISO-8859-1
// where it is declared and the bytes are no UTF-8, since PHP's clients write it.

import type { Steps } from "../base/turns.ts";

const DECLARES_LATIN1 = /^<\?xml[^>]{0,80}\sencoding\s*=\s*["'](?:iso-8859-1|latin-?1)["']/i;
/** Where a declaration ends at the latest. */
const MAX_DECLARATION = 120;
/** Of a piece: parsing the worst of them takes about a millisecond. */
const PIECE_BYTES = 16 * 1024;
/** Fewer than what a call takes as arguments. */
const CHUNK = 4096;

/** The text in pieces, one for each step; null when the bytes are neither. */
export function* decodeXmlText(
  bytes: Uint8Array,
  pieceBytes = PIECE_BYTES,
): Steps<readonly string[] | null> {
  const text = yield* utf8(bytes, pieceBytes);
  if (text !== null) return text;
  const start = latin1(bytes.subarray(0, MAX_DECLARATION));
  if (!DECLARES_LATIN1.test(start)) return null;
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (at > 0) yield;
    pieces.push(latin1(bytes.subarray(at, at + pieceBytes)));
  }
  return pieces;
}

function* utf8(bytes: Uint8Array, pieceBytes: number): Steps<readonly string[] | null> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (at > 0) yield;
    const end = at + pieceBytes;
    try {
      pieces.push(decoder.decode(bytes.subarray(at, end), { stream: end < bytes.length }));
    } catch {
      return null;
    }
  }
  return pieces;
}

/** @remarks Not by TextDecoder: what it calls iso-8859-1 is windows-1252, and not in every build of Node. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}
