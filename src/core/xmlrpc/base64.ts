// Base64 over bytes (RFC 4648). Written out because the core has no Buffer, and atob() would go through text.

import { atOnce, type Steps } from "../base/turns.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** 57 bytes make the 76 characters of a MIME line. */
const BYTES_PER_LINE = 57;
const DIGITS_A_STEP = 64 * 1024;

const DIGITS = Int8Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code)),
);
const CODES = new TextEncoder().encode(ALPHABET);
const PADDING = 0x3d;
const ASCII = new TextDecoder();

/** Base64 on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  const { length } = bytes;
  const text = new Uint8Array(4 * Math.ceil(length / 3));
  let at = 0;
  for (let i = 0; i < length; i += 3) {
    const three = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text[at] = CODES[three >> 18] ?? 0;
    text[at + 1] = CODES[(three >> 12) & 63] ?? 0;
    text[at + 2] = CODES[(three >> 6) & 63] ?? 0;
    text[at + 3] = CODES[three & 63] ?? 0;
    at += 4;
  }
  const left = length % 3;
  if (left > 0) text[at - 1] = PADDING;
  if (left === 1) text[at - 2] = PADDING;
  return ASCII.decode(text);
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
  const plain = /[\t\n\r ]/.test(text) ? text.replace(/[\t\n\r ]+/g, "") : text;
  const digits = plain.endsWith("=") ? plain.replace(/={1,2}$/, "") : plain;
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
