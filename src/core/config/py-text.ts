// Text operations that must agree with Python's: its notion of white space (JavaScript's own `trim` takes U+FEFF and leaves
// U+001C), and its strict UTF-8, with the words and the position that its codec prints.

import { err, ok, type Result } from "../base/result.ts";

const SPACES =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACE = new RegExp(`[${SPACES}]`);
const WORD = new RegExp(`[^${SPACES}]+`, "g");

/** Whether Python's `str.isspace` holds for the character. */
export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

/** `str.rstrip()`. */
export function stripRight(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** `str.strip()`. */
export function strip(text: string): string {
  const right = stripRight(text);
  return right.slice(Math.max(right.search(WORD), 0));
}

/** `str.split()`: words between runs of white space, never an empty one. */
export function splitWords(text: string): string[] {
  return text.match(WORD) ?? [];
}

interface Fault {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const ENCODER = new TextEncoder();
/** What bytes become that are not UTF-8. A text may contain it, too: as the bytes EF BF BD. */
const REPLACEMENT = "\u{fffd}";

/** @param text the bytes, decoded */
function firstFault(bytes: Uint8Array, text: string): Fault | null {
  let from = 0;
  let start = 0;
  for (;;) {
    const at = text.indexOf(REPLACEMENT, start);
    if (at < 0) return null;
    from += ENCODER.encode(text.slice(start, at)).length;
    const [first, second, third] = bytes.subarray(from, from + 3);
    const isWritten = first === 0xef && second === 0xbf && third === 0xbd;
    if (!isWritten) return faultAt(bytes, from);
    from += 3;
    start = at + 1;
  }
}

function faultAt(bytes: Uint8Array, from: number): Fault {
  // A decoder holds the beginning of a character back, and replaces everything else at once.
  const isBegun = (to: number): boolean =>
    new TextDecoder().decode(bytes.subarray(from, to), { stream: true }) === "";
  let to = from + 1;
  if (!isBegun(to)) return { from, to, reason: "invalid start byte" };
  while (to < bytes.length && isBegun(to + 1)) to += 1;
  const isCut = to === bytes.length;
  return { from, to, reason: isCut ? "unexpected end of data" : "invalid continuation byte" };
}

/** Where bytes stop being UTF-8; null if they are. */
export function faultOfUtf8(bytes: Uint8Array): number | null {
  return firstFault(bytes, DECODER.decode(bytes))?.from ?? null;
}

/** Decodes, keeping a byte order mark. The error is the sentence Python prints. */
export function decodeUtf8(bytes: Uint8Array): Result<string, string> {
  const text = DECODER.decode(bytes);
  const fault = firstFault(bytes, text);
  if (fault === null) return ok(text);
  if (fault.to - fault.from === 1) {
    const hex = (bytes[fault.from] ?? 0).toString(16).padStart(2, "0");
    return err(
      `'utf-8' codec can't decode byte 0x${hex} in position ${fault.from}: ${fault.reason}`,
    );
  }
  const where = `${fault.from}-${fault.to - 1}`;
  return err(`'utf-8' codec can't decode bytes in position ${where}: ${fault.reason}`);
}
