// Notes how much output of one channel is read and not handed on, to a log, a log daemon or an event: at most that is lost if the
// daemon dies.

import type { Unwritten, UnwrittenCounts } from "../../../ports/unwritten.ts";

/** Where output waits. */
export interface WrittenQueue {
  /** Calls back when all that came before has left the daemon or is dropped, perhaps before it returns. */
  whenWritten(done: () => void): void;
}

export class UnwrittenCount {
  readonly #counts: UnwrittenCounts;
  readonly #of: Unwritten;
  /** Bytes that were read; of these, those that the writer got, and those that are written or dropped. */
  #read = 0;
  #passed = 0;
  #written = 0;
  #isAwaited = false;
  /** Once it is known, it stays. */
  #place = -1;

  constructor(of: Unwritten, counts: UnwrittenCounts) {
    this.#of = of;
    this.#counts = counts;
  }

  /** Bytes that were read since the daemon started or was upgraded. */
  get read(): number {
    return this.#read;
  }

  /** Where transfers count. */
  get place(): number {
    if (this.#place < 0) this.#place = this.#counts.placeOfUnwritten(this.#of);
    return this.#place;
  }

  /** So much is read now at most. */
  reading(most: number): void {
    this.#note(most);
  }

  /** So much was read. Call it at once. */
  took(bytes: number): void {
    this.#read += bytes;
    this.#note();
  }

  /**
   * It was handed on, but for `held` bytes: the beginning of a line, or a capture.
   * @param queue what may not be through with it; null if nothing waits
   */
  passed(queue: WrittenQueue | null, held = 0): void {
    this.#passed = this.#read - held;
    if (queue !== null && !this.#isAwaited) this.#await(queue);
    if (queue !== null) return;
    this.#written = this.#passed;
    this.#note();
  }

  /** A transfer, or the daemon before an upgrade, has taken so much, and has counted itself; it has left `held` bytes. */
  transferred(taken: number, held: number): void {
    this.#read += taken;
    this.#passed = this.#read - held;
    this.#written = this.#passed;
  }

  #await(queue: WrittenQueue): void {
    const until = this.#passed;
    this.#isAwaited = true;
    queue.whenWritten(() => {
      this.#isAwaited = false;
      this.#written = Math.max(this.#written, until);
      this.#note();
      if (this.#passed > until) this.#await(queue);
    });
  }

  #note(more = 0): void {
    this.#counts.setUnwritten(this.place, this.#read - this.#written + more);
  }
}
