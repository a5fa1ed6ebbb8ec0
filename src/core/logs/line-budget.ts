// Limits the lines of programs that are sent to syslog. A log daemon accepts only some thousand lines a second, and each line
// costs a system call. Lines beyond the limit are dropped and counted. Time is monotonic milliseconds.

import { SECOND } from "../base/time.ts";

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

/** Shared by all channels. */
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
