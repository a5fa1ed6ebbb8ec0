// Filters a program's output for a terminal: text, tab, line feed, carriage return, and colours (SGR) pass. All other
// control sequences are dropped: titles and clipboards (OSC), device control (DCS), cursor and modes (CSI), C1 controls in
// either form. The result does not depend on chunk borders, and memory does not grow with a sequence that never ends.
//
//   ground ──ESC──► escape ──[──► csi ──final byte──► ground      (ESC [ … m alone is passed on)
//     │                ├──P X ] ^ _──► string ──BEL, CAN, SUB, LF or ST──► ground
//     │                └──0x20-0x2F──► escape-more ──final byte──► ground
//     └──C2 80-9F (C1)──► as ESC 40-5F (a control sequence of that form has no colours)

import { blankReturns } from "./log-text.ts";

type State = "ground" | "escape" | "escape-more" | "csi" | "string" | "string-escape";

const BEL = 0x07;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const ESC = 0x1b;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
/** The first byte of a C1 control in UTF-8. */
const C1_LEAD = 0xc2;
const SGR = 0x6d;
/** DCS, SOS, OSC, PM, APC by the byte after ESC (ECMA-48 8.3). */
const STRING_STARTS = [0x50, 0x58, 0x5d, 0x5e, 0x5f];
const RESET = "\u001b[0m";
const RESET_BYTES = new TextEncoder().encode(RESET);
/** Longest parameters of a colour; real ones have some forty bytes at most. */
const MAX_PARAMETERS = 128;
/** Bytes that a result may be longer than its input: what was held back, and a reset. */
const SPARE = MAX_PARAMETERS + 16;

/** Filters one stream. */
export class TerminalFilter {
  #state: State = "ground";
  /** The parameters of a control sequence so far; null when the sequence is not passed on. */
  #parameters: number[] | null = null;
  /** Continuation bytes that the current character still needs, and the range of the next one. */
  #needed = 0;
  #lowest = 0x80;
  #highest = 0xbf;
  #isC1Lead = false;
  #isColoured = false;
  #output: Uint8Array;
  #length = 0;

  /** @param output for the result, as long as that fits */
  constructor(output = new Uint8Array(0)) {
    this.#output = output;
  }

  /** @returns the bytes that may be shown; valid until the next call */
  push(bytes: Uint8Array): Uint8Array {
    // Earlier calls may have held back a lead byte, or a colour with all its parameters.
    const most = bytes.length + SPARE;
    if (this.#output.length < most) this.#output = new Uint8Array(most);
    this.#length = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = this.#isBetween ? this.#shownEnd(bytes, at) : at;
      if (end > at) this.#copy(bytes, at, end);
      if (end < bytes.length) this.#take(bytes[end] ?? 0);
      at = end + 1;
    }
    return this.#output.subarray(0, this.#length);
  }

  /** Whether a new stream of these bytes is shown as it is, and leaves no colour active. */
  showsAll(bytes: Uint8Array): boolean {
    this.#isColoured = false;
    return this.#shownEnd(bytes, 0) === bytes.length && !this.#isColoured;
  }

