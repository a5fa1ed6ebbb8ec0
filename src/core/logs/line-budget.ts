// Limits the lines of programs that are sent to syslog. A log daemon accepts only some thousands a second, and each costs a
// system call: lines beyond that are counted. Time is monotonic milliseconds.

import { SECOND } from "../base/time.ts";

/** Lines of all channels together in a second. */
export const LINES_PER_SECOND = 10_000;
/** Lines that each channel may send in a second whatever the others do. */
export const SURE_LINES = 100;

/** What one channel has sent. */
export class ChannelLines {
  /** The second that `sent` is of. */
  second = -1;
  sent = 0;
  /** Lines that were not sent and not reported yet. */
  dropped = 0;
  /** When dropped lines may be reported again. */
  tellAt = Number.NEGATIVE_INFINITY;
}

/** Shared by all channels. */
export class LineBudget {
  #second = -1;
  #sent = 0;

  /** Whether a channel may send one more line; counts it when it may not. */
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
