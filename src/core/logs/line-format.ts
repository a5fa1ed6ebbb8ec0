// Formats the output of a program line by line, for logs, `tsv run` and `tsv logs`:
//
//   raw      every byte as it was written, without delay
//   plain    whole lines, after the time if there is one
//   prefix   12:04:07 web | line
//   json     {"time":"2026-03-01T12:04:07.123+01:00","program":"web","channel":"stdout","message":"line"}
//   logfmt   time=2026-03-01T12:04:07.123+01:00 program=web channel=stdout message="line"
//
// For people, prefix has ! instead of | for standard error, and no carriage returns within lines.
// A line longer than LONGEST_PIECE is written in pieces, each as a line. A piece whose line continues has "partial":true in
// json and partial=true in logfmt. In prefix, a piece that continues another has + instead of | or !.

import { LinePieces, type PieceEnd, type PieceSink, type PieceState } from "./line-pieces.ts";
import type { LineFormat, LineTime } from "./line-styles.ts";
import { LineClock } from "./line-time.ts";
import { blankReturns } from "./log-text.ts";
import { ERROR_COLOUR, paddedName } from "./name-colour.ts";

export interface LineStyle {
  readonly format: LineFormat;
  /** See `lineTimeOf`. */
  readonly time: LineTime;
  /** The name as users see it: see `shownName`. */
  readonly name: string;
  readonly channel: "stdout" | "stderr";
  /** Minimum columns of the name in a prefix; 0 for no padding. */
  readonly width?: number;
  /** Parameters of SGR for the prefix, such as `36`; null for none. */
  readonly colour: string | null;
  /** Lines with a prefix are for people: standard error, which otherwise has its own log, is marked, and names stay visible. */
  readonly isForPeople?: boolean;
}

/** Receives one or more whole lines per call (raw: any bytes). The bytes are valid until it returns. */
type TakeLines = (lines: Uint8Array) => void;

/** The time format of lines: the configured one, or the default. Lines of json and logfmt always have a time. */
export function lineTimeOf(format: LineFormat, given: LineTime | null): LineTime {
  const isRecord = format === "json" || format === "logfmt";
  if (isRecord) return given === null || given === "none" ? "iso-ms" : given;
  return given ?? (format === "prefix" ? "time" : "none");
}

/** `web`, or `group:name` in a group with another name. */
export function shownName(group: string, name: string): string {
  return group === name ? name : `${group}:${name}`;
}

const ENCODER = new TextEncoder();
const CARRIAGE_RETURN = 0x0d;
const PLUS = 0x2b;
/** Size of the output buffer, in bytes. The buffer is flushed when it is full; a single piece may need more. */
const BATCH = 64 * 1024;

/** The bytes around the text of a piece. */
interface Frame {
  /** The bytes before the time, and after it. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** The offset in `after` of the `|` that becomes a `+`; null when a piece is not marked at its beginning. */
  readonly mark: number | null;
  readonly isEscaped: boolean;
  readonly isForPeople: boolean;
  readonly lineEnd: Uint8Array;
  readonly cutEnd: Uint8Array;
}

/** The output buffer. One formatter at a time uses it, for the duration of a call. */
let shared: Uint8Array | null = new Uint8Array(BATCH);

/** Formats one stream. */
export class LineFormatter implements PieceSink {
  readonly #isRaw: boolean;
  readonly #frame: Frame;
  readonly #clock: LineClock;
  readonly #pieces: LinePieces;
  #head: Uint8Array = new Uint8Array(0);
  /** The time in the head. */
  #headAt = Number.NaN;
  #output: Uint8Array = this.#head;
  #length = 0;
  #emit: TakeLines = () => {};

  /**
   * @param offsetMinutes minutes to add to UTC at a given time
   * @param before the state of another formatter of the stream, to continue from
   */
  constructor(
    style: LineStyle,
    offsetMinutes: (wallMs: number) => number,
    before: PieceState | null = null,
  ) {
    this.#isRaw = style.format === "raw";
    this.#frame = frameOf(style);
    this.#clock = new LineClock(style.time, offsetMinutes);
    this.#pieces = new LinePieces(this, before);
  }

  /** The beginning of an incomplete line. */
  get state(): PieceState {
    return this.#pieces.state;
  }

