// Splits output for syslog: one message per line. Lines are joined across chunks, since a read from a pipe may end anywhere.

import { SECOND } from "../base/time.ts";

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

/** Maximum lines per second of all channels together. */
export const LINES_PER_SECOND = 10_000;
/** Lines per second that each channel may always send, regardless of the others. */
export const SURE_LINES = 100;

/** The counts of one channel. */
export class ChannelLines {
  /** The second that `sent` belongs to. */
  second = -1;
  sent = 0;
  /** Lines that were not sent and not reported yet. */
  dropped = 0;
  /** When dropped lines may be reported again. */
  reportAt = Number.NEGATIVE_INFINITY;
}

/**
 * Limits the lines of all programs. A log daemon accepts only some thousand lines a second, and each line costs a system call.
 * Lines beyond the limit are dropped and counted. Time is monotonic milliseconds.
 */
export class LineBudget {
  #second = -1;
  #sent = 0;

  /** Whether a channel may send one more line. Counts the line as sent or as dropped. */
  take(channel: ChannelLines, nowMono: number): boolean {
    const second = Math.floor(nowMono / SECOND);
    if (this.#second !== second) {
      this.#second = second;
      this.#sent = 0;
    }
    if (channel.second !== second) {
      channel.second = second;
      channel.sent = 0;
    }
    if (this.#sent >= LINES_PER_SECOND && channel.sent >= SURE_LINES) {
      channel.dropped += 1;
      return false;
    }
    this.#sent += 1;
    channel.sent += 1;
    return true;
  }
}
