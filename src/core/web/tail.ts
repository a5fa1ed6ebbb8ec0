// The end of a log as a page shows it, and as server-sent events. Each event contains complete characters and complete
// terminal sequences, and its id is the place after them (core/logs/positions.ts): a reader that reconnects with the last id it
// saw resumes there.

import { type LogMark, markText } from "../logs/positions.ts";

/** Least and most bytes of one look; Supervisor knows only the least. */
export const LEAST_TAIL = 1024;
export const MOST_TAIL = 256 * 1024;

/** The `limit` parameter; the least for anything but a number. */
export function tailLimit(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) return LEAST_TAIL;
  return Math.min(MOST_TAIL, Math.max(LEAST_TAIL, Number(text)));
}

/** Without the bytes of a character that begins before the first one. */
export function fromCharacterStart(bytes: Uint8Array): Uint8Array {
  let skip = 0;
  while (skip < 3 && ((bytes[skip] ?? 0) & 0xc0) === 0x80) skip++;
  return bytes.subarray(skip);
}

/** Terminal sequences. */
export const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** Without terminal sequences; other control characters become the pictures that Unicode has for them. */
export function plainText(text: string): string {
  return withPictures(text.replace(ESCAPES, ""));
}

/** Control characters become the pictures that Unicode has for them. */
export function withPictures(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code === 0x7f ? "\u2421" : String.fromCharCode(0x2400 + code);
  });
}

/**
 * The end of a log, without a first line that has lost its beginning, unless nothing follows that line.
 * @param bytes the last `limit + 1` bytes of the log, or all that it has: the byte before the limit may end a line
 */
export function endOfLog(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length <= limit) return bytes;
  const end = bytes.indexOf(0x0a);
  const isOneLine = end < 0 || end === bytes.length - 1;
  return isOneLine ? fromCharacterStart(bytes.subarray(1)) : bytes.subarray(end + 1);
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The same as a page shows it. */
export function endText(bytes: Uint8Array, limit: number): string {
  return plainText(DECODER.decode(endOfLog(bytes, limit)));
}

/** After so many bytes, what may still become a terminal sequence is shown as it is. */
const LONGEST_ESCAPE = 200;
/** How long a browser waits before it connects again. */
const RETRY_MS = 1000;
/** Most bytes of the first message: a reader may fall a megabyte behind, and has taken nothing yet. */
const MOST_FIRST = 3 * MOST_TAIL;

/** The start of a terminal sequence, without its end. */
const OPEN_ESCAPE = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[ -/]*)$/;

/** One character per byte. */
const BYTEWISE = new TextDecoder("latin1");
const ENCODER = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** Where a stream begins. */
interface TailStart {
  /** Of its first byte; null for a log whose bytes are not counted. */
  readonly mark: LogMark | null;
  /** Bytes between the place that was asked for and the mark. */
  readonly missing: number;
  /** The place that was asked for; null for a reader who has seen nothing. */
  readonly after: LogMark | null;
  /** How much of its end a reader who has seen nothing asked for, and one byte more; null for all. */
  readonly limit?: number | null;
}

/** Makes the messages of one stream. */
export class TailEvents {
  /** The place of the first byte that is held, or comes next. */
  #mark: LogMark | null;
  /** The start of a character or a terminal sequence whose rest has not come: LONGEST_ESCAPE bytes at most. */
  #held: Uint8Array = NOTHING;

  /** `event: stdout`, or nothing for messages without a name. */
  readonly #nameLine: string;

  /** @param mark the place of the first byte. @param name of the messages; empty for none */
  constructor(mark: LogMark | null, name = "") {
    this.#mark = mark;
    this.#nameLine = name === "" ? "" : `event: ${name}\n`;
  }

