// How far one log is written, and when that was, as readers are told: open or closed.

import type { PositionState } from "../../../core/handover/model.ts";
import type { LogCount } from "../../../core/logs/mark.ts";
import type { LogFile } from "./log-file.ts";

export class LogProgress {
  readonly #file: LogFile;
  readonly #epoch: () => string;

  /** @param epoch makes a name for a new count */
  constructor(file: LogFile, epoch: () => string) {
    this.#file = file;
    this.#epoch = epoch;
  }

  /** How far the log is written. Counted from the first time on that this is asked. @param size of the file */
  count(size: number): LogCount {
    const { isOpen, position } = this.#file;
    if (!isOpen) position.found(size);
    return position.counted(size, this.#epoch);
  }

  /** How far the log was written when it was closed; null for one that was never opened. */
  get rest(): PositionState | null {
    const { isOpen, position } = this.#file;
    return !isOpen && position.count !== null ? position.state : null;
  }

  /** Null when it is not known. */
  get times(): PositionState | null {
    const { isOpen, isOwn, isRegular, position } = this.#file;
    const isKept = isOpen ? isRegular : !isOwn;
    return isKept && position.count !== null ? position.state : null;
  }
}
