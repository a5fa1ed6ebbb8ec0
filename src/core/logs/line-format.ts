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

import { SECOND } from "../base/time.ts";
import { clockText, dateText, localTime, zoneText } from "./calendar.ts";
import { ESCAPED_BYTES, escapedText, escapeInto } from "./json-escape.ts";
import { LinePieces, type PieceEnd, type PieceSink, type PieceState } from "./line-pieces.ts";
import { ERROR_COLOUR, type LineFormat, type LineTime, paddedName } from "./line-styles.ts";
import { blankReturns } from "./log-text.ts";
import { filteredLine } from "./terminal-filter.ts";

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
  /** Lines without escapes are for a terminal: see terminal-filter.ts. */
  readonly isFiltered?: boolean;
}

/** How lines are formatted within one second, as plain data. */
export interface LineFrame {
  /** The bytes before the text of a piece, with the time. */
  readonly head: Uint8Array;
  readonly lineEnd: Uint8Array;
  readonly cutEnd: Uint8Array;
  readonly isEscaped: boolean;
  /** The offset in the head of the `|` that becomes a `+`; null for none. */
  readonly mark: number | null;
  /** The offset in the head of three digits that show milliseconds; null for none. */
  readonly milliseconds: number | null;
  /** The time in the head is right but for its milliseconds from this time until before that one, milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  readonly before: PieceState;
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
  readonly #isFiltered: boolean;
  readonly #frame: Frame;
  readonly #clock: LineClock;
  #pieces: LinePieces;
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
    this.#isFiltered = style.isFiltered === true && !this.#frame.isEscaped;
    this.#clock = new LineClock(style.time, offsetMinutes);
    this.#pieces = new LinePieces(this, before);
  }

  /** The beginning of an incomplete line. */
  get state(): PieceState {
    return this.#pieces.state;
  }

  /** The length of that. */
  get held(): number {
    return this.#pieces.held;
  }

  /** Continues from the state of another formatter of the stream. */
  restore(before: PieceState): void {
    this.#pieces = new LinePieces(this, before);
  }

