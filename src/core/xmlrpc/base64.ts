// Base64 over bytes (RFC 4648). Written out because the core has no Buffer, and atob() would go through text.

import { atOnce, type Steps } from "../base/steps.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** 57 bytes make the 76 characters of a MIME line. */
const BYTES_PER_LINE = 57;
const DIGITS_A_STEP = 64 * 1024;

const DIGITS: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code)),
);

/** Base64 on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] ?? 0;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    text += digit(a >> 2) + digit(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? "=" : digit(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? "=" : digit(c & 63);
  }
  return text;
}

/** Base64 in lines of 76 characters, each with its line feed: what Python's writer emits. */
export function encodeBase64Lines(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += BYTES_PER_LINE) {
    text += `${encodeBase64(bytes.subarray(i, i + BYTES_PER_LINE))}\n`;
  }
  return text;
}

/** Bytes of a base64 text with any white space in it; null when it is none. Missing padding is forgiven. */
export function decodeBase64(text: string): Uint8Array | null {
  return atOnce(decodeBase64InSteps(text));
}

/** The same in steps. */
export function* decodeBase64InSteps(text: string): Steps<Uint8Array | null> {
  const digits = text.replace(/[\t\n\r ]+/g, "").replace(/={1,2}$/, "");
  if (digits.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < digits.length; i++) {
    if (i % DIGITS_A_STEP === DIGITS_A_STEP - 1) yield;
    const six = DIGITS[digits.charCodeAt(i)];
    if (six === undefined || six < 0) return null;
    held = ((held << 6) | six) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return bytes;
}

function digit(six: number): string {
  return ALPHABET.charAt(six);
}
