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

/** How many continuation bytes a lead byte asks for, and the range of the first of them. */
function leadByte(
  byte: number,
): { readonly more: number; readonly low: number; readonly high: number } | null {
  if (byte >= 0xc2 && byte <= 0xdf) return { more: 1, low: 0x80, high: 0xbf };
  if (byte >= 0xe0 && byte <= 0xef) {
    return { more: 2, low: byte === 0xe0 ? 0xa0 : 0x80, high: byte === 0xed ? 0x9f : 0xbf };
  }
  if (byte >= 0xf0 && byte <= 0xf4) {
    return { more: 3, low: byte === 0xf0 ? 0x90 : 0x80, high: byte === 0xf4 ? 0x8f : 0xbf };
  }
  return null;
}

function firstFault(bytes: Uint8Array): Fault | null {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) {
      at += 1;
      continue;
    }
    const lead = leadByte(byte);
    if (lead === null) return { from: at, to: at + 1, reason: "invalid start byte" };
    for (let more = 1; more <= lead.more; more += 1) {
      const next = bytes[at + more];
      if (next === undefined)
        return { from: at, to: bytes.length, reason: "unexpected end of data" };
      const low = more === 1 ? lead.low : 0x80;
      const high = more === 1 ? lead.high : 0xbf;
      if (next < low || next > high) {
        return { from: at, to: at + more, reason: "invalid continuation byte" };
      }
    }
    at += lead.more + 1;
  }
  return null;
}

/** Where bytes stop being UTF-8; null if they are. */
export function faultOfUtf8(bytes: Uint8Array): number | null {
  return firstFault(bytes)?.from ?? null;
}

/** Decodes, keeping a byte order mark. The error is the sentence Python prints. */
export function decodeUtf8(bytes: Uint8Array): Result<string, string> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // Bytes that are not UTF-8 become this character, which a text may also contain.
  const fault = text.includes("\u{fffd}") ? firstFault(bytes) : null;
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
