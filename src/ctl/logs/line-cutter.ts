// Cuts the chunks of a log into lines, each with its position.

import { LinePieces, type PieceEnd, type PieceSink } from "../../core/logs/line-pieces.ts";
import type { Chunk } from "./chunks.ts";
import type { LogLine } from "./line-times.ts";
import type { Place } from "./listing.ts";

/**
 * Maximum bytes of a line. A line that the daemon formatted is never cut: it has at most 32 KB of text, of which each byte may
 * take six, and the text around it.
 */
const LONGEST_LINE = 256 * 1024;

export class LineCutter implements PieceSink {
  readonly #pieces = new LinePieces(this, null, LONGEST_LINE);
  #chunk: Uint8Array = new Uint8Array(0);
  /** The position of the present chunk, and the number of bytes before it. */
  #base: Place & { readonly count: number } = { file: 0, offset: 0, count: 0 };
  /** The number of bytes before the next piece. */
  #count = 0;
  /** The position of the next piece when it begins in an earlier chunk. */
  #held: Place | null = null;
  #lines: LogLine[] = [];

  /** @returns the lines that the chunk completes */
  push({ file, offset, bytes }: Chunk): readonly LogLine[] {
    const end = this.#base.count + this.#chunk.length;
    this.#held = this.#count < end ? this.#placeOf(this.#count) : null;
    this.#chunk = bytes;
    this.#base = { file, offset, count: end };
    this.#lines = [];
    this.#pieces.push(bytes);
    return this.#lines;
  }

  /** Ends the log. @returns the last line, if it has no line feed */
  end(): readonly LogLine[] {
    this.#lines = [];
    this.#pieces.end();
    return this.#lines;
  }

  take(bytes: Uint8Array, from: number, to: number, end: PieceEnd, isContinued: boolean): void {
    const place = this.#placeOf(this.#count);
    const line = bytes === this.#chunk ? bytes.subarray(from, to) : bytes.slice(from, to);
    this.#lines.push({ ...place, bytes: line, isContinued, isPartial: end === "cut" });
    this.#count += to - from + (end === "line" ? 1 : 0);
  }

  #placeOf(count: number): Place {
    const { file, offset, count: before } = this.#base;
    if (count >= before) return { file, offset: offset + count - before };
    return this.#held ?? { file, offset };
  }
}
