// The progress of one log for readers, whether it is open or closed: the count of bytes written, and the times of the writes.

import type { LogCount } from "../../../core/logs/mark.ts";
import type { PositionState } from "../../../core/snapshot/snapshot.ts";
import type { LogFile } from "./log-file.ts";

export class LogProgress {
  readonly #file: LogFile;
  readonly #epoch: () => string;

  /** @param epoch returns a name for a new count */
  constructor(file: LogFile, epoch: () => string) {
    this.#file = file;
    this.#epoch = epoch;
  }

  /** The count of bytes written. Counting starts with the first call at the latest. @param size size of the file, bytes */
  count(size: number): LogCount {
    const { isOpen, position } = this.#file;
    if (!isOpen) position.found(size);
    return position.counted(size, this.#epoch);
  }

  /** The position of a closed log; null for one that is open or was never opened. */
  get rest(): PositionState | null {
    const { isOpen, position } = this.#file;
    return !isOpen && position.count !== null ? position.state : null;
  }

  /** The count and the times of the writes; null when they are not known. */
  get times(): PositionState | null {
    const { isOpen, isOwn, isRegular, position } = this.#file;
    const isKept = isOpen ? isRegular : !isOwn;
    return isKept && position.count !== null ? position.state : null;
  }
}
