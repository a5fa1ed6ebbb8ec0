// Finds lines that the daemon formatted, and the program's text in them.

import { type OwnLine, readOwnLine } from "../../core/logs/own-line.ts";

/** The program's name begins within this many bytes of a formatted line. */
const MOST_BEFORE_NAME = 96;

/**
 * Parses a line that the daemon formatted; null for any other line.
 * @param name the program's name as the daemon writes it into lines
 */
export function ownLineOf(bytes: Uint8Array, name: string): OwnLine | null {
  return mayBeOwn(bytes, name) ? readOwnLine(utf8(bytes), name) : null;
}

/** A cheap test before a line is parsed: most lines are not formatted by the daemon. */
export function mayBeOwn(bytes: Uint8Array, name: string): boolean {
  const length = Math.min(bytes.length, MOST_BEFORE_NAME + name.length * 4);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, length).indexOf(name);
  return at >= 0 && at < MOST_BEFORE_NAME;
}

/** Whether a line that the daemon formatted is a record, of JSON or logfmt, and has no prefix. */
export function isRecord(bytes: Uint8Array): boolean {
  return /^(?:\{|time=|program=)/.test(utf8(bytes.subarray(0, 8)));
}

const UTF8 = new TextDecoder();

export function utf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
