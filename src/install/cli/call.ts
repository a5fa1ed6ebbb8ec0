// The arguments that all parts of an installer run share.

import type { Answer } from "../../host/terminal/json-answer.ts";
import type { Terminal } from "../../ports/terminal.ts";

export interface Call {
  readonly terminal: Terminal;
  /** Absolute path of the running executable. */
  readonly running: string;
  /** The words of the command line, verb first. */
  readonly words: readonly string[];
  /** What --json prints in the end; null without it. */
  readonly answer: Answer | null;
}