  /** What another formatter needs to continue at a time. Its lines are for files, not for people. */
  frame(wallMs: number): LineFrame {
    this.#renewHead(wallMs);
    const { after, mark, isEscaped, lineEnd, cutEnd } = this.#frame;
    const head = this.#head.slice();
    return {
      ...{ head, lineEnd, cutEnd, isEscaped, before: this.state },
      mark: mark === null ? null : head.length - after.length + mark,
      ...this.#clock.shown(this.#frame.before.length),
    };
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
    if (!this.#isFiltered) this.#put(bytes, from, to, end, isContinued);
    else {
      const shown = filteredLine(bytes.subarray(from, to), this.#frame.isForPeople);
      this.#put(shown, 0, shown.length, end, isContinued);
    }
  }

  #put(bytes: Uint8Array, from: number, to: number, end: PieceEnd, isContinued: boolean): void {
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
  const { before, after, lead, lineEnd = "\n", cutEnd = "\n" } = textsOf(style);
  return {
    before: ENCODER.encode(before),
    after: ENCODER.encode(after),
    mark: lead === undefined ? null : ENCODER.encode(lead).length,
    isEscaped: style.format === "json" || style.format === "logfmt",
    isForPeople: style.format === "prefix" && style.isForPeople === true,
    lineEnd: ENCODER.encode(lineEnd),
    cutEnd: ENCODER.encode(cutEnd),
  };
}

interface FrameTexts {
  readonly before: string;
  readonly after: string;
  /** The part of `after` before the mark; undefined where there is no mark. */
  readonly lead?: string;
  readonly lineEnd?: string;
  readonly cutEnd?: string;
}

function textsOf(style: LineStyle): FrameTexts {
  const { format, time, name, channel } = style;
  const hasTime = time !== "none";
  switch (format) {
    case "raw":
    case "plain":
      return { before: "", after: hasTime ? " " : "" };
    case "prefix":
      return prefixOf(style, hasTime);
    case "json": {
      const quote = time === "unix" ? "" : '"';
      const before = hasTime ? `{"time":${quote}` : "{";
      const rest = `"program":"${escapedText(name)}","channel":"${channel}","message":"`;
      const after = hasTime ? `${quote},${rest}` : rest;
      return { before, after, lineEnd: '"}\n', cutEnd: '","partial":true}\n' };
    }
    case "logfmt": {
      const program =
        /[\s"=\\]/.test(name) || name === "" ? `"${escapedText(name)}"` : escapedText(name);
      const after = `${hasTime ? " " : ""}program=${program} channel=${channel} message="`;
      return {
        ...{ before: hasTime ? "time=" : "", after },
        ...{ lineEnd: '"\n', cutEnd: '" partial=true\n' },
      };
    }
  }
}

function prefixOf(
  { name, channel, width = 0, colour, isForPeople = false }: LineStyle,
  hasTime: boolean,
): FrameTexts {
  const isError = isForPeople && channel === "stderr";
  const mark = isError ? "!" : "|";
  const lead = `${hasTime ? " " : ""}${paddedName(escapedText(name), width)} `;
  if (colour === null) return { before: "", after: `${lead}${mark} `, lead };
  const coloured = isError ? `${lead}\u001b[0;${ERROR_COLOUR}m` : lead;
  return {
    before: `\u001b[0;${colour}m`,
    after: `${coloured}${mark}\u001b[0m `,
    lead: coloured,
  };
}

// Renders the time before a line of output, as bytes. A program may write some thousand lines a second: within a second, only
// the milliseconds are rendered again.

const HAS_MILLISECONDS: readonly LineTime[] = ["iso-ms", "utc", "unix"];
const DIGIT_0 = 0x30;
const NOTHING = new Uint8Array(0);

/** Renders times in one format. */
export class LineClock {
  readonly #time: LineTime;
  readonly #offsetMinutes: (wallMs: number) => number;
  readonly #showsMilliseconds: boolean;
  #text: Uint8Array = NOTHING;
  /** The offset of the milliseconds in the text. */
  #millisecondsAt = 0;
  #second = Number.NaN;

  /** @param offsetMinutes minutes to add to UTC at a given time: +60 for Central European winter */
  constructor(time: LineTime, offsetMinutes: (wallMs: number) => number) {
    this.#time = time;
    this.#offsetMinutes = offsetMinutes;
    this.#showsMilliseconds = HAS_MILLISECONDS.includes(time);
  }

  /** @returns ASCII; empty for `none`. The bytes are valid until the next call. */
  at(wallMs: number): Uint8Array {
    if (this.#time === "none") return NOTHING;
    const whole = Math.floor(wallMs);
    const second = Math.floor(whole / SECOND);
    if (second !== this.#second) this.#renderSecond(second);
    if (this.#showsMilliseconds) this.#putMilliseconds(whole - second * SECOND);
    return this.#text;
  }

  /** Where and how long the last time is right. @param at its offset in the head */
  shown(at: number): Pick<LineFrame, "milliseconds" | "from" | "until"> {
    const milliseconds = this.#showsMilliseconds ? at + this.#millisecondsAt : null;
    if (this.#time === "none") return { milliseconds, from: 0, until: Infinity };
    const from = this.#second * SECOND;
    return { milliseconds, from, until: from + SECOND };
  }

  #renderSecond(second: number): void {
    this.#second = second;
    const { head, tail } = this.#parts(second);
    this.#text = ENCODER.encode(this.#showsMilliseconds ? `${head}.000${tail}` : head + tail);
    this.#millisecondsAt = head.length + 1;
  }

  #parts(second: number): { readonly head: string; readonly tail: string } {
    if (this.#time === "unix") return { head: String(second), tail: "" };
    const offset = this.#time === "utc" ? 0 : this.#offsetMinutes(second * SECOND);
    const time = localTime(second * SECOND, offset);
    const clock = clockText(time);
    if (this.#time === "time") return { head: clock, tail: "" };
    const tail = this.#time === "utc" ? "Z" : zoneText(offset);
    return { head: `${dateText(time)}T${clock}`, tail };
  }

  #putMilliseconds(milliseconds: number): void {
    const at = this.#millisecondsAt;
    this.#text[at] = DIGIT_0 + Math.floor(milliseconds / 100);
    this.#text[at + 1] = DIGIT_0 + (Math.floor(milliseconds / 10) % 10);
    this.#text[at + 2] = DIGIT_0 + (milliseconds % 10);
  }
}

// Parses the lines that `line-format` writes: extracts the program's text from a line with a prefix, of JSON or of logfmt. Such
// a line is recognised by the program's name; any other line is the program's own.

/** The text of the program in a formatted line. */
export interface OwnLine {
  readonly text: string;
  /** The time of a prefix without a date, such as `12:04:07`; null for a time that `timeOfLine` finds. */
  readonly clock: string | null;
  /** Whether the line continues the previous one. */
  readonly isContinued: boolean;
}

const JSON_HEAD =
  /^\{(?:"time":(?:"[^"]*"|[\d.]+),)?"program":"((?:[^"\\]|\\.)*)","channel":"std(?:out|err)","message":"/;
const JSON_TAIL = /"(?:,"partial":true)?\}$/;
const LOGFMT_HEAD =
  /^(?:time=\S+ )?program=(?:"((?:[^"\\]|\\.)*)"|(\S+)) channel=std(?:out|err) message="/;
const LOGFMT_TAIL = /"(?: partial=true)?$/;
const PREFIX = /^(?:(\S+) )?(\S+) +([|+]) /;
const CLOCK = /^\d\d:\d\d:\d\d$/;

/** @param name as `shownName` returns it @returns null for a line that tsv did not format for this program */
export function readOwnLine(line: string, name: string): OwnLine | null {
  if (line.startsWith("{")) return quoted(line, name, JSON_HEAD, JSON_TAIL);
  if (line.startsWith("time=") || line.startsWith("program=")) {
    return quoted(line, name, LOGFMT_HEAD, LOGFMT_TAIL);
  }
  const match = PREFIX.exec(line);
  if (match === null || match[2] !== name) return null;
  const [head, time = null, , mark] = match;
  const isClock = time !== null && CLOCK.test(time);
  return {
    text: line.slice(head.length),
    clock: isClock ? time : null,
    isContinued: mark === "+",
  };
}

function quoted(line: string, name: string, head: RegExp, tail: RegExp): OwnLine | null {
  const match = head.exec(line);
  if (match === null || unescaped(match[1] ?? match[2] ?? "") !== name) return null;
  const text = unescaped(line.slice(match[0].length).replace(tail, ""));
  return text === null ? null : { text, clock: null, isContinued: false };
}

function unescaped(text: string): string | null {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return null;
  }
}
