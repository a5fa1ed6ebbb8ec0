// Keeps the last line of output that is otherwise dropped.

import { printable } from "../base/printable.ts";
import { stripAnsi, strippedCapacity } from "./ansi.ts";

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