  /**
   * The message for bytes that were appended, in parts; empty while they may still become something else.
   * @param bytes must not change afterwards
   */
  take(bytes: Uint8Array): readonly Uint8Array[] {
    const { length, data, rest } = shown(this.#held, bytes);
    this.#held = rest;
    if (length === 0) return [];
    this.#mark = moved(this.#mark, length);
    return [ENCODER.encode(`${this.#nameLine}${idLine(this.#mark)}`), data];
  }
}

/** What a message shows. */
interface Shown {
  /** What was held before. */
  readonly held: Uint8Array;
  readonly length: number;
  /** The lines of data, and the end of the message. */
  readonly data: Uint8Array;
  /** What is held now. */
  readonly rest: Uint8Array;
}

/** A log may have many readers, and they get the same bytes. */
const known = new WeakMap<Uint8Array, Shown>();

function shown(held: Uint8Array, bytes: Uint8Array): Shown {
  const before = known.get(bytes);
  if (before !== undefined && isSame(before.held, held)) return before;
  const all = held.length === 0 ? bytes : joined([held, bytes]);
  const length = wholeLength(all);
  const text = plainText(DECODER.decode(all.subarray(0, length)));
  const data = ENCODER.encode(`data: ${JSON.stringify(text)}\n\n`);
  const made = { held, length, data, rest: all.slice(length) };
  known.set(bytes, made);
  return made;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/**
 * Begins a stream. Its first message, `start`, states how it joins the text that the reader has: `isFresh` for not at all, and
 * `missing` bytes in between.
 * @param bytes the end of the log, from the mark on
 */
export function beginTail(start: TailStart, bytes: Uint8Array) {
  const { mark, missing, after, limit = null } = start;
  const goesOn =
    mark !== null &&
    after !== null &&
    mark.epoch === after.epoch &&
    mark.offset === after.offset + missing;
  const skipped = limit === null || goesOn ? 0 : bytes.length - endOfLog(bytes, limit).length;
  const text = bytes.subarray(skipped);
  const whole = begin({ mark: moved(mark, skipped), missing }, !goesOn, text);
  // Text with many control characters is up to three times as long as its bytes in the log.
  if (whole.first.length <= MOST_FIRST || bytes.length <= MOST_TAIL) return whole;
  const cut = bytes.length - MOST_TAIL;
  const rest = { mark: moved(mark, cut), missing: goesOn ? missing + cut : 0 };
  return begin(rest, !goesOn, bytes.subarray(cut));
}

/** Returns the maker of the messages to come, and the message `start` with the end of the log. */
function begin(
  { mark, missing }: Pick<TailStart, "mark" | "missing">,
  isFresh: boolean,
  bytes: Uint8Array,
) {
  const text = isFresh || missing > 0 ? fromCharacterStart(bytes) : bytes;
  const place = moved(mark, bytes.length - text.length);
  const events = new TailEvents(place);
  const data = JSON.stringify({ isFresh, missing });
  const head = `retry: ${RETRY_MS}\nevent: start\n${idLine(place)}data: ${data}\n\n`;
  return { events, first: joined([ENCODER.encode(head), ...events.take(text)]) };
}

/** How many bytes can be shown now: what follows them is the start of a character or of a terminal sequence. */
export function wholeLength(bytes: Uint8Array): number {
  const length = bytes.length - cutCharacter(bytes);
  const from = Math.max(0, bytes.length - LONGEST_ESCAPE);
  const at = BYTEWISE.decode(bytes.subarray(from, length)).search(OPEN_ESCAPE);
  return at < 0 ? length : from + at;
}

/** How many bytes at the end begin a UTF-8 character whose rest is not there. */
function cutCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return byte < 0xf5 && needed > back ? back : 0;
  }
  return 0;
}

function moved(mark: LogMark | null, bytes: number): LogMark | null {
  return mark === null ? null : { ...mark, offset: mark.offset + bytes };
}

function idLine(mark: LogMark | null): string {
  return mark === null ? "" : `id: ${markText(mark)}\n`;
}

/** One after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
