// Prints the lines of supervisor_stdout on the daemon's stdout. If its reader is slow, lines are dropped; printing never waits.

import type { LogWriter } from "./writer/log-writer.ts";

/** Most bytes that wait for the reader of the daemon's stdout. */
const PRINT_LIMIT = 1 << 20;

type StdoutWriter = Pick<LogWriter, "append" | "pendingBytes" | "finish">;

export class Printer {
  readonly #open: () => StdoutWriter;
  readonly #dropping: () => void;
  #writer: StdoutWriter | null = null;
  #isDropping = false;

  /**
   * @param open acquires the writer of stdout; called with the first line
   * @param dropping called with the first dropped line, and again only after all waiting output was written
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
      // Only when nothing waits: a slow reader makes a little room again and again.
      if (pendingBytes === 0) this.#isDropping = false;
      this.#writer.append(bytes);
    } else if (!this.#isDropping) {
      this.#isDropping = true;
      this.#dropping();
    }
  }
}
