// What a run of the installer has in common.

import type { Terminal } from "../../ports/terminal.ts";

export interface Call {
  readonly terminal: Terminal;
  /** Absolute path of the executable that runs. */
  readonly running: string;
  /** The words of the command line, verb first. */
  readonly words: readonly string[];
}
