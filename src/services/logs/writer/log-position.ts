// The position of one log: the offset in its file, the count of all its bytes for clients that follow it, and the times of the
// writes. Counting starts when the log is opened.

import type { LogCount } from "../../../core/logs/mark.ts";
import { TimeMarks } from "../../../core/logs/time-marks.ts";
import type { PositionState } from "../../../core/snapshot/snapshot.ts";

const NO_TIMES: readonly number[] = [];

export class LogPosition {
  #bytes = 0;
  #count: LogCount | null = null;
  /** Null until a byte is written: most logs are silent. */
  #marks: TimeMarks | null = null;

  /** Bytes in the file, as far as is known. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): LogCount | null {
    return this.#count;
  }

  /** The times of the writes: see `TimeMarks.pairs`. */
  get times(): readonly number[] {
    return this.#marks?.pairs ?? NO_TIMES;
  }

  /** Continues at the position of the predecessor, or at which the log was closed. */
  restore({ position, count, times }: PositionState): void {
    this.#bytes = position;
    this.#count = count;
    this.#marks = times.length === 0 ? null : new TimeMarks(times);
  }

  get state(): PositionState {
    return { position: this.#bytes, count: this.#count, times: this.times };
  }

  /** Starts to count, unless that was done. @param size bytes written so far @param epoch returns a name for the count */
  counted(size: number, epoch: () => string): LogCount {
    this.#count ??= { epoch: epoch(), written: size, kept: 0 };
    return this.#count;
  }

  /** @param wall milliseconds since 1970 */
  advance(bytes: number, wall: number): void {
    this.#bytes += bytes;
    if (this.#count === null || bytes === 0) return;
    this.#marks ??= new TimeMarks();
    this.#marks.add(wall, this.#count.written);
    this.#count = { ...this.#count, written: this.#count.written + bytes };
  }

  /** The file has this size. If it differs from the last known size, the file was replaced, or changed by another process. */
  found(size: number): void {
    if (size !== this.#bytes) this.forgetEarlier();
    this.#bytes = size;
  }

  /** The file is a new one. The bytes written before are in the backups. */
  restart(size: number): void {
    this.#bytes = size;
  }

  /** Bytes written up to now may no longer be readable. */
  forgetEarlier(): void {
    if (this.#count === null) return;
    this.#count = { ...this.#count, kept: this.#count.written };
    this.#marks?.forgetBefore(this.#count.written);
  }
}
