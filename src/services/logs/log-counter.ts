// Counts the bytes written to one log, for clients that follow it: nothing is counted before it is followed.

import type { LogCount } from "../../core/logs/mark.ts";

export class LogCounter {
  #count: LogCount | null = null;

  get state(): LogCount | null {
    return this.#count;
  }

  /** Goes on with the count of another daemon. */
  restore(count: LogCount | null): void {
    this.#count = count;
  }

  /** Begins to count, unless it does already. @param epoch makes a name for the new count */
  begun(size: number, epoch: () => string): LogCount {
    this.#count ??= { epoch: epoch(), written: size, kept: 0 };
    return this.#count;
  }

  advance(bytes: number): void {
    if (this.#count === null) return;
    this.#count = { ...this.#count, written: this.#count.written + bytes };
  }

  /** What was written up to now may not be found any more: the file was emptied, or is another one. */
  forgetEarlier(): void {
    if (this.#count !== null) this.#count = { ...this.#count, kept: this.#count.written };
  }
}
