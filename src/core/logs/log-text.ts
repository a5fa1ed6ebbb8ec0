// Text of a record in the activity log. A record is one line: a line feed in a name, a message or an external reply is written
// as `\n`. Text with intended line feeds has its own type. All lines but the first are indented, so that none of them can be
// mistaken for a record.

import { printable } from "../base/printable.ts";
import { stripAnsi, strippedCapacity } from "./ansi.ts";

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

const LINE_FEED = 0x0a;

/** Keeps the beginning of the last line that is not blank, in bounded memory. */
export class LastLine {
  readonly #bytes = new Uint8Array(MOST_LAST_LINE);
  #length = 0;
  /** The last complete line that is not blank. */
  #last: Uint8Array = new Uint8Array(0);

  /** Takes a chunk. A line may span several chunks. */
  push(chunk: Uint8Array): void {
    let end = chunk.lastIndexOf(LINE_FEED);
    const rest = chunk.subarray(end + 1);
    while (end >= 0) {
      const before = end === 0 ? -1 : chunk.lastIndexOf(LINE_FEED, end - 1);
      // Bytes from before the chunk belong to its first line.
      if (before >= 0) {
        // Bytes after the kept part are ignored, as for a line that spans several chunks.
        const line = chunk.subarray(before + 1, Math.min(end, before + 1 + MOST_LAST_LINE));
        if (!isBlank(line)) {
          this.#last = line.slice();
          break;
        }
      } else {
        this.#add(chunk.subarray(0, end));
        const line = this.#bytes.slice(0, this.#length);
        if (!isBlank(line)) this.#last = line;
      }
      end = before;
    }
    if (rest.length < chunk.length) this.#length = 0;
    this.#add(rest);
  }

  /** The last line as short, printable text; empty when there was none. */
  text(): string {
    const partial = this.#bytes.subarray(0, this.#length);
    const line = isBlank(partial) ? this.#last : partial;
    const plain = new Uint8Array(strippedCapacity(line.length));
    const { written } = stripAnsi("ground", line, plain);
    const text = printable(new TextDecoder().decode(plain.subarray(0, written)).trim());
    return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
  }

  #add(bytes: Uint8Array): void {
    const part = bytes.subarray(0, MOST_LAST_LINE - this.#length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
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

/** Bytes per call of `join`: the list of words stays short, and each call makes one flat string. */
const SLICE = 4096;

/** The representation of each byte between single quotes, and between double quotes. */
const SINGLE_QUOTED = Array.from({ length: 256 }, (_, byte) => reprByte(byte, "'"));
const DOUBLE_QUOTED = Array.from({ length: 256 }, (_, byte) => reprByte(byte, '"'));

/**
 * Python's `repr` of a bytes object, for example `b'\x88\n'`.
 * @remarks Not built by appending a string for each byte: such a string keeps sixty bytes of memory per byte.
 */
export function pyBytesRepr(bytes: Uint8Array): string {
  const isDouble = bytes.includes(SINGLE_QUOTE) && !bytes.includes(DOUBLE_QUOTE);
  const words = isDouble ? DOUBLE_QUOTED : SINGLE_QUOTED;
  const quote = isDouble ? '"' : "'";
  const slices = [`b${quote}`];
  for (let from = 0; from < bytes.length; from += SLICE) {
    const length = Math.min(SLICE, bytes.length - from);
    const slice = new Array<string>(length);
    for (let at = 0; at < length; at += 1) slice[at] = words[bytes[from + at] ?? 0] ?? "";
    slices.push(slice.join(""));
  }
  slices.push(quote);
  return slices.join("");
}

function reprByte(byte: number, quote: string): string {
  if (byte === 0x5c) return "\\\\";
  if (byte === 0x0a) return "\\n";
  if (byte === 0x0d) return "\\r";
  if (byte === 0x09) return "\\t";
  if (byte < 0x20 || byte > 0x7e) return `\\x${byte.toString(16).padStart(2, "0")}`;
  const character = String.fromCharCode(byte);
  return character === quote ? `\\${character}` : character;
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
