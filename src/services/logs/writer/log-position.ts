// The position of one log: the offset in its file, and a count of all its bytes for clients that follow it. Counting starts
// when the log is followed.

import type { LogCount } from "../../../core/logs/mark.ts";

export class LogPosition {
  #bytes = 0;
  #count: LogCount | null = null;

  /** Bytes in the file, as far as is known. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): LogCount | null {
    return this.#count;
  }

  /** Goes on where the predecessor was. */
  restore(bytes: number, count: LogCount | null): void {
    this.#bytes = bytes;
    this.#count = count;
  }

  /** Begins to count, unless it does already. @param epoch makes a name for the new count */
  counted(size: number, epoch: () => string): LogCount {
    this.#count ??= { epoch: epoch(), written: size, kept: 0 };
    return this.#count;
  }

  advance(bytes: number): void {
    this.#bytes += bytes;
    if (this.#count === null) return;
    this.#count = { ...this.#count, written: this.#count.written + bytes };
  }

  /** The file has this size. If it was left at another one, it is another file, or another process has changed it. */
  found(size: number): void {
    if (size !== this.#bytes) this.forgetEarlier();
    this.#bytes = size;
  }

  /** The file is a new one; what was written before is in the backups. */
  restart(size: number): void {
    this.#bytes = size;
  }

  /** What was written up to now may not be found any more. */
  forgetEarlier(): void {
    if (this.#count !== null) this.#count = { ...this.#count, kept: this.#count.written };
  }
}
