// Text of a record in the activity log. A record is one line: a line feed in a name, a message or an external reply is written
// as `\n`. Text with intended line feeds has its own type. All lines but the first are indented, so that none of them can be
// mistaken for a record.

import { printable } from "../base/printable.ts";
import { stripAnsi, strippedCapacity } from "./ansi.ts";
import { LinePieces } from "./line-pieces.ts";

/** A record of several lines. All but the first are shown indented. */
class LogLines {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  toString(): string {
    return this.lines.join("\n");
  }
}

export type LogText = string | LogLines;

const INDENT = "    ";

/** A text of several lines, such as a stack. */
export function linesOf(text: string): LogLines {
  return new LogLines(text.replace(/\n+$/, "").split("\n"));
}

/** The lines as they are written: no control characters, all but the first indented by four blanks. */
export function writtenLines(text: LogText): readonly string[] {
  const [first = "", ...rest] = typeof text === "string" ? [text] : text.lines;
  return [
    written(first),
    ...rest.map((line) => INDENT + written(line.replace(/^(?: {1,4}|\t)/, ""))),
  ];
}

function written(line: string): string {
  return printable(line.replaceAll("\n", "\\n"));
}

// Carriage returns within a line, as progress bars write them. On a terminal, the text after a carriage return would overwrite
// the name before the line.

const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;

/** Replaces carriage returns with blanks, in place. A carriage return at the end is a part of the line end, and stays. */
export function blankReturns(bytes: Uint8Array, from: number, to: number): void {
  const line = bytes.subarray(from, to);
  for (let at = line.indexOf(CARRIAGE_RETURN); at >= 0; at = line.indexOf(CARRIAGE_RETURN, at)) {
    if (at === line.length - 1) return;
    line[at] = BLANK;
  }
}

// Keeps the last line of output that is otherwise dropped.

/** Maximum bytes of the line that are kept. */
export const MOST_LAST_LINE = 4096;
/** Maximum characters of the line that are shown. */
const MOST_SHOWN = 200;

/** Keeps the beginning of the last line that is not blank, in bounded memory. */
export class LastLine {
  readonly #pieces = new LinePieces(
    {
      take: (bytes, from, to, _end, isContinued) =>
        this.#take(bytes.subarray(from, to), isContinued),
    },
    null,
    MOST_LAST_LINE,
  );
  /** The last complete line that is not blank. */
  #last: Uint8Array = new Uint8Array(0);

  /** Takes a chunk. A line may span several chunks. */
  push(chunk: Uint8Array): void {
    this.#pieces.push(chunk);
  }

  /** The last line as short, printable text; empty when there was none. */
  text(): string {
    const { held, isContinued } = this.#pieces.state;
    const line = isContinued || isBlank(held) ? this.#last : held;
    const plain = new Uint8Array(strippedCapacity(line.length));
    const { written } = stripAnsi("ground", line, plain);
    const text = printable(new TextDecoder().decode(plain.subarray(0, written)).trim());
    return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
  }

  #take(piece: Uint8Array, isContinued: boolean): void {
    if (!isContinued && !isBlank(piece)) this.#last = piece.slice();
  }
}

/** White space only. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

// Echo of output in the activity log at level DEBG: as text if it is valid UTF-8, otherwise as Python prints bytes.

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** Bytes that are represented at a time. */
const SLICE = 64 * 1024;
/** A byte takes four characters at most: `\\xff`. Kept, so that a flood of such bytes leaves only texts to collect. */
const SCRATCH = new Uint8Array(4 * SLICE);

const HEX = new TextEncoder().encode("0123456789abcdef");
const BACKSLASH = 0x5c;
const X = 0x78;
/** Bytes with an escape of their own, and the letter behind its backslash. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [BACKSLASH, BACKSLASH],
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
]);

/** Python's `repr` of a bytes object, for example `b'\x88\n'`. */
export function pyBytesRepr(bytes: Uint8Array): string {
  const isDouble = bytes.includes(SINGLE_QUOTE) && !bytes.includes(DOUBLE_QUOTE);
  const quote = isDouble ? DOUBLE_QUOTE : SINGLE_QUOTE;
  const mark = String.fromCharCode(quote);
  let text = `b${mark}`;
  for (let from = 0; from < bytes.length; from += SLICE) {
    const length = represent(bytes.subarray(from, from + SLICE), quote);
    text += DECODER.decode(SCRATCH.subarray(0, length));
  }
  return text + mark;
}

/** Writes the representation into `SCRATCH`. @returns its length */
function represent(bytes: Uint8Array, quote: number): number {
  let at = 0;
  for (const byte of bytes) {
    const letter = byte === quote ? byte : ESCAPES.get(byte);
    if (letter !== undefined) {
      SCRATCH[at++] = BACKSLASH;
      SCRATCH[at++] = letter;
    } else if (byte >= 0x20 && byte <= 0x7e) {
      SCRATCH[at++] = byte;
    } else {
      SCRATCH[at++] = BACKSLASH;
      SCRATCH[at++] = X;
      SCRATCH[at++] = HEX[byte >> 4] ?? 0;
      SCRATCH[at++] = HEX[byte & 15] ?? 0;
    }
  }
  return at;
}

/** The text of bytes; null when they are not valid UTF-8, which includes a character cut at a chunk border. */
export function decodeStrict(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes);
  } catch {
    return null;
  }
}

/** The data part of an echo. */
export function echoText(bytes: Uint8Array): string {
  return decodeStrict(bytes) ?? `Undecodable: ${pyBytesRepr(bytes)}`;
}
