// Searches the lines of an output for a text, for `ready_check=log:`. The time per byte of output is bounded, so there are no
// regular expressions: `*` matches any text, every other character matches itself.

import { type AnsiState, isPlain, stripAnsi, strippedCapacity } from "./ansi.ts";

/** Maximum bytes of a line that are searched. */
export const MOST_MATCHED_LINE = 4096;

const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array(0);

/** The state of a search, to continue from. */
export interface LineMatchState {
  readonly pattern: string;
  /** The beginning of an incomplete line. */
  readonly line: Uint8Array;
  readonly ansi: AnsiState;
  readonly found: boolean;
}

/** Finds the first line that contains a text. */
export class LineMatch {
  readonly #pattern: string;
  readonly #parts: readonly string[];
  #line = NOTHING;
  #length = 0;
  #ansi: AnsiState = "ground";
  #isFound = false;

  constructor(pattern: string, before: LineMatchState | null = null) {
    this.#pattern = pattern;
    this.#parts = partsOf(pattern);
    if (before === null) return;
    this.#add(before.line);
    this.#ansi = before.ansi;
    this.#isFound = before.found;
  }

  get isFound(): boolean {
    return this.#isFound;
  }

  get state(): LineMatchState {
    const line = this.#line.slice(0, this.#length);
    return { pattern: this.#pattern, line, ansi: this.#ansi, found: this.#isFound };
  }

  /** Takes a chunk, which may end anywhere. Terminal control sequences are ignored. @returns whether a line has been found */
  push(chunk: Uint8Array): boolean {
    if (isPlain(this.#ansi, chunk)) return this.#scan(chunk);
    const plain = new Uint8Array(strippedCapacity(chunk.length));
    const { written, state } = stripAnsi(this.#ansi, chunk, plain);
    this.#ansi = state;
    return this.#scan(plain.subarray(0, written));
  }

  #scan(bytes: Uint8Array): boolean {
    let from = 0;
    while (!this.#isFound && from < bytes.length) {
      const feed = bytes.indexOf(LINE_FEED, from);
      const end = feed < 0 ? bytes.length : feed;
      if (feed >= 0 && this.#length === 0) {
        this.#isFound = this.#matches(bytes.subarray(from, end).subarray(0, MOST_MATCHED_LINE));
      } else {
        this.#add(bytes.subarray(from, end));
        if (feed >= 0) {
          this.#isFound = this.#matches(this.#line.subarray(0, this.#length));
          this.#length = 0;
        }
      }
      from = end + 1;
    }
    return this.#isFound;
  }

  #add(bytes: Uint8Array): void {
    if (bytes.length > 0 && this.#line.length === 0) this.#line = new Uint8Array(MOST_MATCHED_LINE);
    const part = bytes.subarray(0, MOST_MATCHED_LINE - this.#length);
    this.#line.set(part, this.#length);
    this.#length += part.length;
  }

  #matches(line: Uint8Array): boolean {
    return containsParts(DECODER.decode(line), this.#parts);
  }
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The texts between the stars; none for a pattern that any line matches. */
export function partsOf(pattern: string): readonly string[] {
  return pattern.split("*").filter((part) => part !== "");
}

/** Whether the text contains the parts, one after another. */
function containsParts(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}
