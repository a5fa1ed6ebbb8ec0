// Capture mode: output between the two tokens does not go to the log, and is passed on as one piece (Supervisor,
// dispatchers.py). Tokens are found across chunk borders. Only bytes that may begin a token are held back, and they are
// released at the end of the stream.

import { NewestBytes } from "./newest-bytes.ts";

const BEGIN_TOKEN = new TextEncoder().encode("<!--XSUPERVISOR:BEGIN-->");
const END_TOKEN = new TextEncoder().encode("<!--XSUPERVISOR:END-->");
/** `<`: occurs in each token only as its first byte, so a failed match cannot contain the beginning of another token. */
const TOKEN_START = 0x3c;

/**
 * A part of the output: for the log, inside a capture (for readers of the raw stream), or a whole capture.
 * The bytes of `log` and `inside` are views of the pushed chunk: use them before the next step.
 */
export type CapturePiece =
  | { readonly kind: "log"; readonly bytes: Uint8Array }
  | { readonly kind: "inside"; readonly bytes: Uint8Array }
  | { readonly kind: "captured"; readonly bytes: Uint8Array };

/** The state of a scanner, as plain data for a snapshot. */
export interface CaptureState {
  readonly capturing: boolean;
  /** Bytes of the expected token that were matched so far. */
  readonly matched: number;
  /** The newest bytes of the capture. */
  readonly kept: Uint8Array;
}

/** Splits the output of one channel of a program. Each spawn creates a new one. */
export class CaptureScanner {
  readonly #kept: NewestBytes;
  #capturing = false;
  /** Bytes of the expected token at the end of the last chunk. */
  #matched = 0;

  /** @param before the state of another scanner, to continue from */
  constructor(maxBytes: number, before: CaptureState | null = null) {
    this.#kept = new NewestBytes(maxBytes);
    if (before === null) return;
    this.#capturing = before.capturing;
    this.#matched = Math.min(before.matched, this.#token().length - 1);
    this.#kept.add(before.kept);
  }

  get state(): CaptureState {
    return { capturing: this.#capturing, matched: this.#matched, kept: this.#kept.copy() };
  }

  /** Splits a chunk. */
  push(chunk: Uint8Array): CapturePiece[] {
    const pieces: CapturePiece[] = [];
    let from = 0;
    while (from < chunk.length) from = this.#scan(chunk, from, pieces);
    return pieces;
  }

  /** Ends the stream. The text of a capture without an end token goes to the log. */
  end(): CapturePiece[] {
    const pieces: CapturePiece[] = [];
    this.#releaseMatched(pieces);
    if (this.#capturing && this.#kept.length > 0) {
      pieces.push({ kind: "log", bytes: this.#kept.take() });
    }
    this.#capturing = false;
    return pieces;
  }

  #token(): Uint8Array {
    return this.#capturing ? END_TOKEN : BEGIN_TOKEN;
  }

  /** Handles the chunk from `from` to the end of the next token, of a match that fails, or of the chunk. @returns that end */
  #scan(chunk: Uint8Array, from: number, pieces: CapturePiece[]): number {
    const token = this.#token();
    let start = from;
    if (this.#matched === 0) {
      start = this.#findStart(chunk, from, token);
      this.#emit(chunk.subarray(from, start), pieces);
      if (start === chunk.length) return start;
    }
    let index = start;
    let matched = this.#matched;
    while (index < chunk.length && matched < token.length && chunk[index] === token[matched]) {
      index += 1;
      matched += 1;
    }
    this.#matched = matched;
    if (matched === token.length) this.#toggle(pieces);
    else if (index < chunk.length) this.#releaseMatched(pieces);
    return index;
  }

  /**
   * The first offset at which the token begins, or the chunk ends within a prefix of the token; else the length of the chunk.
   */
  #findStart(chunk: Uint8Array, from: number, token: Uint8Array): number {
    let start = chunk.indexOf(TOKEN_START, from);
    while (start >= 0) {
      let matched = 1;
      while (matched < token.length && chunk[start + matched] === token[matched]) matched += 1;
      if (matched === token.length || start + matched === chunk.length) return start;
      start = chunk.indexOf(TOKEN_START, start + 1);
    }
    return chunk.length;
  }

  #toggle(pieces: CapturePiece[]): void {
    this.#matched = 0;
    if (this.#capturing) pieces.push({ kind: "captured", bytes: this.#kept.take() });
    this.#capturing = !this.#capturing;
  }

  #releaseMatched(pieces: CapturePiece[]): void {
    const held = this.#token().subarray(0, this.#matched);
    this.#matched = 0;
    this.#emit(held, pieces);
  }

  #emit(bytes: Uint8Array, pieces: CapturePiece[]): void {
    if (bytes.length === 0) return;
    if (this.#capturing) this.#kept.add(bytes);
    pieces.push({ kind: this.#capturing ? "inside" : "log", bytes });
  }
}