  /** Takes a chunk, and emits the lines that it completes. @param wallMs the time of these lines */
  push(chunk: Uint8Array, wallMs: number, emit: TakeLines): void {
    if (this.#isRaw) emit(chunk);
    else this.#format(wallMs, emit, () => this.#pieces.push(chunk));
  }

  /** Ends the stream. A last line without a line feed gets one. */
  end(wallMs: number, emit: TakeLines): void {
    if (!this.#isRaw) this.#format(wallMs, emit, () => this.#pieces.end());
  }

  #format(wallMs: number, emit: TakeLines, run: () => void): void {
    this.#output = shared ?? new Uint8Array(BATCH);
    shared = null;
    this.#emit = emit;
    if (wallMs !== this.#headAt) this.#renewHead(wallMs);
    try {
      run();
      this.#flush();
    } finally {
      this.#length = 0;
      shared = this.#output;
    }
  }

  take(bytes: Uint8Array, from: number, to: number, end: PieceEnd, isContinued: boolean): void {
    const { after, mark, isEscaped, lineEnd, cutEnd } = this.#frame;
    const last = end === "cut" ? cutEnd : lineEnd;
    const head = this.#head;
    const most = head.length + (isEscaped ? ESCAPED_BYTES : 1) * (to - from) + last.length;
    if (this.#length + most > this.#output.length) this.#makeRoom(most);
    const output = this.#output;
    output.set(head, this.#length);
    let at = this.#length + head.length;
    if (isContinued && mark !== null) output[at - after.length + mark] = PLUS;
    if (isEscaped) {
      // A line may end with CR LF; anywhere else a CR is text.
      const isPair = end === "line" && to > from && bytes[to - 1] === CARRIAGE_RETURN;
      at = escapeInto(bytes, from, isPair ? to - 1 : to, output, at);
    } else {
      const start = at;
      at = copyInto(bytes, from, to, output, at);
      if (this.#frame.isForPeople) blankReturns(output, start, at);
    }
    output.set(last, at);
    this.#length = at + last.length;
  }

  #makeRoom(bytes: number): void {
    this.#flush();
    if (bytes > this.#output.length) this.#output = new Uint8Array(bytes);
  }

  #flush(): void {
    const length = this.#length;
    this.#length = 0;
    if (length > 0) this.#emit(this.#output.subarray(0, length));
  }

  #renewHead(wallMs: number): void {
    this.#headAt = wallMs;
    const { before, after } = this.#frame;
    const time = this.#clock.at(wallMs);
    const length = before.length + time.length + after.length;
    if (this.#head.length !== length) {
      this.#head = new Uint8Array(length);
      this.#head.set(before);
      this.#head.set(after, length - after.length);
    }
    this.#head.set(time, before.length);
  }
}

/** Most lines are short, and for them a loop is faster than a view. */
function copyInto(
  bytes: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  const length = to - from;
  if (length > 64) output.set(bytes.subarray(from, to), at);
  else
    for (let index = 0; index < length; index += 1) output[at + index] = bytes[from + index] ?? 0;
  return at + length;
}

function frameOf(style: LineStyle): Frame {
  const { format, time, name, channel } = style;
  const hasTime = time !== "none";
  const isNumber = time === "unix";
  const end = { lineEnd: "\n", cutEnd: "\n" };
  switch (format) {
    case "raw":
    case "plain":
      return frame({ before: "", after: hasTime ? " " : "", isEscaped: false, ...end });
    case "prefix": {
      const { isForPeople = false } = style;
      return frame({ ...prefixOf(style, hasTime), isForPeople, isEscaped: false, ...end });
    }
    case "json": {
      const quote = isNumber ? "" : '"';
      const before = hasTime ? `{"time":${quote}` : "{";
      const rest = `"program":"${spelt(name)}","channel":"${channel}","message":"`;
      const after = hasTime ? `${quote},${rest}` : rest;
      const ends = { lineEnd: '"}\n', cutEnd: '","partial":true}\n' };
      return frame({ before, after, isEscaped: true, ...ends });
    }
    case "logfmt": {
      const program = /[\s"=\\]/.test(name) || name === "" ? `"${spelt(name)}"` : spelt(name);
      const after = `${hasTime ? " " : ""}program=${program} channel=${channel} message="`;
      const ends = { lineEnd: '"\n', cutEnd: '" partial=true\n' };
      return frame({ before: hasTime ? "time=" : "", after, isEscaped: true, ...ends });
    }
  }
}

type FrameTexts = Readonly<Record<"before" | "after" | "lineEnd" | "cutEnd", string>> & {
  readonly isEscaped: boolean;
  readonly isForPeople?: boolean;
  /** The part of `after` before the mark; undefined where there is no mark. */
  readonly lead?: string;
};

function prefixOf(
  { name, channel, width = 0, colour, isForPeople = false }: LineStyle,
  hasTime: boolean,
): Pick<FrameTexts, "before" | "after" | "lead"> {
  const isError = isForPeople && channel === "stderr";
  const mark = isError ? "!" : "|";
  const lead = `${hasTime ? " " : ""}${paddedName(spelt(name), width)} `;
  if (colour === null) return { before: "", after: `${lead}${mark} `, lead };
  const coloured = isError ? `${lead}\u001b[0;${ERROR_COLOUR}m` : lead;
  return {
    before: `\u001b[0;${colour}m`,
    after: `${coloured}${mark}\u001b[0m `,
    lead: coloured,
  };
}

function frame({ isEscaped, isForPeople = false, lead, ...texts }: FrameTexts): Frame {
  return {
    before: ENCODER.encode(texts.before),
    after: ENCODER.encode(texts.after),
    mark: lead === undefined ? null : ENCODER.encode(lead).length,
    ...{ isEscaped, isForPeople },
    lineEnd: ENCODER.encode(texts.lineEnd),
    cutEnd: ENCODER.encode(texts.cutEnd),
  };
}

/** A name with control characters and quotes escaped. */
function spelt(name: string): string {
  const bytes = ENCODER.encode(name);
  const output = new Uint8Array(ESCAPED_BYTES * bytes.length);
  return new TextDecoder().decode(
    output.subarray(0, escapeInto(bytes, 0, bytes.length, output, 0)),
  );
}

/** Maximum output bytes per input byte. */
export const ESCAPED_BYTES = 6;

const COPIED = 0;
const ESCAPED = 1;
const ENCODED = 2;
const KINDS = new Uint8Array(256).map((_, byte) => {
  if (byte >= 0x80) return ENCODED;
  return byte < 0x20 || byte === 0x7f || byte === 0x22 || byte === 0x5c ? ESCAPED : COPIED;
});

const BACKSLASH = 0x5c;
/** The character after the backslash, for bytes that have a short form. */
const SHORT: Readonly<Record<number, number>> = {
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
  34: 0x22,
  92: 0x5c,
};
const HEX = new TextEncoder().encode("0123456789abcdef");
/** The first byte of a C1 control. */
const C1_LEAD = 0xc2;

/**
 * Escapes text for the inside of a JSON string (RFC 8259 section 7), from bytes to bytes. Invalid UTF-8 becomes U+FFFD, one for
 * each maximal subpart of a sequence, as in TextDecoder. Control characters are escaped, C1 and DEL too.
 * Escapes `bytes[from..to)` into `output` at `at`. The output must have room for `ESCAPED_BYTES` per byte.
 * @returns the offset in `output` after the last byte written
 */
export function escapeInto(
  bytes: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  let next = at;
  let index = from;
  while (index < to) {
    const byte = bytes[index] ?? 0;
    const kind = KINDS[byte];
    if (kind === COPIED) {
      output[next] = byte;
      next += 1;
      index += 1;
    } else if (kind === ESCAPED) {
      next = putEscaped(byte, output, next);
      index += 1;
    } else {
      const length = characterLength(bytes, index, to);
      next =
        length > 0 ? putCharacter(bytes, index, length, output, next) : putUnknown(output, next);
      index += Math.abs(length);
    }
  }
  return next;
}

function putEscaped(byte: number, output: Uint8Array, at: number): number {
  const short = SHORT[byte];
  output[at] = BACKSLASH;
  if (short !== undefined) {
    output[at + 1] = short;
    return at + 2;
  }
  output[at + 1] = 0x75;
  output[at + 2] = 0x30;
  output[at + 3] = 0x30;
  output[at + 4] = HEX[byte >> 4] ?? 0;
  output[at + 5] = HEX[byte & 15] ?? 0;
  return at + 6;
}

function putCharacter(
  bytes: Uint8Array,
  from: number,
  length: number,
  output: Uint8Array,
  at: number,
): number {
  const second = bytes[from + 1] ?? 0;
  if (bytes[from] === C1_LEAD && second < 0xa0) return putEscaped(second, output, at);
  for (let index = 0; index < length; index += 1) output[at + index] = bytes[from + index] ?? 0;
  return at + length;
}

function putUnknown(output: Uint8Array, at: number): number {
  output[at] = 0xef;
  output[at + 1] = 0xbf;
  output[at + 2] = 0xbd;
  return at + 3;
}

/**
 * The length of the character at `from`, which is not ASCII. For an invalid sequence, the negative length of the bytes to
 * replace (Unicode, table 3-7, and the maximal subparts of its section 3.9).
 */
function characterLength(bytes: Uint8Array, from: number, to: number): number {
  const lead = bytes[from] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  let highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const byte = from + index < to ? (bytes[from + index] ?? 0) : 0;
    if (byte < lowest || byte > highest) return -index;
    lowest = 0x80;
    highest = 0xbf;
  }
  return length;
}
