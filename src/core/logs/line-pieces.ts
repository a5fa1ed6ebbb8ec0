// Splits a stream of output into lines, and long lines into pieces. Lines are joined across chunks, since a read from a pipe
// may end anywhere. The result does not depend on chunk borders.

/** Maximum bytes of a piece, and of an incomplete line in memory. A longer line is cut, but not within a character. */
export const LONGEST_PIECE = 32 * 1024;
/** A buffer up to this size is kept for the next line. */
const KEPT = 1024;

const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array(0);

/** How a piece ends: with its line, in the middle of its line, or with the stream, which has ended in the middle of a line. */
export type PieceEnd = "line" | "cut" | "stream";

/** Receives pieces. The bytes are valid until `take` returns. */
export interface PieceSink {
  /** @param isContinued the piece continues the line of the previous piece */
  take(bytes: Uint8Array, from: number, to: number, end: PieceEnd, isContinued: boolean): void;
}

/** The beginning of an incomplete line. */
export interface PieceState {
  readonly held: Uint8Array;
  readonly isContinued: boolean;
}

/** Splits one stream. */
export class LinePieces {
  readonly #sink: PieceSink;
  readonly #most: number;
  #held: Uint8Array = NOTHING;
  #length = 0;
  #isContinued = false;

  /**
   * @param before the state of another instance, to continue from
   * @param most maximum bytes of a piece
   */
  constructor(sink: PieceSink, before: PieceState | null = null, most = LONGEST_PIECE) {
    this.#sink = sink;
    this.#most = most;
    if (before === null) return;
    this.#hold(before.held, 0, Math.min(before.held.length, this.#most));
    this.#isContinued = before.isContinued;
  }

  get state(): PieceState {
    return { held: this.#held.slice(0, this.#length), isContinued: this.#isContinued };
  }

  /** Bytes of the incomplete line. */
  get held(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const to = feed < 0 ? chunk.length : feed;
      from = this.#cut(chunk, from, to);
      if (feed < 0) {
        this.#hold(chunk, from, to);
        return;
      }
      if (this.#length === 0) this.#pass(chunk, from, to, "line");
      else {
        this.#hold(chunk, from, to);
        this.#passHeld("line");
      }
      from = feed + 1;
    }
  }

  /** Ends the stream. A last line without a line feed is a piece too. */
  end(): void {
    if (this.#length > 0) this.#passHeld("stream");
  }

  /** Passes pieces while the line is longer than one piece. @returns the offset of the rest */
  #cut(chunk: Uint8Array, from: number, to: number): number {
    let at = from;
    while (this.#length + to - at > this.#most) {
      const next = at + this.#most - this.#length;
      this.#hold(chunk, at, next);
      at = next;
      const rest = unfinishedCharacter(this.#held.subarray(0, this.#most));
      this.#pass(this.#held, 0, this.#most - rest, "cut");
      this.#held.copyWithin(0, this.#most - rest, this.#most);
      this.#length = rest;
    }
    return at;
  }

  #pass(bytes: Uint8Array, from: number, to: number, end: PieceEnd): void {
    this.#sink.take(bytes, from, to, end, this.#isContinued);
    this.#isContinued = end === "cut";
  }

  #passHeld(end: PieceEnd): void {
    const length = this.#length;
    this.#length = 0;
    this.#pass(this.#held, 0, length, end);
    if (this.#held.length > KEPT) this.#held = NOTHING;
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.min(this.#most, Math.max(256, 2 * length)));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(from, to), this.#length);
    this.#length = length;
  }
}

/** The number of bytes at the end that begin an incomplete character: 0 to 3. */
export function unfinishedCharacter(bytes: Uint8Array): number {
  const length = bytes.length;
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = bytes[length - back] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    return back < characterLength(byte) ? back : 0;
  }
  return 0;
}

function characterLength(lead: number): number {
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
}
