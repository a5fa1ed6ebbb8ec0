// Lines of supervisor_stdout on the daemon's stdout. If its reader is slow, lines are dropped and nothing is delayed.

import type { LogWriter } from "./writer/log-writer.ts";

/** What may wait for a reader of the daemon's stdout. */
const PRINT_LIMIT = 1 << 20;

type StdoutWriter = Pick<LogWriter, "append" | "pendingBytes" | "finish">;

export class Printer {
  readonly #open: () => StdoutWriter;
  readonly #dropping: () => void;
  #writer: StdoutWriter | null = null;
  #isDropping = false;

  /**
   * @param open the writer of stdout, which is acquired with the first line
   * @param dropping called each time that the reader has stopped reading
   */
  constructor(open: () => StdoutWriter, dropping: () => void) {
    this.#open = open;
    this.#dropping = dropping;
  }

  /** The writer, once it is acquired. */
  get writers(): readonly StdoutWriter[] {
    return this.#writer === null ? [] : [this.#writer];
  }

  print(bytes: Uint8Array): void {
    this.#writer ??= this.#open();
    const { pendingBytes } = this.#writer;
    if (pendingBytes < PRINT_LIMIT) {
      // Not for each gap between two writes.
      if (pendingBytes === 0) this.#isDropping = false;
      this.#writer.append(bytes);
    } else if (!this.#isDropping) {
      this.#isDropping = true;
      this.#dropping();
    }
  }
}
