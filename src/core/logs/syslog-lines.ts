// Splits output for syslog: one message per line. Lines are joined across chunks, since a read from a pipe may end anywhere.

/** Maximum bytes of an incomplete line in memory; a longer line is sent in pieces. */
export const MAX_SYSLOG_LINE = 8192;

const LINE_FEED = 0x0a;

/** Collects the lines of one channel. */
export class LineCollector {
  readonly #partial = new Uint8Array(MAX_SYSLOG_LINE);
  #length = 0;

  /** @param before the incomplete line of another collector, to continue from */
  constructor(before: Uint8Array = new Uint8Array(0)) {
    this.#length = Math.min(before.length, MAX_SYSLOG_LINE);
    this.#partial.set(before.subarray(0, this.#length));
  }

  /** The beginning of an incomplete line. */
  get partial(): Uint8Array {
    return this.#partial.slice(0, this.#length);
  }

  /**
   * Takes a chunk and calls `onLine` for each line that it completes, without the line feed. Empty lines are skipped, since log
   * daemons drop them. The line is valid until `onLine` returns.
   */
  push(chunk: Uint8Array, onLine: (line: Uint8Array) => void): void {
    let from = 0;
    while (from < chunk.length) {
      if (this.#length === 0 && chunk[from] === LINE_FEED) {
        from += 1;
        continue;
      }
      const feed = chunk.indexOf(LINE_FEED, from);
      const room = MAX_SYSLOG_LINE - this.#length;
      const end = Math.min(feed < 0 ? chunk.length : feed, from + room);
      const isWhole = feed === end || (end - from === room && end < chunk.length);
      if (isWhole && this.#length === 0) onLine(chunk.subarray(from, end));
      else {
        this.#partial.set(chunk.subarray(from, end), this.#length);
        this.#length += end - from;
        if (isWhole) this.#send(onLine);
      }
      from = feed === end ? end + 1 : end;
    }
  }

  /** Ends the stream. A last line without a line feed is a line too. */
  end(onLine: (line: Uint8Array) => void): void {
    if (this.#length > 0) this.#send(onLine);
  }

  #send(onLine: (line: Uint8Array) => void): void {
    const length = this.#length;
    this.#length = 0;
    onLine(this.#partial.subarray(0, length));
  }
}