  /** Whether the next byte begins a character. */
  get #isBetween(): boolean {
    return this.#state === "ground" && this.#needed === 0 && !this.#isC1Lead;
  }

  /** The end of the characters and whole colours from an offset on that are shown as they are; the rest goes byte by byte. */
  #shownEnd(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (isPlain(byte) || byte === TAB) at += 1;
      else {
        const length = byte === ESC ? this.#colourLength(bytes, at) : characterLength(bytes, at);
        if (length === 0) return at;
        at += length;
      }
    }
    return at;
  }

  /** The length of the colour at an offset; 0 for another sequence, and for one that does not end in these bytes. */
  #colourLength(bytes: Uint8Array, from: number): number {
    if (bytes[from + 1] !== LEFT_BRACKET) return 0;
    let isColoured = false;
    for (let at = from + 2; at <= from + 2 + MAX_PARAMETERS; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === SGR) {
        this.#isColoured = isColoured;
        return at + 1 - from;
      }
      if (byte < 0x30 || byte > 0x3b) return 0;
      if (byte !== 0x30) isColoured = true;
    }
    return 0;
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    const output = this.#output;
    let length = this.#length;
    for (let at = from; at < to; at += 1, length += 1) output[length] = bytes[at] ?? 0;
    this.#length = length;
  }

  /** Adds the sequence that resets a colour which the stream left active. @returns all bytes since the last call */
  reset(): Uint8Array {
    if (this.#isColoured) this.#copy(RESET_BYTES, 0, RESET_BYTES.length);
    return this.#output.subarray(0, this.#length);
  }

  /** The sequence that resets a colour which the stream left active; null when there is none. */
  get resetNeeded(): string | null {
    return this.#isColoured ? RESET : null;
  }

  #take(byte: number): void {
    if (this.#state === "ground") this.#ground(byte);
    else if (this.#state === "escape") this.#escape(byte);
    else if (this.#state === "escape-more") this.#escapeMore(byte);
    else if (this.#state === "csi") this.#csi(byte);
    else if (this.#state === "string") this.#string(byte);
    else this.#stringEscape(byte);
  }

  #ground(byte: number): void {
    if (this.#needed > 0 || this.#isC1Lead) {
      if (this.#continue(byte)) return;
      this.#needed = 0;
      this.#isC1Lead = false;
    }
    if (byte === ESC) this.#state = "escape";
    else if (byte >= 0x20 && byte !== DELETE) this.#begin(byte);
    else if (byte === LINE_FEED || byte === TAB || byte === CARRIAGE_RETURN) this.#put(byte);
  }

  /** Takes a byte that begins a character (RFC 3629 section 4); 0x80 to 0x9F alone are C1 controls of other encodings. */
  #begin(byte: number): void {
    if (byte === C1_LEAD) {
      this.#isC1Lead = true;
      return;
    }
    if (byte >= 0x80 && byte <= 0x9f) return;
    this.#put(byte);
    if (byte < C1_LEAD || byte > 0xf4) return;
    this.#needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#lowest = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#highest = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
  }

  /** @returns false when the byte does not continue the character */
  #continue(byte: number): boolean {
    if (this.#isC1Lead) {
      if (byte < 0x80 || byte > 0xbf) return false;
      this.#isC1Lead = false;
      if (byte <= 0x9f) this.#escape(byte - 0x40);
      else {
        this.#put(C1_LEAD);
        this.#put(byte);
      }
      return true;
    }
    if (byte < this.#lowest || byte > this.#highest) return false;
    this.#put(byte);
    this.#needed -= 1;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
    return true;
  }

  #escape(byte: number): void {
    this.#state = "ground";
    if (byte === LEFT_BRACKET) {
      this.#state = "csi";
      this.#parameters = [];
    } else if (STRING_STARTS.includes(byte)) this.#state = "string";
    else if (byte >= 0x20 && byte <= 0x2f) this.#state = "escape-more";
    // A final byte ends the sequence. Any other byte is handled as if there were no ESC before it.
    else if (byte < 0x30 || byte > 0x7e) this.#ground(byte);
  }

  #escapeMore(byte: number): void {
    if (byte >= 0x20 && byte <= 0x2f) return;
    this.#state = "ground";
    if (byte < 0x30 || byte > 0x7e) this.#ground(byte);
  }

  #csi(byte: number): void {
    if (byte >= 0x20 && byte <= 0x3f) {
      // The parameters of a colour consist of digits, colons and semicolons.
      const isPlain = byte >= 0x30 && byte <= 0x3b;
      if (!isPlain || this.#parameters?.length === MAX_PARAMETERS) this.#parameters = null;
      this.#parameters?.push(byte);
      return;
    }
    this.#state = "ground";
    const parameters = this.#parameters;
    this.#parameters = null;
    if (byte === SGR && parameters !== null) this.#colour(parameters);
    else if (byte < 0x40 || byte > 0x7e) this.#ground(byte);
  }

  #colour(parameters: readonly number[]): void {
    for (const byte of [ESC, LEFT_BRACKET, ...parameters, SGR]) this.#put(byte);
    this.#isColoured = parameters.some((byte) => byte !== 0x30);
  }

  /** A string also ends at a line feed: otherwise, a missing terminator would hide the rest of the log. */
  #string(byte: number): void {
    if (byte === ESC) this.#state = "string-escape";
    else if (byte === BEL || byte === CANCEL || byte === SUBSTITUTE) this.#state = "ground";
    else if (byte === LINE_FEED) {
      this.#state = "ground";
      this.#put(byte);
    }
  }

  #stringEscape(byte: number): void {
    this.#state = "ground";
    if (byte !== BACKSLASH) this.#escape(byte);
  }

  #put(byte: number): void {
    this.#output[this.#length] = byte;
    this.#length += 1;
  }
}

/** Filters a whole text. A colour that the text leaves active is reset. */
export function filterForTerminal(text: string): string {
  const filter = new TerminalFilter();
  const shown = new TextDecoder().decode(filter.push(new TextEncoder().encode(text)));
  const reset = filter.resetNeeded;
  if (reset === null) return shown;
  return shown.endsWith("\n") ? `${shown.slice(0, -1)}${reset}\n` : shown + reset;
}

/**
 * Filters a line of one of several programs. Colours are reset at its end, since the next line may be of another program.
 * @param isPrefixed carriage returns within the line would overwrite its prefix, and become blanks
 */
export function filteredLine(line: Uint8Array, isPrefixed: boolean): Uint8Array {
  if (whole.showsAll(line)) return line;
  // Many lines share a buffer: one for each would cost more than the rest.
  const most = line.length + SPARE;
  if (spare.length < most) spare = new Uint8Array(Math.max(most, SHARED_BYTES));
  const filter = new TerminalFilter(spare);
  const shown = filter.push(line);
  if (isPrefixed) blankReturns(shown, 0, shown.length);
  const all = filter.reset();
  spare = spare.subarray(all.length);
  return all;
}

/** Most lines pass unchanged, colours and all, and need no filter of their own. */
const whole = new TerminalFilter();
const SHARED_BYTES = 64 * 1024;
let spare = new Uint8Array(0);

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < DELETE;
}

/** The length of the character of several bytes at an offset; 0 where its first byte, or the next, needs a closer look. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const isUsual =
    first > C1_LEAD && first < 0xf4 && first !== 0xe0 && first !== 0xed && first !== 0xf0;
  if (!isUsual || !isContinuation(bytes[at + 1])) return 0;
  if (first < 0xe0) return 2;
  if (!isContinuation(bytes[at + 2])) return 0;
  if (first < 0xf0) return 3;
  return isContinuation(bytes[at + 3]) ? 4 : 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf;
}
